/** Elements that are made as they are asked for: the input of training. */
import { ArgumentError, FoveaError, ShapeError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { type HostArray, isHostArray } from "../base/host-array.ts";
import { keyOf } from "../base/random.ts";
import { type NestedArray, Tensor } from "../base/tensor.ts";
import { type Elements, IterableSource, isElements } from "./iterable-source.ts";
import { type Batched, isRecord, type Nest, type TensorsOf, toNest } from "./nest.ts";
import { PyDataset, PyDatasetSource } from "./py-dataset.ts";
import { checkFunction, checkWhole, type Source } from "./source.ts";
import {
  batchElements,
  cacheElements,
  filterElements,
  mapElements,
  prefetchElements,
  repeatElements,
  shuffleElements,
  skipElements,
  takeElements,
} from "./stages.ts";
import { TensorBatchSource, TensorSource } from "./tensor-source.ts";

/** Data whose rows (axis 0) are elements: a tensor or typed array, or lists and records of them. */
export type TensorParts = Tensor | HostArray | readonly TensorParts[] | TensorRecord;

/** Tensors, typed arrays or nested lists of numbers by name. */
export interface TensorRecord {
  readonly [name: string]: TensorParts | NestedArray;
}

/** One to three of them: x, [x, y], [x, y, sampleWeight]. */
export type TensorTuple =
  | readonly [TensorParts]
  | readonly [TensorParts, TensorParts]
  | readonly [TensorParts, TensorParts, TensorParts];

export interface MapOptions {
  /** Calls of the function that may be pending at a time; only an async function gains. Default 1. */
  readonly parallel?: number;
}

export interface ShuffleOptions {
  /** Whole number that decides the order together with the number of the pass. Default: another order in every run. */
  readonly seed?: number;
}

export interface DatasetBatchOptions {
  /** Leaves out a last batch that is not full. Default false. */
  readonly dropRemainder?: boolean;
}

/**
 * A sequence of elements that is made lazily and can be iterated any number of times.
 *
 * Every `for await` is a fresh pass: sources are begun anew and `shuffle` draws another order. Leaving the loop early
 * closes the source. An error of the source or of a function is a `DatasetError` that names the stage and keeps its
 * `cause`. For training, elements are batches: `[x, y]`, `[x, y, sampleWeight]` or x alone, each part a tensor, a list
 * of tensors, or a record of tensors by input or output name.
 *
 * @example
 * ```ts
 * import { Dataset } from "fovea/datasets";
 * const rows = Dataset.from(function* () {
 *   for (let i = 0; i < 5; i++) yield [[i, i + 0.5], i % 2];
 * });
 * for await (const [x, y] of rows.batch(2)) console.log(x.shape, y.toArray());
 * // [2, 2] [0, 1]   [2, 2] [0, 1]   [1, 2] [0]
 * ```
 */
export class Dataset<T> implements AsyncIterable<T> {
  /** What the elements come from; for the parts of fovea that read them. */
  readonly source: Source<T>;
  #passes = 0;

  private constructor(source: Source<T>) {
    if (typeof (source as Partial<Source<T>> | undefined)?.open !== "function")
      throw new ArgumentError(`new Dataset(${formatValue(source)}): datasets are made by Dataset.from(data).`);
    this.source = source;
  }

  /**
   * A dataset of rows or of anything that can be iterated.
   *
   * - A tensor or typed array, a record of them (or of nested lists), or a list of one to three of them
   *   ([x], [x, y], [x, y, sampleWeight]): its rows along axis 0, in the same structure.
   * - A function that returns an iterable, such as a (async) generator function: called anew for every pass.
   * - Any other list or iterable, async or not: its entries. An iterator or a stream lasts for one pass.
   * - A `PyDataset`: its batches.
   *
   * @throws ArgumentError for anything else
   * @throws ShapeError when the tensors have different numbers of rows
   * @example
   * ```ts
   * import { Dataset } from "fovea/datasets";
   * const x = new Float32Array([1, 2, 3]);
   * const dataset = Dataset.from({ x, y: [[0], [1], [0]] });
   * for await (const row of dataset) console.log(row.x.item(), row.y.toArray()); // 1 [0]   2 [1]   3 [0]
   * ```
   */
  // One overload for each kind of function, before all others, so that what a generator yields is typed as a tuple.
  static from<const T>(source: () => Iterable<T>): Dataset<T>;
  static from<const T>(source: () => AsyncIterable<T>): Dataset<T>;
  static from<T>(source: Dataset<T> | PyDataset<T>): Dataset<T>;
  static from(source: Tensor | HostArray): Dataset<Tensor>;
  static from<const P extends TensorTuple>(source: P): Dataset<{ -readonly [K in keyof P]: TensorsOf<P[K]> }>;
  static from<T>(source: Elements<T>): Dataset<T>;
  static from<P extends TensorRecord>(source: P): Dataset<TensorsOf<P>>;
  static from(source: unknown): Dataset<unknown> {
    return source instanceof Dataset ? source : new Dataset(sourceOf(source));
  }

  /** Number of elements of a pass: undefined when it is not known, Infinity when there is no end. */
  get length(): number | undefined {
    return this.source.length;
  }

  /** Begins a pass. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    const key = keyOf(Math.floor(Math.random() * 2 ** 53));
    return this.source.open({ epoch: this.#passes++, key, shuffle: false });
  }

  /**
   * `change(element, index)` for each element. The function may be async; the order stays, also with `parallel`.
   *
   * @example
   * ```ts
   * import { Dataset } from "fovea/datasets";
   * const lengths = Dataset.from(["a", "bcd"]).map(async (word) => word.length, { parallel: 2 });
   * for await (const length of lengths) console.log(length); // 1, 3
   * ```
   */
  map<const U>(
    change: (element: T, index: number) => U | Promise<U>,
    { parallel = 1, ...others }: MapOptions = {},
  ): Dataset<U> {
    refuse("map", others, "parallel");
    checkFunction("Dataset.map", change);
    checkWhole("Dataset.map", "parallel", parallel, 1);
    return new Dataset(mapElements(this.source, change, parallel));
  }

  /** The elements for which `keep(element, index)`, which may be async, is true. */
  filter(keep: (element: T, index: number) => boolean | Promise<boolean>): Dataset<T> {
    checkFunction("Dataset.filter", keep);
    return new Dataset(filterElements(this.source, keep));
  }

  /**
   * A random order, another one in every pass: elements are drawn from a buffer of `bufferSize`, as in tf.data. Only a
   * buffer as large as the dataset makes all orders equally likely.
   */
  shuffle(bufferSize: number, { seed, ...others }: ShuffleOptions = {}): Dataset<T> {
    refuse("shuffle", others, "seed");
    checkWhole("Dataset.shuffle", "bufferSize", bufferSize, 1);
    if (seed !== undefined) checkWhole("Dataset.shuffle", "seed", seed, Number.MIN_SAFE_INTEGER);
    const { source } = this;
    // Rows of tensors are shuffled by their numbers. A second shuffle changes nothing that could be told apart.
    const whole: Source<unknown> | undefined =
      source instanceof TensorSource && source.order === null && bufferSize >= source.length
        ? source.shuffled(seed)
        : undefined;
    return new Dataset((whole as Source<T> | undefined) ?? shuffleElements(source, bufferSize, seed));
  }

  /**
   * `batchSize` elements at a time, stacked along a new axis 0; the last batch may be shorter.
   *
   * A number, a typed array, a tensor, or nested lists of numbers become one tensor; lists and records of these are
   * stacked entry by entry. An element that is a list of two or three entries, not all of them numbers, is
   * [x, y, sampleWeight].
   *
   * @throws DatasetError, when the batch is made, for elements of different shapes
   */
  batch(batchSize: number, { dropRemainder = false, ...others }: DatasetBatchOptions = {}): Dataset<Batched<T>> {
    refuse("batch", others, "dropRemainder");
    checkWhole("Dataset.batch", "batchSize", batchSize, 1);
    const { source } = this;
    const batches =
      source instanceof TensorSource
        ? new TensorBatchSource(source, batchSize, dropRemainder)
        : batchElements(source, batchSize, dropRemainder);
    return new Dataset(batches as Source<unknown> as Source<Batched<T>>);
  }

  /** All elements `count` times, each time as a fresh pass; without `count` over and over again. */
  repeat(count = Infinity): Dataset<T> {
    if (count !== Infinity) checkWhole("Dataset.repeat", "count", count, 0);
    return new Dataset(repeatElements(this.source, count));
  }

  /** The first `count` elements. */
  take(count: number): Dataset<T> {
    checkWhole("Dataset.take", "count", count, 0);
    return new Dataset(takeElements(this.source, count));
  }

  /** All but the first `count` elements. */
  skip(count: number): Dataset<T> {
    checkWhole("Dataset.skip", "count", count, 0);
    return new Dataset(skipElements(this.source, count));
  }

  /** Keeps the elements in memory from the first pass that reaches the end; later ones get the same objects again. */
  cache(): Dataset<T> {
    return new Dataset(cacheElements(this.source));
  }

  /** Makes up to `count` elements (default 2) while the consumer works on earlier ones. */
  prefetch(count = 2): Dataset<T> {
    checkWhole("Dataset.prefetch", "count", count, 1);
    return new Dataset(prefetchElements(this.source, count));
  }
}

/** Throws for an option that the method does not have. */
function refuse(method: string, others: object, known: string): void {
  const [name] = Object.keys(others);
  if (name !== undefined)
    throw new ArgumentError(`Dataset.${method}: unknown option ${formatValue(name)}. It takes: ${known}.`);
}

function sourceOf(value: unknown): Source<unknown> {
  if (value instanceof PyDataset) return new PyDatasetSource(value);
  if (value instanceof Tensor || isHostArray(value) || isRecord(value)) return new TensorSource(partsOf(value));
  if (Array.isArray(value) && value.length >= 1 && value.length <= 3 && value.every(isTensorParts))
    return new TensorSource(value.map(partsOf));
  if (isElements(value)) return new IterableSource(value);
  throw new ArgumentError(
    `Dataset.from: got ${formatValue(value)}; expected tensors, something to iterate over, a generator function or a PyDataset.`,
  );
}

function partsOf(value: unknown): Nest {
  try {
    return toNest(value);
  } catch (error) {
    throw error instanceof FoveaError ? new ShapeError(`Dataset.from: ${error.message}`, { cause: error }) : error;
  }
}

/** Whether all leaves are tensors or typed arrays. */
function isTensorParts(value: unknown): boolean {
  if (value instanceof Tensor || isHostArray(value)) return true;
  const entries = Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : [];
  return entries.length > 0 && entries.every(isTensorParts);
}

/** What training takes in place of tensors. */
export type DatasetLike<T> = Dataset<T> | PyDataset<T> | Elements<T>;

/** Whether the value is to be read as a dataset of batches: anything to iterate over that is no tensor, array or list. */
export function isDatasetLike(value: unknown): value is DatasetLike<unknown> {
  if (value instanceof Tensor || isHostArray(value) || Array.isArray(value)) return false;
  return value instanceof Dataset || value instanceof PyDataset || isElements(value);
}
