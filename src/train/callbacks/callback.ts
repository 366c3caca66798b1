/** Hooks into training, Keras's `callbacks/callback.py` in camelCase. */
import type { Tensor } from "../../base/tensor.ts";
import type { Logs } from "../history.ts";
import type { Verbose } from "../output.ts";

/** What a callback may see and do of the model that is being trained. */
export interface TrainedModel {
  readonly name: string;
  /** Set to true to end training after the current batch. */
  stopTraining: boolean;
  getWeights(): Tensor[];
  setWeights(weights: readonly Tensor[]): void;
  /** "max" or "min" for a metric whose better direction is known; undefined otherwise. */
  metricDirection(name: string): "max" | "min" | undefined;
}

/** What training was started with. */
export interface FitParams {
  readonly epochs: number;
  readonly steps: number;
  readonly verbose: Verbose;
  /** Receives text for the user. */
  readonly write: (text: string) => void;
}

/**
 * Base class of callbacks; override what you need. `logs` are plain numbers, running means over the epoch so far. A method may
 * return a promise, which training waits for.
 *
 * @example
 * ```ts
 * import { Callback } from "fovea/callbacks";
 * class Printer extends Callback {
 *   override onEpochEnd(epoch: number, logs: Record<string, number>) {
 *     console.log(epoch, logs.loss);
 *   }
 * }
 * new Printer();
 * ```
 */
export abstract class Callback {
  #model: TrainedModel | undefined;
  #params: FitParams | undefined;

  /** The model in training; undefined before training. */
  get model(): TrainedModel | undefined {
    return this.#model;
  }

  get params(): FitParams | undefined {
    return this.#params;
  }

  setModel(model: TrainedModel): void {
    this.#model = model;
  }

  setParams(params: FitParams): void {
    this.#params = params;
  }

  /** Writes a line where the progress is written. */
  protected say(text: string): void {
    this.#params?.write(`${text}\n`);
  }

  onTrainBegin?(logs: Logs): void | Promise<void>;
  onTrainEnd?(logs: Logs): void | Promise<void>;
  onEpochBegin?(epoch: number, logs: Logs): void | Promise<void>;
  onEpochEnd?(epoch: number, logs: Logs): void | Promise<void>;
  onTrainBatchBegin?(batch: number, logs: Logs): void | Promise<void>;
  onTrainBatchEnd?(batch: number, logs: Logs): void | Promise<void>;
  onTestBegin?(logs: Logs): void | Promise<void>;
  onTestEnd?(logs: Logs): void | Promise<void>;
  onTestBatchBegin?(batch: number, logs: Logs): void | Promise<void>;
  onTestBatchEnd?(batch: number, logs: Logs): void | Promise<void>;
}
