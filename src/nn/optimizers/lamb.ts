import { add, div, mul, sqrt, square, sub, where } from "../../ops/elementwise.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { powerOf } from "../power.ts";
import { normOf } from "./clipping.ts";
import { Optimizer, type Updated, type UpdateValues } from "./optimizer.ts";
import { decay, epsilon, type OptimizerOptions } from "./options.ts";

const options = {
  /** Decay of the first moment. Default 0.9. */
  beta1: /* @__PURE__ */ decay(0.9),
  /** Decay of the second moment. Default 0.999. */
  beta2: /* @__PURE__ */ decay(0.999),
  /** Added to the root of the corrected second moment. Default 1e-7. */
  epsilon: /* @__PURE__ */ epsilon(),
};

export type LambOptions = GivenOptions<typeof options> & OptimizerOptions;
type Slots = "momentum" | "velocity";

/**
 * Adam for large batches: each weight moves in proportion to its own norm (You et al. 2019, arXiv 1904.00962), in Keras's form
 * (K: `optimizers/lamb.py`): m += (g - m)(1 - β₁), v += (g² - v)(1 - β₂), u = m/(1 - β₁ᵗ) / (√(v/(1 - β₂ᵗ)) + ε),
 * w -= lr · ‖w‖/‖u‖ · u. Where either norm is 0, their ratio is taken as 1.
 *
 * @example
 * ```ts
 * import { Lamb } from "fovea/optimizers";
 * new Lamb({ learningRate: 0.01, weightDecay: 0.05 });
 * ```
 */
export class Lamb extends Optimizer<OptionsOf<typeof options>, Slots> {
  static override readonly className = "Lamb";
  static override readonly options = options;

  constructor(options: LambOptions = {}) {
    super(options);
  }

  protected override get slotGroups(): readonly (readonly Slots[])[] {
    return [["momentum", "velocity"]];
  }

  protected override update({ weight, gradient, slots, rate, step }: UpdateValues<Slots>): Updated<Slots> {
    const { beta1, beta2, epsilon } = this.options;
    const momentum = add(slots.momentum, mul(sub(gradient, slots.momentum), 1 - beta1));
    const velocity = add(slots.velocity, mul(sub(square(gradient), slots.velocity), 1 - beta2));
    const corrected = {
      m: div(momentum, sub(1, powerOf(beta1, step))),
      v: div(velocity, sub(1, powerOf(beta2, step))),
    };
    const move = div(corrected.m, add(sqrt(corrected.v), epsilon));
    const [own, moved] = [normOf(weight), normOf(move)];
    const ratio = where(0, own, where(0, moved, div(own, moved), 1), 1);
    return { momentum, velocity, weight: sub(weight, mul(move, mul(ratio, rate))) };
  }
}
