import { checkNumber, fillOptions } from "../../nn/options.ts";
import type { Logs } from "../history.ts";
import { checkCount } from "../options.ts";
import { StateReader } from "../run-state.ts";
import type { CallbackState } from "./callback.ts";
import { MonitorCallback, type MonitorOptions } from "./monitor-callback.ts";

export interface ReduceLROnPlateauOptions extends MonitorOptions {
  /** What the learning rate is multiplied by, below 1. Default 0.1. */
  readonly factor?: number;
  /** Epochs without improvement after which the rate is reduced. Default 10. */
  readonly patience?: number;
  /** 1: say when the rate is reduced. Default 0. */
  readonly verbose?: 0 | 1;
  /** Least change that counts as an improvement. Default 0.0001. */
  readonly minDelta?: number;
  /** Epochs after a reduction in which none without improvement is counted. Default 0. */
  readonly cooldown?: number;
  /** The rate is not reduced below this. Default 0. */
  readonly minLr?: number;
}

const defaults: Required<ReduceLROnPlateauOptions> = {
  monitor: "val_loss",
  factor: 0.1,
  patience: 10,
  verbose: 0,
  mode: "auto",
  minDelta: 1e-4,
  cooldown: 0,
  minLr: 0,
};

/**
 * Reduces the learning rate when a metric has stopped improving. The rate of each epoch is in its logs as "learning_rate". The
 * optimizer's rate must be a number, and not a schedule. K: `callbacks/reduce_lr_on_plateau.py`.
 *
 * @example
 * ```ts
 * import { ReduceLROnPlateau } from "fovea/callbacks";
 * new ReduceLROnPlateau({ monitor: "val_loss", factor: 0.2, patience: 5, minLr: 1e-5 });
 * ```
 */
export class ReduceLROnPlateau extends MonitorCallback<Required<ReduceLROnPlateauOptions>> {
  static override readonly className = "ReduceLROnPlateau";
  #wait = 0;
  #cooldown = 0;

  constructor(given: ReduceLROnPlateauOptions = {}) {
    const options = fillOptions("ReduceLROnPlateau", given, defaults);
    super("ReduceLROnPlateau", options);
    const { patience, cooldown, factor, minLr } = options;
    for (const [name, value] of Object.entries({ patience, cooldown })) checkCount("ReduceLROnPlateau", name, value, 0);
    const isShare = (value: number) => value >= 0 && value < 1;
    checkNumber("ReduceLROnPlateau", "factor", factor, "a number of 0 or more and below 1", isShare);
    checkNumber("ReduceLROnPlateau", "minLr", minLr, "a number of 0 or more", (value) => value >= 0);
  }

  override getState(): CallbackState {
    return { best: this.best ?? null, wait: this.#wait, cooldown: this.#cooldown };
  }

  override setState(state: CallbackState): void {
    const reader = new StateReader("ReduceLROnPlateau", state);
    const [wait, cooldown] = [reader.count("wait"), reader.count("cooldown")];
    this.best = reader.has("best") ? reader.number("best") : undefined;
    [this.#wait, this.#cooldown] = [wait, cooldown];
  }

  override onTrainBegin(): void {
    this.best = undefined;
    this.#wait = 0;
    this.#cooldown = 0;
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    this.checkEpoch(epoch, logs);
    logs.learning_rate = this.requireModel().optimizer!.learningRate;
    const current = this.currentOf(logs);
    if (current === undefined) return;
    if (this.#cooldown > 0) {
      this.#cooldown--;
      this.#wait = 0;
    }
    if (this.improves(current, this.best)) {
      this.best = current;
      this.#wait = 0;
    } else if (this.#cooldown === 0 && ++this.#wait >= this.options.patience) this.#reduce(epoch);
  }

  #reduce(epoch: number): void {
    const { factor, minLr, cooldown, verbose } = this.options;
    const optimizer = this.requireModel().optimizer!;
    // The optimizer holds its rate in float32, which may lie just above the same limit in float64.
    if (optimizer.learningRate <= Math.fround(minLr)) return;
    const rate = Math.max(optimizer.learningRate * factor, minLr);
    optimizer.learningRate = rate;
    this.#cooldown = cooldown;
    this.#wait = 0;
    if (verbose) this.say(`Epoch ${epoch + 1}: ReduceLROnPlateau reducing learning rate to ${rate}.`);
  }
}
