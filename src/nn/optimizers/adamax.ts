import { abs, add, div, maximum, mul, sub } from "../../ops/elementwise.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { powerOf } from "../power.ts";
import { Optimizer, type Updated, type UpdateValues } from "./optimizer.ts";
import { decay, epsilon, type OptimizerOptions } from "./options.ts";

const options = {
  /** Decay of the first moment. Default 0.9. */
  beta1: /* @__PURE__ */ decay(0.9),
  /** Decay of the largest gradient. Default 0.999. */
  beta2: /* @__PURE__ */ decay(0.999),
  /** Added to the largest gradient. Default 1e-7. */
  epsilon: /* @__PURE__ */ epsilon(),
};

export type AdamaxOptions = GivenOptions<typeof options> & OptimizerOptions;
type Slots = "momentum" | "norm";

/**
 * Adam by the largest gradient instead of the second moment, Kingma & Ba 2014, section 7.1: u = max(β₂·u, |g|),
 * w -= lr / (1 - β₁ᵗ) · m / (u + ε). K: `optimizers/adamax.py`.
 */
export class Adamax extends Optimizer<OptionsOf<typeof options>, Slots> {
  static override readonly className = "Adamax";
  static override readonly options = options;

  constructor(options: AdamaxOptions = {}) {
    super(options);
  }

  protected override get slotGroups(): readonly (readonly Slots[])[] {
    return [["momentum", "norm"]];
  }

  protected override update({ weight, gradient, slots, rate, step }: UpdateValues<Slots>): Updated<Slots> {
    const { beta1, beta2, epsilon } = this.options;
    const momentum = add(slots.momentum, mul(sub(gradient, slots.momentum), 1 - beta1));
    const norm = maximum(abs(gradient), mul(slots.norm, beta2));
    const corrected = div(rate, sub(1, powerOf(beta1, step)));
    return { momentum, norm, weight: sub(weight, div(mul(momentum, corrected), add(norm, epsilon))) };
  }
}
