import { add, mul, sign, sub } from "../../ops/elementwise.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { Optimizer, type Updated, type UpdateValues } from "./optimizer.ts";
import { decay, type OptimizerOptions } from "./options.ts";

const options = {
  /** Share of the momentum in a step's direction. Default 0.9. */
  beta1: /* @__PURE__ */ decay(0.9),
  /** Decay of the momentum. Default 0.99. */
  beta2: /* @__PURE__ */ decay(0.99),
};

export type LionOptions = GivenOptions<typeof options> & OptimizerOptions;

/** Chen et al. 2023 (arXiv 2302.06675): w -= lr·sign(β₁·m + (1 - β₁)·g), m = β₂·m + (1 - β₂)·g. K: `optimizers/lion.py`. */
export class Lion extends Optimizer<OptionsOf<typeof options>, "momentum"> {
  static override readonly className = "Lion";
  static override readonly options = options;

  constructor(options: LionOptions = {}) {
    super(options);
  }

  protected override get slotGroups() {
    return [["momentum"] as const];
  }

  protected override update({ weight, gradient, slots, rate }: UpdateValues<"momentum">): Updated<"momentum"> {
    const mean = (decay: number) => add(mul(slots.momentum, decay), mul(gradient, 1 - decay));
    const direction = sign(mean(this.options.beta1));
    return { momentum: mean(this.options.beta2), weight: sub(weight, mul(direction, rate)) };
  }
}
