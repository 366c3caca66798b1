/** Follows one call of `fit`: measures the time of training itself, and its position. */
import type { AnyModel } from "../index.ts";
import { Callback, type Logs } from "../train/callbacks/index.ts";

/** Position of training when it stopped. */
export interface Reached {
  /** 1-based; 0 before training started. */
  readonly epoch: number;
  readonly epochs: number;
  /** Finished steps of that epoch. */
  readonly step: number;
  readonly steps: number;
  /** Running means of that epoch; empty without a finished step. */
  readonly logs: Readonly<Logs>;
}

/**
 * It has no batch methods on purpose: with one, `fit` would have to fetch the weights after each step, and could not compute a
 * step while it prepares the next.
 */
export class TrainingWatch extends Callback {
  /** Called when the training step is compiled, before the first batch runs. */
  starts: () => Promise<void> = async () => {};
  #milliseconds = 0;
  #runningSince: number | undefined;

  /** Seconds of training, without compilation and validation. */
  get seconds(): number {
    return this.#milliseconds / 1000;
  }

  override async onTrainBegin(): Promise<void> {
    await this.starts();
    // An epoch that is gone on with does not begin again.
    this.#runningSince = performance.now();
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

  /** Position that the model reached. */
  reached(model: AnyModel): Reached {
    const { epochs = 0, steps = 0 } = this.params ?? {};
    const latest = model.history?.latest;
    if (latest === undefined) return { epoch: 0, epochs, step: 0, steps, logs: {} };
    return { epoch: latest.epoch + 1, epochs, step: latest.step + 1, steps, logs: latest.logs };
  }
}
