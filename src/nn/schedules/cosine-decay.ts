import type { Sym } from "../../ir/graph.ts";
import { add, clip, cos, div, mul, sub, where } from "../../ops/elementwise.ts";
import { type GivenOptions, integer, number, type OptionsOf, text } from "../option-kinds.ts";
import { LearningRateSchedule } from "./learning-rate-schedule.ts";

/** (1 + cos(π · share)) / 2: 1 at share 0, 0 at share 1. Loshchilov & Hutter 2016 (arXiv 1608.03983). */
export function halfWave(share: Sym): Sym {
  return mul(add(cos(mul(share, Math.PI)), 1), 0.5);
}

const options = {
  /** Rate of the first update. */
  initialLearningRate: /* @__PURE__ */ number({ min: 0 }),
  /** Number of steps that the rate falls for, after the warm-up. */
  decaySteps: /* @__PURE__ */ integer({ min: 1 }),
  /** Share of the highest rate that is left at the end. Default 0. */
  alpha: /* @__PURE__ */ number({ default: 0 }),
  /** Default "CosineDecay". */
  name: /* @__PURE__ */ text({ default: "CosineDecay" }),
  /** Rate at the end of the warm-up. Default null: no warm-up. */
  warmupTarget: /* @__PURE__ */ number({ min: 0, default: null }),
  /** Number of steps in which the rate rises in a straight line from the initial one to the target. Default 0. */
  warmupSteps: /* @__PURE__ */ integer({ min: 0, default: 0 }),
};

export type CosineDecayOptions = GivenOptions<typeof options>;

/**
 * Half a wave of a cosine, from the initial rate (or the warm-up's target) down to alpha of it. K:
 * `optimizers/schedules/learning_rate_schedule.py`.
 *
 * @example
 * ```ts
 * import { AdamW } from "fovea/optimizers";
 * import { CosineDecay } from "fovea/schedules";
 * const learningRate = new CosineDecay({ initialLearningRate: 0, warmupTarget: 1e-3, warmupSteps: 100, decaySteps: 1000 });
 * new AdamW({ learningRate });
 * ```
 */
export class CosineDecay extends LearningRateSchedule<OptionsOf<typeof options>> {
  static override readonly className = "CosineDecay";
  static override readonly options = options;

  constructor(options: CosineDecayOptions) {
    super(options);
  }

  override call(step: Sym): Sym {
    const { initialLearningRate, decaySteps, alpha, warmupTarget, warmupSteps } = this.options;
    const start = warmupTarget === null ? 0 : warmupSteps;
    const share = clip(div(sub(step, start), decaySteps), 0, 1);
    const falling = mul(add(mul(halfWave(share), 1 - alpha), alpha), warmupTarget ?? initialLearningRate);
    if (start === 0) return falling;
    const rising = add(mul(div(step, warmupSteps), warmupTarget! - initialLearningRate), initialLearningRate);
    return where(step, warmupSteps, rising, falling);
  }
}
