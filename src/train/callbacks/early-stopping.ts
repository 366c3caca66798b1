import type { Tensor } from "../../base/tensor.ts";
import { fillOptions } from "../../nn/options.ts";
import type { Logs } from "../history.ts";
import { checkCount } from "../options.ts";
import { StateReader } from "../run-state.ts";
import type { CallbackState } from "./callback.ts";
import { MonitorCallback, type MonitorOptions } from "./monitor-callback.ts";

export interface EarlyStoppingOptions extends MonitorOptions {
  /** Least change that counts as an improvement. Default 0. */
  readonly minDelta?: number;
  /** Epochs without improvement after which training stops. Default 0. */
  readonly patience?: number;
  /** 1: say when training stops. Default 0. */
  readonly verbose?: 0 | 1;
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
export class EarlyStopping extends MonitorCallback<Required<EarlyStoppingOptions>> {
  static override readonly className = "EarlyStopping";
  /** 0-based epoch after which training stopped; 0: it did not. */
  stoppedEpoch = 0;
  /** 0-based epoch with the best value. */
  bestEpoch = 0;
  #wait = 0;
  #bestWeights: Tensor[] | undefined;

  constructor(options: EarlyStoppingOptions = {}) {
    super("EarlyStopping", fillOptions("EarlyStopping", options, defaults));
    const { patience, startFromEpoch } = this.options;
    for (const [name, value] of Object.entries({ patience, startFromEpoch }))
      checkCount("EarlyStopping", name, value, 0);
  }

  override getState(): CallbackState {
    const { stoppedEpoch, bestEpoch } = this;
    return {
      wait: this.#wait,
      stoppedEpoch,
      bestEpoch,
      best: this.best ?? null,
      bestWeights: this.#bestWeights ?? null,
    };
  }

  override setState(state: CallbackState): void {
    const reader = new StateReader("EarlyStopping", state);
    const [wait, stoppedEpoch, bestEpoch] = ["wait", "stoppedEpoch", "bestEpoch"].map((name) => reader.count(name));
    const best = reader.has("best") ? reader.number("best") : undefined;
    this.#bestWeights = reader.has("bestWeights") ? [...reader.tensors("bestWeights")] : undefined;
    [this.#wait, this.stoppedEpoch, this.bestEpoch, this.best] = [wait!, stoppedEpoch!, bestEpoch!, best];
  }

  override onTrainBegin(): void {
    this.#wait = 0;
    this.stoppedEpoch = 0;
    this.bestEpoch = 0;
    this.best = undefined;
    this.#bestWeights = undefined;
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    this.checkEpoch(epoch, logs);
    const { patience, baseline, restoreBestWeights, startFromEpoch, verbose } = this.options;
    if (epoch < startFromEpoch) return;
    const current = this.currentOf(logs);
    if (current === undefined) return;
    const model = this.requireModel();
    if (restoreBestWeights && this.#bestWeights === undefined) this.#bestWeights = model.getWeights();
    this.#wait++;
    if (this.improves(current, this.best)) {
      this.best = current;
      this.bestEpoch = epoch;
      if (restoreBestWeights) this.#bestWeights = model.getWeights();
      if (baseline === null || this.improves(current, baseline)) this.#wait = 0;
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
    this.requireModel().setWeights(this.#bestWeights);
  }
}
