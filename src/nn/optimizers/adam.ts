import { add, div, mul, sqrt, square, sub, where } from "../../ops/elementwise.ts";
import { flag, type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { powerOf } from "../power.ts";
import { Optimizer, type Updated, type UpdateValues } from "./optimizer.ts";
import { decay, epsilon, type OptimizerOptions } from "./options.ts";

const options = {
  /** Decay of the first moment. Default 0.9. */
  beta1: /* @__PURE__ */ decay(0.9),
  /** Decay of the second moment. Default 0.999. */
  beta2: /* @__PURE__ */ decay(0.999),
  /** Added to the root of the UNCORRECTED second moment ("epsilon hat" before section 2.1 of the paper). Default 1e-7. */
  epsilon: /* @__PURE__ */ epsilon(),
  /** Uses the largest second moment so far (Reddi et al. 2018). Default false. */
  amsgrad: /* @__PURE__ */ flag({ default: false }),
};

export type AdamOptions = GivenOptions<typeof options> & OptimizerOptions;
type Slots = "momentum" | "velocity" | "velocityHat";

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
export class Adam extends Optimizer<OptionsOf<typeof options>, Slots> {
  static override readonly className: string = "Adam";
  static override readonly options = options;

  constructor(options: AdamOptions = {}) {
    super(options);
  }

  protected override get slotGroups(): readonly (readonly Slots[])[] {
    return [["momentum", "velocity"], ...(this.options.amsgrad ? [["velocityHat"] as const] : [])];
  }

  protected override update({ weight, gradient, slots, rate, step }: UpdateValues<Slots>): Updated<Slots> {
    const { beta1, beta2, epsilon, amsgrad } = this.options;
    const momentum = add(slots.momentum, mul(sub(gradient, slots.momentum), 1 - beta1));
    const velocity = add(slots.velocity, mul(sub(square(gradient), slots.velocity), 1 - beta2));
    const corrected = mul(rate, div(sqrt(sub(1, powerOf(beta2, step))), sub(1, powerOf(beta1, step))));
    const velocityHat = amsgrad ? where(slots.velocityHat, velocity, velocity, slots.velocityHat) : velocity;
    const fresh = sub(weight, div(mul(momentum, corrected), add(sqrt(velocityHat), epsilon)));
    return { momentum, velocity, velocityHat, weight: fresh };
  }
}

const adamWOptions = {
  ...options,
  /** Each step first takes weight · weightDecay · learningRate off every weight. Default 0.004. */
  weightDecay: /* @__PURE__ */ number({ min: 0, default: 0.004 }),
};

export type AdamWOptions = GivenOptions<typeof adamWOptions> & Omit<OptimizerOptions, "weightDecay">;

/**
 * Adam with decay of the weights themselves, Loshchilov & Hutter 2017 (arXiv 1711.05101). K: `optimizers/adamw.py`.
 *
 * @example
 * ```ts
 * import { AdamW } from "fovea/optimizers";
 * new AdamW({ weightDecay: 1e-2, excludeFromWeightDecay: ["bias"] });
 * ```
 */
export class AdamW extends Adam {
  static override readonly className = "AdamW";
  static override readonly options = adamWOptions;

  constructor(options: AdamWOptions = {}) {
    super(options);
  }
}
