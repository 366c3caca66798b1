/** Rates that fall by a fixed share, or as the reciprocal of time. K: `optimizers/schedules/learning_rate_schedule.py`. */
import type { Sym } from "../../ir/graph.ts";
import { add, div, floor, mul } from "../../ops/elementwise.ts";
import { flag, type GivenOptions, integer, number, type OptionsOf, text } from "../option-kinds.ts";
import { powerOf } from "../power.ts";
import { LearningRateSchedule } from "./learning-rate-schedule.ts";

const shared = {
  /** Rate of the first update. */
  initialLearningRate: /* @__PURE__ */ number({ min: 0 }),
  /** Number of steps after which the rate has fallen once. */
  decaySteps: /* @__PURE__ */ integer({ min: 1 }),
  /** Above 0. */
  decayRate: /* @__PURE__ */ number({ min: 0, open: true }),
  /** Whether the rate falls every `decaySteps` steps only. Default false. */
  staircase: /* @__PURE__ */ flag({ default: false }),
};

const exponential = {
  ...shared,
  /** Default "ExponentialDecay". */
  name: /* @__PURE__ */ text({ default: "ExponentialDecay" }),
};

const inverseTime = {
  ...shared,
  /** Default "InverseTimeDecay". */
  name: /* @__PURE__ */ text({ default: "InverseTimeDecay" }),
};

export type DecayOptions = GivenOptions<typeof exponential>;

/** step / decaySteps, or the whole part of it. The half keeps a division that rounds down from missing a multiple. */
function decays(step: Sym, { decaySteps, staircase }: OptionsOf<typeof shared>): Sym {
  return staircase ? floor(div(add(step, 0.5), decaySteps)) : div(step, decaySteps);
}

/**
 * initial · decayRate^(step / decaySteps).
 *
 * @example
 * ```ts
 * import { SGD } from "fovea/optimizers";
 * import { ExponentialDecay } from "fovea/schedules";
 * new SGD({ learningRate: new ExponentialDecay({ initialLearningRate: 0.1, decaySteps: 1000, decayRate: 0.9 }) });
 * ```
 */
export class ExponentialDecay extends LearningRateSchedule<OptionsOf<typeof exponential>> {
  static override readonly className = "ExponentialDecay";
  static override readonly options = exponential;

  constructor(options: DecayOptions) {
    super(options);
  }

  override call(step: Sym): Sym {
    return mul(powerOf(this.options.decayRate, decays(step, this.options)), this.options.initialLearningRate);
  }
}

/** initial / (1 + decayRate · step / decaySteps). */
export class InverseTimeDecay extends LearningRateSchedule<OptionsOf<typeof inverseTime>> {
  static override readonly className = "InverseTimeDecay";
  static override readonly options = inverseTime;

  constructor(options: DecayOptions) {
    super(options);
  }

  override call(step: Sym): Sym {
    const { initialLearningRate, decayRate } = this.options;
    return div(initialLearningRate, add(mul(decays(step, this.options), decayRate), 1));
  }
}
