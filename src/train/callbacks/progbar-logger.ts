import { ProgressLine } from "../../view/progress-line.ts";
import type { Logs } from "../history.ts";
import { checkCount } from "../options.ts";
import { progressOptions } from "../output.ts";
import { Callback } from "./callback.ts";

/**
 * Shows the progress of a run, as `verbose` says. K: `callbacks/progbar_logger.py`. A run has one of its own; where this callback is
 * in the list, it stands in its place, so that a subclass can change what is shown, and when.
 *
 * @example
 * ```ts
 * import { ProgbarLogger } from "fovea/callbacks";
 * class LossOnly extends ProgbarLogger {
 *   override onTrainBatchEnd(batch: number, { loss = 0 }: Record<string, number>) {
 *     super.onTrainBatchEnd(batch, { loss });
 *   }
 * }
 * new LossOnly();
 * ```
 */
export class ProgbarLogger extends Callback {
  static override readonly className = "ProgbarLogger";
  override readonly reads = "logs";
  override readonly showsProgress = true;
  #line: ProgressLine | undefined;
  /** The validation of `fit` shows nothing. */
  #isInFit = false;

  #begin(): ProgressLine {
    const { verbose = "auto", write } = this.params ?? {};
    return new ProgressLine(progressOptions(verbose, write));
  }

  override onTrainBegin(_logs: Logs): void {
    const { epochs = 1, steps } = this.params ?? {};
    this.#isInFit = true;
    this.#line = this.#begin();
    this.#line.beginTrain({ epochs, steps });
  }

  override onTrainEnd(_logs: Logs): void {
    this.#line?.endTrain();
    this.#isInFit = false;
  }

  override onTrainInterrupt(logs: Logs): void {
    this.onTrainEnd(logs);
  }

  override onEpochBegin(epoch: number, _logs: Logs): void {
    checkCount("ProgbarLogger", "epoch", epoch, 0);
    this.#line?.beginEpoch(epoch);
  }

  override onEpochEnd(_epoch: number, logs: Logs): void {
    this.#line?.endEpoch(logs);
  }

  override onTrainBatchEnd(batch: number, logs: Logs): void {
    checkCount("ProgbarLogger", "batch", batch, 0);
    this.#line?.step(batch, logs);
  }

  override onTestBegin(_logs: Logs): void {
    if (this.#isInFit) return;
    this.#line = this.#begin();
    this.#line.beginTest(this.params?.steps);
  }

  override onTestBatchEnd(batch: number, logs: Logs): void {
    checkCount("ProgbarLogger", "batch", batch, 0);
    if (!this.#isInFit) this.#line?.step(batch, logs);
  }

  override onTestEnd(logs: Logs): void {
    if (!this.#isInFit) this.#line?.endTest(logs);
  }

  override onPredictBegin(_logs: Logs): void {
    this.#line = this.#begin();
    this.#line.beginTest(this.params?.steps, "predict");
  }

  override onPredictBatchEnd(batch: number, _logs: Logs): void {
    checkCount("ProgbarLogger", "batch", batch, 0);
    this.#line?.step(batch);
  }

  override onPredictEnd(_logs: Logs): void {
    this.#line?.endTest();
  }
}
