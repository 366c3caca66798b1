import { ArgumentError } from "../../base/errors.ts";
import type { Tensor } from "../../base/tensor.ts";
import { checkNumber, fillOptions } from "../../nn/options.ts";
import type { LogName, Logs } from "../history.ts";
import { Callback } from "./callback.ts";

export interface EarlyStoppingOptions {
  /** Name in the logs that is watched. Default "val_loss". */
  readonly monitor?: LogName;
  /** Least change that counts as an improvement. Default 0. */
  readonly minDelta?: number;
  /** Epochs without improvement after which training stops. Default 0. */
  readonly patience?: number;
  /** 1: say when training stops. Default 0. */
  readonly verbose?: 0 | 1;
  /** Whether smaller or larger is better; "auto" asks the metric. Default "auto". */
  readonly mode?: "auto" | "min" | "max";
  /** A value that must be beaten for an improvement to reset the patience. Default null. */
  readonly baseline?: number | null;
  /** Put the weights of the best epoch back at the end of training, stopped early or not. Default false. */
  readonly restoreBestWeights?: boolean;
  /** Epochs before this one are not looked at. Default 0. */
  readonly startFromEpoch?: number;
}

const defaults: Required<EarlyStoppingOptions> = {
  monitor: "val_loss",
  minDelta: 0,
  patience: 0,
  verbose: 0,
  mode: "auto",
  baseline: null,
  restoreBestWeights: false,
  startFromEpoch: 0,
};

/**
 * Stops training when a metric has stopped improving. Keras `callbacks/early_stopping.py`.
 *
 * @example
 * ```ts
 * import { EarlyStopping } from "fovea/callbacks";
 * const stop = new EarlyStopping({ monitor: "val_loss", patience: 3, restoreBestWeights: true });
 * ```
 */
export class EarlyStopping extends Callback {
  readonly options: Required<EarlyStoppingOptions>;
  /** 0-based epoch after which training stopped; 0: it did not. */
  stoppedEpoch = 0;
  /** 0-based epoch with the best value. */
  bestEpoch = 0;
  best: number | undefined;
  #wait = 0;
  #bestWeights: Tensor[] | undefined;

  constructor(options: EarlyStoppingOptions = {}) {
    super();
    this.options = fillOptions("EarlyStopping", options, defaults);
    const { patience, startFromEpoch, minDelta } = this.options;
    const isCount = (value: number) => Number.isInteger(value) && value >= 0;
    for (const [name, value] of Object.entries({ patience, startFromEpoch }))
      checkNumber("EarlyStopping", name, value, "a whole number of 0 or more", isCount);
    checkNumber("EarlyStopping", "minDelta", minDelta, "a number", () => true);
    if (!["auto", "min", "max"].includes(this.options.mode))
      throw new ArgumentError(`EarlyStopping: mode is "${this.options.mode}", expected "auto", "min" or "max".`);
  }

  override onTrainBegin(): void {
    this.#wait = 0;
    this.stoppedEpoch = 0;
    this.bestEpoch = 0;
    this.best = undefined;
    this.#bestWeights = undefined;
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    const { monitor, patience, baseline, restoreBestWeights, startFromEpoch, verbose } = this.options;
    if (epoch < startFromEpoch) return;
    const current = Object.hasOwn(logs, monitor) ? logs[monitor] : undefined;
    if (current === undefined) {
      this.#warnMissing(logs);
      return;
    }
    const model = this.model!;
    if (restoreBestWeights && this.#bestWeights === undefined) this.#bestWeights = model.getWeights();
    this.#wait++;
    if (this.#improves(current, this.best)) {
      this.best = current;
      this.bestEpoch = epoch;
      if (restoreBestWeights) this.#bestWeights = model.getWeights();
      if (baseline === null || this.#improves(current, baseline)) this.#wait = 0;
      return;
    }
    if (this.#wait >= patience && epoch > 0) {
      this.stoppedEpoch = epoch;
      model.stopTraining = true;
      if (verbose) this.say(`Epoch ${epoch + 1}: early stopping`);
    }
  }

  override onTrainEnd(): void {
    if (this.#bestWeights === undefined) return;
    if (this.options.verbose)
      this.say(`Restoring model weights from the end of the best epoch: ${this.bestEpoch + 1}.`);
    this.model!.setWeights(this.#bestWeights);
  }

  #improves(value: number, best: number | undefined): boolean {
    if (best === undefined) return true;
    const delta = Math.abs(this.options.minDelta);
    return this.#direction() === "max" ? value - delta > best : value + delta < best;
  }

  #direction(): "min" | "max" {
    const { mode, monitor } = this.options;
    if (mode !== "auto") return mode;
    const direction = this.model!.metricDirection(monitor);
    if (direction === undefined)
      throw new ArgumentError(
        `EarlyStopping: whether more or less of "${monitor}" is better is not known; set mode to "min" or "max".`,
      );
    return direction;
  }

  #warnMissing(logs: Logs): void {
    const names = Object.keys(logs).join(", ");
    this.say(`EarlyStopping watches "${this.options.monitor}", which is not among the metrics: ${names}.`);
  }
}
