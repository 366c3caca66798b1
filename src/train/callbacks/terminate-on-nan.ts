import { checkFlag, fillOptions } from "../../nn/options.ts";
import type { Logs } from "../history.ts";
import { Callback } from "./callback.ts";

export interface TerminateOnNaNOptions {
  /** Whether `fit` rejects with the error that says where the bad value comes from, as it does without the callback. Default false. */
  readonly raiseError?: boolean;
}

/**
 * Ends training, without an error, at the first batch whose loss is NaN or infinite: `fit` ends the epoch and resolves. The model
 * keeps the weights of the last good step. K: `callbacks/terminate_on_nan.py`.
 *
 * @example
 * ```ts
 * import { TerminateOnNaN } from "fovea/callbacks";
 * new TerminateOnNaN();
 * ```
 */
export class TerminateOnNaN extends Callback {
  static override readonly className = "TerminateOnNaN";
  override readonly reads = "logs";
  override readonly takesBadLoss: boolean;

  constructor(options: TerminateOnNaNOptions = {}) {
    super();
    const { raiseError } = fillOptions("TerminateOnNaN", options, { raiseError: false });
    checkFlag("TerminateOnNaN", "raiseError", raiseError);
    this.takesBadLoss = !raiseError;
  }

  override onTrainBatchEnd(batch: number, logs: Logs): void {
    const model = this.requireModel();
    // Steps that were in flight end as badly.
    if (Number.isFinite(logs.loss ?? 0) || model.stopTraining) return;
    this.say(`Batch ${batch}: Invalid loss, terminating training`);
    model.stopTraining = true;
  }
}
