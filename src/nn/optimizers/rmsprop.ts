import { add, div, mul, sqrt, square, sub } from "../../ops/elementwise.ts";
import { flag, type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { Optimizer, type Updated, type UpdateValues } from "./optimizer.ts";
import { decay, epsilon, type OptimizerOptions } from "./options.ts";

const options = {
  /** Decay of the mean square. Default 0.9. */
  rho: /* @__PURE__ */ decay(0.9),
  /** Share of the last step that is taken again, 0 … 1. Default 0. */
  momentum: /* @__PURE__ */ number({ min: 0, max: 1, default: 0 }),
  /** Added to the mean square, under the root. Default 1e-7. */
  epsilon: /* @__PURE__ */ epsilon(),
  /** Divides by the deviation of the gradient instead of its mean square. Default false. */
  centered: /* @__PURE__ */ flag({ default: false }),
};

export type RMSpropOptions = GivenOptions<typeof options> & OptimizerOptions;
type Slots = "velocity" | "momentum" | "averageGradient";

/**
 * Tieleman & Hinton 2012, in Keras's form (K: `optimizers/rmsprop.py`): v = ρ·v + (1 - ρ)·g², step = lr·g / √(v + ε), with
 * momentum m = momentum·m + step in its place; centered, v is less the square of the mean gradient.
 *
 * @example
 * ```ts
 * import { RMSprop } from "fovea/optimizers";
 * new RMSprop({ learningRate: 1e-3, momentum: 0.9 });
 * ```
 */
export class RMSprop extends Optimizer<OptionsOf<typeof options>, Slots> {
  static override readonly className = "RMSprop";
  static override readonly options = options;

  constructor(options: RMSpropOptions = {}) {
    super(options);
  }

  protected override get slotGroups(): readonly (readonly Slots[])[] {
    const { momentum, centered } = this.options;
    const groups: readonly [Slots, boolean][] = [
      ["velocity", true],
      ["momentum", momentum > 0],
      ["averageGradient", centered],
    ];
    return groups.flatMap(([slot, used]) => (used ? [[slot]] : []));
  }

  protected override update({ weight, gradient, slots, rate }: UpdateValues<Slots>): Updated<Slots> {
    const { rho, momentum, epsilon, centered } = this.options;
    const mean = (last: typeof gradient, value: typeof gradient) => add(mul(last, rho), mul(value, 1 - rho));
    const velocity = mean(slots.velocity, square(gradient));
    const centre = centered ? { averageGradient: mean(slots.averageGradient, gradient) } : {};
    const spread = centre.averageGradient ? sub(velocity, square(centre.averageGradient)) : velocity;
    const step = div(mul(gradient, rate), sqrt(add(spread, epsilon)));
    if (momentum === 0) return { velocity, ...centre, weight: sub(weight, step) };
    const taken = add(mul(slots.momentum, momentum), step);
    return { velocity, ...centre, momentum: taken, weight: sub(weight, taken) };
  }
}
