/** Constraints on norms of a weight. K: `constraints/constraints.py`. */
import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, clip, div, mul, sqrt, square } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { type GivenOptions, number, type OptionsOf, value } from "../option-kinds.ts";
import { Constraint } from "./constraint.ts";

/** Keras's epsilon, which is added to norms that are divided by. */
const EPSILON = 1e-7;

type Axes = number | readonly number[];

const normAxes = () =>
  value<Axes, 0>(
    (given, owner, name) => {
      const list: unknown[] = Array.isArray(given) ? given : [given];
      if (list.length === 0 || !list.every(Number.isInteger))
        throw new ArgumentError(
          `${owner}: ${name} is ${formatValue(given)}, expected a whole number or a list of them.`,
        );
      return given as Axes;
    },
    { default: 0 },
  );

/** Norms of the weight's parts along `axis`, which stays with size 1. */
function normsOf(weight: Sym, axis: Axes): Sym {
  return sqrt(reduceSum(square(weight), typeof axis === "number" ? [axis] : axis, true));
}

const maxNormOptions = {
  /** Largest norm. Default 2. */
  maxValue: /* @__PURE__ */ number({ min: 0, default: 2 }),
  /** The axis or axes that a norm runs over: 0 for a Dense kernel, [0, 1, 2] for that of Conv2D. Default 0. */
  axis: /* @__PURE__ */ normAxes(),
};

export type MaxNormOptions = GivenOptions<typeof maxNormOptions>;

/**
 * Scales parts of the weight whose norm is above `maxValue` down to it: w · min(‖w‖, max) / (‖w‖ + 1e-7).
 *
 * @example
 * ```ts
 * import { MaxNorm } from "fovea/constraints";
 * import { Conv2D } from "fovea/layers";
 * new Conv2D({ filters: 8, kernelSize: 3, kernelConstraint: new MaxNorm({ maxValue: 3, axis: [0, 1, 2] }) });
 * ```
 */
export class MaxNorm extends Constraint<OptionsOf<typeof maxNormOptions>> {
  static override readonly className = "MaxNorm";
  static override readonly options = maxNormOptions;

  override call(weight: Sym): Sym {
    const norms = normsOf(weight, this.options.axis);
    return mul(weight, div(clip(norms, 0, this.options.maxValue), add(norms, EPSILON)));
  }
}

const unitNormOptions = {
  /** The axis or axes that a norm runs over. Default 0. */
  axis: /* @__PURE__ */ normAxes(),
};

export type UnitNormOptions = GivenOptions<typeof unitNormOptions>;

/** Scales parts of the weight to norm 1: w / (‖w‖ + 1e-7). */
export class UnitNorm extends Constraint<OptionsOf<typeof unitNormOptions>> {
  static override readonly className = "UnitNorm";
  static override readonly options = unitNormOptions;

  override call(weight: Sym): Sym {
    return div(weight, add(normsOf(weight, this.options.axis), EPSILON));
  }
}

const minMaxNormOptions = {
  /** Least norm. Default 0. */
  minValue: /* @__PURE__ */ number({ min: 0, default: 0 }),
  /** Largest norm. Default 1. */
  maxValue: /* @__PURE__ */ number({ min: 0, default: 1 }),
  /** Share of the way to the allowed norm that each step takes. Default 1. */
  rate: /* @__PURE__ */ number({ min: 0, max: 1, default: 1 }),
  /** The axis or axes that a norm runs over. Default 0. */
  axis: /* @__PURE__ */ normAxes(),
};

export type MinMaxNormOptions = GivenOptions<typeof minMaxNormOptions>;

/** Brings norms into [min, max]: w · (rate · clip(‖w‖, min, max) + (1 − rate) · ‖w‖) / (‖w‖ + 1e-7). */
export class MinMaxNorm extends Constraint<OptionsOf<typeof minMaxNormOptions>> {
  static override readonly className = "MinMaxNorm";
  static override readonly options = minMaxNormOptions;

  /** @throws ArgumentError for a minimum above the maximum */
  constructor(options: MinMaxNormOptions = {}) {
    super(options);
    const { minValue, maxValue } = this.options;
    if (minValue > maxValue)
      throw new ArgumentError(
        `MinMaxNorm: minValue is ${minValue}, expected no more than maxValue, which is ${maxValue}.`,
      );
  }

  override call(weight: Sym): Sym {
    const { minValue, maxValue, rate, axis } = this.options;
    const norms = normsOf(weight, axis);
    const wanted = add(mul(clip(norms, minValue, maxValue), rate), mul(norms, 1 - rate));
    return mul(weight, div(wanted, add(norms, EPSILON)));
  }
}
