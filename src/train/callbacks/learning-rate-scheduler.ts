import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { checkKeys } from "../../base/options.ts";
import type { Logs } from "../history.ts";
import { checkCount } from "../options.ts";
import { Callback } from "./callback.ts";

/** The learning rate of an epoch (from 0), of the rate that the optimizer has before it. */
export type EpochSchedule = (epoch: number, learningRate: number) => number;

export interface LearningRateSchedulerOptions {
  /** 1: say what the rate is set to. Default 0. */
  readonly verbose?: 0 | 1;
}

/**
 * Sets the learning rate at the beginning of each epoch. The rate of each epoch is in its logs as "learning_rate". The optimizer's
 * rate must be a number, and not a schedule. K: `callbacks/learning_rate_scheduler.py`.
 *
 * @example
 * ```ts
 * import { LearningRateScheduler } from "fovea/callbacks";
 * new LearningRateScheduler((epoch, rate) => (epoch < 10 ? rate : rate * Math.exp(-0.1)));
 * ```
 */
export class LearningRateScheduler extends Callback {
  static override readonly className = "LearningRateScheduler";
  readonly schedule: EpochSchedule;
  readonly #verbose: 0 | 1;

  /** @throws ArgumentError for a schedule that is no function */
  constructor(schedule: EpochSchedule, options: LearningRateSchedulerOptions = {}) {
    super();
    if (typeof schedule !== "function")
      throw new ArgumentError(
        `LearningRateScheduler: schedule is ${formatValue(schedule)}, expected a function of (epoch, learningRate).`,
      );
    checkKeys("LearningRateScheduler", options, ["verbose"]);
    this.schedule = schedule;
    this.#verbose = options.verbose ?? 0;
  }

  /** @throws ArgumentError where the schedule gives no number of 0 or more */
  override onEpochBegin(epoch: number): void {
    checkCount("LearningRateScheduler", "epoch", epoch, 0);
    const optimizer = this.requireModel().optimizer!;
    const rate: unknown = this.schedule(epoch, optimizer.learningRate);
    if (typeof rate !== "number" || !(rate >= 0 && rate < Number.POSITIVE_INFINITY))
      throw new ArgumentError(
        `LearningRateScheduler: schedule gave ${formatValue(rate)} for epoch ${epoch}, expected a number of 0 or more.`,
      );
    optimizer.learningRate = rate;
    if (this.#verbose) this.say(`\nEpoch ${epoch + 1}: LearningRateScheduler setting learning rate to ${rate}.`);
  }

  override onEpochEnd(_epoch: number, logs: Logs): void {
    logs.learning_rate = this.requireModel().optimizer!.learningRate;
  }
}
