import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Sym } from "../../ir/graph.ts";
import { where } from "../../ops/elementwise.ts";
import { type GivenOptions, type OptionsOf, text, value } from "../option-kinds.ts";
import { LearningRateSchedule } from "./learning-rate-schedule.ts";

const numbers = () =>
  value<readonly number[]>((given, owner, name) => {
    if (!Array.isArray(given) || given.length === 0 || !given.every(Number.isFinite))
      throw new ArgumentError(`${owner}: ${name} is ${formatValue(given)}, expected a list of numbers.`);
    return given as readonly number[];
  });

const options = {
  /** Steps, ascending: up to and including the first the rate is the first value. */
  boundaries: /* @__PURE__ */ numbers(),
  /** Rates, one more than boundaries. */
  values: /* @__PURE__ */ numbers(),
  /** Default "PiecewiseConstant". */
  name: /* @__PURE__ */ text({ default: "PiecewiseConstant" }),
};

export type PiecewiseConstantDecayOptions = GivenOptions<typeof options>;

/**
 * One rate up to each boundary. K: `optimizers/schedules/learning_rate_schedule.py`.
 *
 * @example
 * ```ts
 * import { PiecewiseConstantDecay } from "fovea/schedules";
 * new PiecewiseConstantDecay({ boundaries: [1000, 2000], values: [0.1, 0.01, 0.001] }).valueAt(1000); // 0.1
 * ```
 */
export class PiecewiseConstantDecay extends LearningRateSchedule<OptionsOf<typeof options>> {
  static override readonly className = "PiecewiseConstantDecay";
  static override readonly options = options;

  /** @throws ArgumentError unless there is one value more than boundaries and these ascend */
  constructor(options: PiecewiseConstantDecayOptions) {
    super(options);
    const { boundaries, values } = this.options;
    if (values.length !== boundaries.length + 1)
      throw new ArgumentError(
        `PiecewiseConstantDecay: ${boundaries.length} boundaries and ${values.length} values, expected one value more than boundaries.`,
      );
    if (boundaries.some((boundary, i) => i > 0 && boundary <= boundaries[i - 1]!))
      throw new ArgumentError(
        `PiecewiseConstantDecay: boundaries is ${formatValue(boundaries)}, expected ascending steps.`,
      );
  }

  override call(step: Sym): Sym {
    const { boundaries, values } = this.options;
    const last = boundaries.length - 1;
    let rate = where(boundaries[last]!, step, values[last + 1]!, values[last]!);
    for (let i = last - 1; i >= 0; i--) rate = where(boundaries[i]!, step, rate, values[i]!);
    return rate;
  }
}
