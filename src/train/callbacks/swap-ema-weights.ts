import { StateError } from "../../base/errors.ts";
import type { Optimizer } from "../../nn/optimizers/optimizer.ts";
import { checkFlag, fillOptions } from "../../nn/options.ts";
import { StateReader } from "../run-state.ts";
import { Callback, type CallbackState } from "./callback.ts";

export interface SwapEMAWeightsOptions {
  /** Whether the averages are also in the model from the end of an epoch to the beginning of the next, for callbacks behind it. Default false. */
  readonly swapOnEpoch?: boolean;
}

/**
 * Puts the averages of the weights (an optimizer's `useEma`) in the model's place while it is evaluated or predicts, and the weights
 * back afterwards. K: `callbacks/swap_ema_weights.py`, whose averages stay in the model after `predict`.
 *
 * @throws StateError where the optimizer keeps no averages
 * @example
 * ```ts
 * import { ModelCheckpoint, SwapEMAWeights } from "fovea/callbacks";
 * const callbacks = [new SwapEMAWeights({ swapOnEpoch: true }), new ModelCheckpoint({ filepath: "averages.keras" })];
 * ```
 */
export class SwapEMAWeights extends Callback {
  static override readonly className = "SwapEMAWeights";
  readonly swapOnEpoch: boolean;
  #isSwapped = false;

  constructor(options: SwapEMAWeightsOptions = {}) {
    super();
    const { swapOnEpoch } = fillOptions("SwapEMAWeights", options, { swapOnEpoch: false });
    checkFlag("SwapEMAWeights", "swapOnEpoch", swapOnEpoch);
    this.swapOnEpoch = swapOnEpoch;
  }

  override getState(): CallbackState {
    return { isSwapped: this.#isSwapped };
  }

  override setState(state: CallbackState): void {
    this.#isSwapped = new StateReader("SwapEMAWeights", state).flag("isSwapped");
  }

  get #optimizer(): Optimizer {
    const { optimizer } = this.requireModel();
    if (optimizer === undefined) throw new StateError("SwapEMAWeights: the model has no optimizer; compile it first.");
    return optimizer;
  }

  /** Brings the averages into the model (true), or the weights back. */
  #swap(wanted: boolean): void {
    if (this.#isSwapped === wanted) return;
    this.#optimizer.swapAverages(this.requireModel().trainableWeights);
    this.#isSwapped = wanted;
  }

  override onTrainBegin(): void {
    this.#swap(false);
  }

  override onEpochBegin(): void {
    this.#swap(false);
  }

  override onEpochEnd(epoch: number): void {
    if (!this.swapOnEpoch) return;
    this.#swap(true);
    const { stopTraining, trainableWeights } = this.requireModel();
    if (!stopTraining && epoch + 1 !== this.params?.epochs) return;
    // The end of training puts the averages in the model once more, and must find there what is there now.
    this.#optimizer.takeAverages(trainableWeights);
    this.#isSwapped = false;
  }

  override onTestBegin(): void {
    this.#swap(true);
  }

  override onTestEnd(): void {
    this.#swap(false);
  }

  override onPredictBegin(): void {
    this.#swap(true);
  }

  override onPredictEnd(): void {
    this.#swap(false);
  }
}
