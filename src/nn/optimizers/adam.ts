import type { Sym } from "../../ir/graph.ts";
import { add, div, exp, mul, sqrt, square, sub, where } from "../../ops/elementwise.ts";
import { checkFlag, checkNumber } from "../options.ts";
import { Optimizer, type OptimizerOptions } from "./optimizer.ts";

export interface AdamOptions extends OptimizerOptions {
  /** Default 0.001. */
  readonly learningRate?: number;
  /** Decay of the first moment. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the second moment. Default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the UNCORRECTED second moment ("epsilon hat" before section 2.1 of the paper). Default 1e-7. */
  readonly epsilon?: number;
  /** Uses the largest second moment so far (Reddi et al. 2018). Default false. */
  readonly amsgrad?: boolean;
}

/**
 * Adam, Kingma & Ba 2014 (arXiv 1412.6980), in Keras's form (K: `optimizers/adam.py`):
 * m += (g - m)(1 - β₁), v += (g² - v)(1 - β₂), w -= lr·√(1 - β₂ᵗ)/(1 - β₁ᵗ) · m / (√v + ε).
 *
 * @example
 * ```ts
 * import { Adam } from "fovea/optimizers";
 * new Adam({ learningRate: 3e-4 });
 * ```
 */
export class Adam extends Optimizer<AdamOptions> {
  constructor(options: AdamOptions = {}) {
    super("Adam", options, { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false });
    const { beta1, beta2, epsilon, amsgrad } = this.options;
    for (const [name, value] of Object.entries({ beta1, beta2 }))
      checkNumber("Adam", name, value, "a number of 0 or more and below 1", (beta) => beta >= 0 && beta < 1);
    checkNumber("Adam", "epsilon", epsilon, "a number of 0 or more", (value) => value >= 0);
    checkFlag("Adam", "amsgrad", amsgrad);
  }

  protected override get slotNames(): readonly string[] {
    return ["momentum", "velocity"];
  }

  protected override get trailingSlotNames(): readonly string[] {
    return this.options.amsgrad ? ["velocity_hat"] : [];
  }

  protected override updateWeight(weight: Sym, gradient: Sym, slots: readonly Sym[], rate: Sym, step: Sym): Sym[] {
    const { beta1, beta2, epsilon, amsgrad } = this.options;
    const [m, v, highest] = slots as [Sym, Sym, Sym | undefined];
    const momentum = add(m, mul(sub(gradient, m), 1 - beta1));
    const velocity = add(v, mul(sub(square(gradient), v), 1 - beta2));
    const corrected = mul(rate, div(sqrt(sub(1, power(beta2, step))), sub(1, power(beta1, step))));
    const hat = amsgrad ? where(highest!, velocity, velocity, highest!) : velocity;
    const fresh = sub(weight, div(mul(momentum, corrected), add(sqrt(hat), epsilon)));
    return amsgrad ? [momentum, velocity, hat, fresh] : [momentum, velocity, fresh];
  }
}

/** base^exponent for a fixed base, which Keras holds in float32: 1 - 0.999¹ is 0.00099998713 there, not 0.001. */
function power(base: number, exponent: Sym): Sym {
  return base === 0 ? mul(exponent, 0) : exp(mul(exponent, Math.log(Math.fround(base))));
}
