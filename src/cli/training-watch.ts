/** Follows one call of `fit`: how long training itself took, and how far it came. */
import type { Model } from "../index.ts";
import { Callback, type Logs } from "../train/callbacks/index.ts";

/** Where training stood when it was stopped. */
export interface Reached {
  /** 1-based; 0 when training had not begun. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps that were done in that epoch. */
  readonly step: number;
  readonly steps: number;
  /** Running means of that epoch; empty when no step was done. */
  readonly logs: Readonly<Logs>;
}

/**
 * Has no method for batches on purpose: with one, `fit` would have to bring the weights to the host after each step, and no
 * step could be computed while the next one is prepared.
 */
export class TrainingWatch extends Callback {
  /** Called when the training step is compiled and the first batch is about to run. */
  starts: () => Promise<void> = async () => {};
  #milliseconds = 0;
  #runningSince: number | undefined;

  /** Seconds of training, without compilation and validation. */
  get seconds(): number {
    return this.#milliseconds / 1000;
  }

  override async onTrainBegin(): Promise<void> {
    await this.starts();
  }

  override onEpochBegin(): void {
    this.#runningSince = performance.now();
  }

  /** Validation begins. */
  override onTestBegin(): void {
    this.#pause();
  }

  override onEpochEnd(): void {
    this.#pause();
  }

  #pause(): void {
    if (this.#runningSince !== undefined) this.#milliseconds += performance.now() - this.#runningSince;
    this.#runningSince = undefined;
  }

  /** How far the model came. */
  reached(model: Model): Reached {
    const { epochs = 0, steps = 0 } = this.params ?? {};
    const latest = model.history?.latest;
    if (latest === undefined) return { epoch: 0, epochs, step: 0, steps, logs: {} };
    return { epoch: latest.epoch + 1, epochs, step: latest.step + 1, steps, logs: latest.logs };
  }
}
