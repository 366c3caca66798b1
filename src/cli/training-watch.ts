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
  /** Values of the last epoch that was finished; empty when none was. */
  readonly logs: Logs;
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
  #epoch = 0;
  #logs: Logs = {};

  /** Seconds of training, without compilation and validation. */
  get seconds(): number {
    return this.#milliseconds / 1000;
  }

  override async onTrainBegin(): Promise<void> {
    await this.starts();
  }

  override onEpochBegin(epoch: number): void {
    this.#epoch = epoch + 1;
    this.#runningSince = performance.now();
  }

  /** Validation begins. */
  override onTestBegin(): void {
    this.#pause();
  }

  override onEpochEnd(_epoch: number, logs: Logs): void {
    this.#pause();
    this.#logs = { ...logs };
  }

  #pause(): void {
    if (this.#runningSince !== undefined) this.#milliseconds += performance.now() - this.#runningSince;
    this.#runningSince = undefined;
  }

  /** How far the model came; the optimizer counts the steps. */
  reached(model: Model): Reached {
    const { epochs = 0, steps = 0 } = this.params ?? {};
    const total = model.optimizer?.built ? model.optimizer.iteration.value[0]! : 0;
    return { epoch: this.#epoch, epochs, step: total - Math.max(0, this.#epoch - 1) * steps, steps, logs: this.#logs };
  }
}
