/** Hooks into training, Keras's `callbacks/callback.py` in camelCase. */
import { StateError } from "../../base/errors.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { Logs } from "../history.ts";
import type { AnyModel } from "../model.ts";
import type { Verbose } from "../output.ts";
import type { KeptRun } from "../run-state.ts";

/** What a callback keeps may be made of these. */
export type StateValue =
  | number
  | string
  | boolean
  | null
  | Tensor
  | readonly StateValue[]
  | { readonly [name: string]: StateValue };

/** What a callback keeps from one epoch to the next, by name. */
export type CallbackState = { readonly [name: string]: StateValue };

/** What training was started with. */
export interface FitParams {
  readonly epochs: number;
  /** Batches of an epoch; undefined where the data does not tell. */
  readonly steps: number | undefined;
  readonly verbose: Verbose;
  /** Receives text for the user. */
  readonly write: (text: string) => void;
}

/** The methods that a callback may have. A plain object with some of them is a callback. */
export type CallbackMethods = Pick<
  Callback,
  {
    [K in keyof Callback]: K extends
      | `on${string}`
      | "reads"
      | "readsAfter"
      | "takesBadLoss"
      | "showsProgress"
      | `${"get" | "set"}State`
      ? K
      : never;
  }[keyof Callback] &
    keyof Callback
>;

/** A Callback, or a plain object with its methods. */
export interface CallbackLike extends CallbackMethods {
  setModel?(model: AnyModel): void;
  setParams?(params: FitParams): void;
  /** @internal A callback that has it keeps runs: it is told after all others. */
  setRun?(run: KeptRun): void;
}

/** The name of a callback's class. */
export function callbackName(callback: object): string {
  const { className, name = "Object" } = (callback.constructor ?? {}) as { className?: string; name?: string };
  return className ?? name;
}

/**
 * Base class of callbacks; override what you need. `logs` are plain numbers, running means over the epoch so far. A method may
 * return a promise, which training waits for.
 *
 * @typeParam M the model in training, where a callback is for models of one kind: `Sequential`, `Model`
 * @example
 * ```ts
 * import { Callback } from "fovea/callbacks";
 * class Printer extends Callback {
 *   override onEpochEnd(epoch: number, logs: Record<string, number>) {
 *     console.log(epoch, logs.loss, this.model?.optimizer?.learningRate);
 *   }
 * }
 * new Printer();
 * ```
 */
export abstract class Callback<M = AnyModel> {
  /** What a kept run calls the class by. Minifiers rename classes, so one that keeps a state should state it. Default: its name. */
  declare static readonly className?: string;

  /**
   * What the methods for batches look at: "logs" lets steps run ahead; "weights" makes training wait, so that the model is as the
   * batch left it. Default: found out at the first batch.
   */
  declare readonly reads?: "logs" | "weights" | undefined;

  #model: M | undefined;
  #params: FitParams | undefined;

  /** The model in training; undefined before training. */
  get model(): M | undefined {
    return this.#model;
  }

  get params(): FitParams | undefined {
    return this.#params;
  }

  setModel(model: M): void {
    this.#model = model;
  }

  setParams(params: FitParams): void {
    this.#params = params;
  }

  /** The model in training. @throws StateError before `fit` has set it */
  protected requireModel(): M {
    if (this.#model === undefined)
      throw new StateError(`${callbackName(this)} has no model yet: fit sets it; before that its methods do nothing.`);
    return this.#model;
  }

  /** Writes a line where the progress is written. */
  protected say(text: string): void {
    this.#params?.write(`${text}\n`);
  }

  /** Whether it takes note of a loss that is NaN or infinite, after which `fit` otherwise rejects. Default false. fovea's own. */
  declare readonly takesBadLoss?: boolean;
  /** Whether it shows the progress, so that the run shows none of its own. Default false. fovea's own. */
  declare readonly showsProgress?: boolean;
  /**
   * Where `reads` is "logs": whether the model is looked at after this batch (0-based, of the epoch) all the same. Training waits
   * there. Asked before the batch ends.
   */
  readsAfter?(batch: number): boolean;
  /** What it keeps from one epoch to the next; `BackupAndRestore` saves it with the model. */
  getState?(): CallbackState;
  /** Takes back what `getState` gave, when a run goes on: after `onTrainBegin`. */
  setState?(state: CallbackState): void;
  onTrainBegin?(logs: Logs): unknown;
  onTrainEnd?(logs: Logs): unknown;
  /** The `signal` of `fit` ends training: after the last step, before `fit` rejects. fovea's own. */
  onTrainInterrupt?(logs: Logs): unknown;
  onEpochBegin?(epoch: number, logs: Logs): unknown;
  onEpochEnd?(epoch: number, logs: Logs): unknown;
  onTrainBatchBegin?(batch: number, logs: Logs): unknown;
  onTrainBatchEnd?(batch: number, logs: Logs): unknown;
  onTestBegin?(logs: Logs): unknown;
  onTestEnd?(logs: Logs): unknown;
  onTestBatchBegin?(batch: number, logs: Logs): unknown;
  onTestBatchEnd?(batch: number, logs: Logs): unknown;
  onPredictBegin?(logs: Logs): unknown;
  onPredictEnd?(logs: Logs): unknown;
  onPredictBatchBegin?(batch: number, logs: Logs): unknown;
  onPredictBatchEnd?(batch: number, logs: Logs): unknown;
}

/** The methods of callbacks that runs call. */
export const events = [
  "onTrainBegin",
  "onTrainEnd",
  "onTrainInterrupt",
  "onEpochBegin",
  "onEpochEnd",
  "onTrainBatchBegin",
  "onTrainBatchEnd",
  "onTestBegin",
  "onTestEnd",
  "onTestBatchBegin",
  "onTestBatchEnd",
  "onPredictBegin",
  "onPredictEnd",
  "onPredictBatchBegin",
  "onPredictBatchEnd",
] as const satisfies readonly (keyof CallbackLike)[];
