import { add, div, mul, sqrt, square, sub } from "../../ops/elementwise.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { Optimizer, type Updated, type UpdateValues } from "./optimizer.ts";
import { decay, epsilon, type OptimizerOptions } from "./options.ts";

const options = {
  /** Decay of both mean squares. Default 0.95. */
  rho: /* @__PURE__ */ decay(0.95),
  /** Added to both mean squares, under the root. Default 1e-7. */
  epsilon: /* @__PURE__ */ epsilon(),
};

export type AdadeltaOptions = GivenOptions<typeof options> & OptimizerOptions;
type Slots = "accumulatedGrad" | "accumulatedDeltaVar";

/**
 * Zeiler 2012 (arXiv 1212.5701): with running means E, Δ = √(E[Δ²] + ε) / √(E[g²] + ε) · g and w -= lr·Δ. K:
 * `optimizers/adadelta.py`.
 */
export class Adadelta extends Optimizer<OptionsOf<typeof options>, Slots> {
  static override readonly className = "Adadelta";
  static override readonly options = options;

  constructor(options: AdadeltaOptions = {}) {
    super(options);
  }

  protected override get slotGroups(): readonly (readonly Slots[])[] {
    return [["accumulatedGrad", "accumulatedDeltaVar"]];
  }

  protected override update({ weight, gradient, slots, rate }: UpdateValues<Slots>): Updated<Slots> {
    const { rho, epsilon } = this.options;
    const mean = (last: typeof gradient, value: typeof gradient) => add(mul(last, rho), mul(value, 1 - rho));
    const accumulatedGrad = mean(slots.accumulatedGrad, square(gradient));
    const root = (x: typeof gradient) => sqrt(add(x, epsilon));
    const delta = div(mul(root(slots.accumulatedDeltaVar), gradient), root(accumulatedGrad));
    const accumulatedDeltaVar = mean(slots.accumulatedDeltaVar, square(delta));
    return { accumulatedGrad, accumulatedDeltaVar, weight: sub(weight, mul(delta, rate)) };
  }
}
