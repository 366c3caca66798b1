import type { Sym } from "../../ir/graph.ts";
import { add, div, floor, log, mul, sub } from "../../ops/elementwise.ts";
import { type GivenOptions, integer, number, type OptionsOf, text } from "../option-kinds.ts";
import { powerOf } from "../power.ts";
import { halfWave } from "./cosine-decay.ts";
import { LearningRateSchedule } from "./learning-rate-schedule.ts";

const options = {
  /** Rate of the first update. */
  initialLearningRate: /* @__PURE__ */ number({ min: 0 }),
  /** Number of steps of the first period. */
  firstDecaySteps: /* @__PURE__ */ integer({ min: 1 }),
  /** How many times as long each period is as the one before; 1 or more. Default 2. */
  tMul: /* @__PURE__ */ number({ min: 1, default: 2 }),
  /** The highest rate of each period, as a share of that of the one before. Default 1. */
  mMul: /* @__PURE__ */ number({ min: 0, open: true, default: 1 }),
  /** Share of the initial rate that is left at the end of a period. Default 0. */
  alpha: /* @__PURE__ */ number({ default: 0 }),
  /** Default "SGDRDecay". */
  name: /* @__PURE__ */ text({ default: "SGDRDecay" }),
};

export type CosineDecayRestartsOptions = GivenOptions<typeof options>;

/**
 * `CosineDecay` over and over, in periods that become longer. K: `optimizers/schedules/learning_rate_schedule.py`.
 *
 * @example
 * ```ts
 * import { CosineDecayRestarts } from "fovea/schedules";
 * new CosineDecayRestarts({ initialLearningRate: 0.1, firstDecaySteps: 100 }).valueAt(100); // 0.1
 * ```
 */
export class CosineDecayRestarts extends LearningRateSchedule<OptionsOf<typeof options>> {
  static override readonly className = "CosineDecayRestarts";
  static override readonly options = options;

  constructor(options: CosineDecayRestartsOptions) {
    super(options);
  }

  override call(step: Sym): Sym {
    const { initialLearningRate, firstDecaySteps, tMul, mMul, alpha } = this.options;
    // Half a step later than it is, so that rounding cannot move a step into the period before.
    const done = div(add(step, 0.5), firstDecaySteps);
    // Periods before number n took (tMulⁿ − 1) / (tMul − 1) first periods; n follows by the logarithm.
    const period = tMul === 1 ? floor(done) : floor(div(log(add(mul(done, tMul - 1), 1)), Math.log(tMul)));
    const length = tMul === 1 ? null : powerOf(tMul, period);
    const start = length === null ? period : div(sub(length, 1), tMul - 1);
    const since = sub(div(step, firstDecaySteps), start);
    const wave = halfWave(length === null ? since : div(since, length));
    const factor = mMul === 1 ? wave : mul(wave, powerOf(mMul, period));
    return mul(add(mul(factor, 1 - alpha), alpha), initialLearningRate);
  }
}
