import type { Sym } from "../../ir/graph.ts";
import { add, clip, div, mul, power, sqrt, square, sub } from "../../ops/elementwise.ts";
import { type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { Optimizer, type Updated, type UpdateValues } from "./optimizer.ts";
import type { OptimizerOptions } from "./options.ts";

const strength = () => number({ min: 0, default: 0 });

const options = {
  /** How the rate falls with the sum of squares; 0 keeps it. Default -0.5. */
  learningRatePower: /* @__PURE__ */ number({ max: 0, default: -0.5 }),
  /** The sum of squares that each weight starts with. Default 0.1. */
  initialAccumulatorValue: /* @__PURE__ */ number({ min: 0, default: 0.1 }),
  /** Default 0. */
  l1RegularizationStrength: /* @__PURE__ */ strength(),
  /** Default 0. */
  l2RegularizationStrength: /* @__PURE__ */ strength(),
  /** Penalty on the size of a weight that acts through the gradient. Default 0. */
  l2ShrinkageRegularizationStrength: /* @__PURE__ */ strength(),
  /** Default 0. */
  beta: /* @__PURE__ */ strength(),
};

export type FtrlOptions = GivenOptions<typeof options> & OptimizerOptions;
type Slots = "accumulator" | "linear";

/**
 * Follow the regularized leader, McMahan et al. 2013. K: `optimizers/ftrl.py`. With p = -learningRatePower, n the sum of squares
 * and n' the new one: z += g + 2·shrinkage·w - (n'ᵖ - nᵖ)/lr · w, w = (clip(z, ±l1) - z) / (n'ᵖ/lr + 2·(l2 + beta/(2·lr))). It
 * divides by the rate, which must not be 0.
 */
export class Ftrl extends Optimizer<OptionsOf<typeof options>, Slots> {
  static override readonly className = "Ftrl";
  static override readonly options = options;

  constructor(options: FtrlOptions = {}) {
    super(options);
  }

  protected override get slotGroups(): readonly (readonly Slots[])[] {
    return [["accumulator", "linear"]];
  }

  protected override initialValue(slot: Slots): number {
    return slot === "accumulator" ? this.options.initialAccumulatorValue : 0;
  }

  /** n^p. */
  #scale(sum: Sym): Sym {
    const { learningRatePower } = this.options;
    return learningRatePower === -0.5 ? sqrt(sum) : power(sum, -learningRatePower);
  }

  protected override update({ weight, gradient, slots, rate }: UpdateValues<Slots>): Updated<Slots> {
    const { l1RegularizationStrength: l1, l2RegularizationStrength: l2, beta } = this.options;
    const shrinking = add(gradient, mul(weight, 2 * this.options.l2ShrinkageRegularizationStrength));
    const accumulator = add(slots.accumulator, square(gradient));
    const scale = this.#scale(accumulator);
    const pull = mul(div(sub(scale, this.#scale(slots.accumulator)), rate), weight);
    const linear = add(slots.linear, sub(shrinking, pull));
    const quadratic = add(add(div(scale, rate), div(beta, rate)), 2 * l2);
    return { accumulator, linear, weight: div(sub(clip(linear, -l1, l1), linear), quadratic) };
  }
}
