import type { Sym } from "../../ir/graph.ts";
import { add, div, floor, maximum, minimum, mul, neg, power, sub } from "../../ops/elementwise.ts";
import { flag, type GivenOptions, integer, number, type OptionsOf, text } from "../option-kinds.ts";
import { LearningRateSchedule } from "./learning-rate-schedule.ts";

const options = {
  /** Rate of the first update. */
  initialLearningRate: /* @__PURE__ */ number({ min: 0 }),
  /** Number of steps after which the end is reached. */
  decaySteps: /* @__PURE__ */ integer({ min: 1 }),
  /** Default 0.0001. */
  endLearningRate: /* @__PURE__ */ number({ min: 0, default: 0.0001 }),
  /** Above 0. Default 1: a straight line. */
  power: /* @__PURE__ */ number({ min: 0, open: true, default: 1 }),
  /** Whether the rate rises again after the end, to fall over a multiple of `decaySteps`. Default false. */
  cycle: /* @__PURE__ */ flag({ default: false }),
  /** Default "PolynomialDecay". */
  name: /* @__PURE__ */ text({ default: "PolynomialDecay" }),
};

export type PolynomialDecayOptions = GivenOptions<typeof options>;

/** (initial − end) · (1 − step / decaySteps)^power + end. K: `optimizers/schedules/learning_rate_schedule.py`. */
export class PolynomialDecay extends LearningRateSchedule<OptionsOf<typeof options>> {
  static override readonly className = "PolynomialDecay";
  static override readonly options = options;

  constructor(options: PolynomialDecayOptions) {
    super(options);
  }

  override call(step: Sym): Sym {
    const { initialLearningRate, endLearningRate, power: exponent } = this.options;
    const rest = sub(1, this.#share(step));
    const bent = exponent === 1 ? rest : power(rest, exponent);
    return add(mul(bent, initialLearningRate - endLearningRate), endLearningRate);
  }

  /** The part of the way that is done, 0 … 1. */
  #share(step: Sym): Sym {
    const { decaySteps, cycle } = this.options;
    if (!cycle) return div(minimum(step, decaySteps), decaySteps);
    // ⌈step / decaySteps⌉, at least 1; the half keeps a division that rounds up from adding one at a multiple.
    const rounds = neg(floor(div(sub(0.5, step), decaySteps)));
    return div(step, mul(maximum(rounds, 1), decaySteps));
  }
}
