/** Batches by number, as Keras's `keras.utils.PyDataset` gives them. */
import { ArgumentError } from "../base/errors.ts";
import { foldKey, RandomStream } from "../base/random.ts";
import { readAhead } from "./read-ahead.ts";
import { checkWhole, type Pass, type Source, stageError } from "./source.ts";

export interface PyDatasetOptions {
  /** Calls of `get` that may be pending at a time. Default 1. */
  readonly workers?: number;
  /** Batches that may be made ahead of the step that takes them. Default 10. */
  readonly maxQueueSize?: number;
}

/**
 * A dataset that makes batch `index` when it is asked for: extend it with `length` and `get`.
 *
 * `fit` takes the batches in a random order unless its `shuffle` is false; `evaluate`, `predict` and `for await` take
 * them in order. With `workers`, an asynchronous `get` runs for several batches at a time; their order stays.
 *
 * @example
 * ```ts
 * import { tensor } from "fovea";
 * import { Dataset, PyDataset } from "fovea/datasets";
 * class Squares extends PyDataset {
 *   get length() {
 *     return 3; // batches
 *   }
 *   async get(index: number) {
 *     return [tensor([[index]]), tensor([[index ** 2]])] as const;
 *   }
 * }
 * for await (const [x, y] of Dataset.from(new Squares({ workers: 2 }))) console.log(x.item(), y.item());
 * // 0 0, 1 1, 2 4
 * ```
 */
export abstract class PyDataset<T = unknown> {
  readonly workers: number;
  readonly maxQueueSize: number;

  constructor({ workers = 1, maxQueueSize = 10, ...others }: PyDatasetOptions = {}) {
    const [unknown] = Object.keys(others);
    if (unknown !== undefined)
      throw new ArgumentError(`PyDataset: unknown option "${unknown}". It takes: workers, maxQueueSize.`);
    checkWhole("PyDataset", "workers", workers, 1);
    checkWhole("PyDataset", "maxQueueSize", maxQueueSize, 1);
    this.workers = workers;
    this.maxQueueSize = maxQueueSize;
  }

  /** Number of batches of an epoch; Infinity: batches without end. */
  abstract readonly length: number;

  /** Batch `index`, 0 … length - 1: [x, y], [x, y, sampleWeight] or x. */
  abstract get(index: number): T | Promise<T>;

  /** Called before the first batch of an epoch is made. */
  onEpochBegin(): void {}

  /** Called after the last batch of an epoch was taken. */
  onEpochEnd(): void {}
}

export class PyDatasetSource<T> implements Source<T> {
  readonly #dataset: PyDataset<T>;

  constructor(dataset: PyDataset<T>) {
    this.#dataset = dataset;
  }

  get length(): number {
    const { length } = this.#dataset;
    if (length !== Infinity) checkWhole("PyDataset", "length", length, 0);
    return length;
  }

  async *open(pass: Pass): AsyncGenerator<T, void, undefined> {
    const { workers, maxQueueSize } = this.#dataset;
    const get = async (index: number): Promise<T> => {
      try {
        return await this.#dataset.get(index);
      } catch (error) {
        throw stageError("from", `get(${index}) of the PyDataset failed`, error);
      }
    };
    this.#dataset.onEpochBegin();
    yield* readAhead(indices(this.length, pass), get, { workers, queue: maxQueueSize });
    this.#dataset.onEpochEnd();
  }
}

async function* indices(length: number, { key, epoch, shuffle }: Pass): AsyncGenerator<number, void, undefined> {
  if (shuffle && Number.isFinite(length)) yield* new RandomStream(foldKey(key, epoch)).permutation(length);
  else for (let index = 0; index < length; index++) yield index;
}
