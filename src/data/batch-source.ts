/** Batches as training steps take them: tensors by input name, without a promise for data in memory. */
import { allocate } from "../base/dtype.ts";
import { ArgumentError, DatasetError, ShapeError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { keyOf } from "../base/random.ts";
import { formatShape, sizeOf } from "../base/shape.ts";
import { Tensor } from "../base/tensor.ts";
import { batchCount, epochOrder, gatherRows } from "./batches.ts";
import type { Dataset } from "./dataset.ts";
import type { Pass, Source } from "./source.ts";
import { gatherCopy, TensorBatchSource } from "./tensor-source.ts";

/** Tensors by input name, axis 0 counting the rows of the batch. */
export type BatchFeeds = Readonly<Record<string, Tensor>>;

/** One batch. Its tensors are valid until the next one is asked for: memory is used again. */
export interface Batch {
  readonly feeds: BatchFeeds;
  readonly rows: number;
  /** Where these are the rows of one of several processes: their place in the whole batch. */
  readonly share?: RowsShare;
}

/** The rows of a batch that one of several processes computes. */
export interface RowsShare {
  /** Number in the batch of its first row. */
  readonly firstRow: number;
  /** Rows of the whole batch. */
  readonly batchRows: number;
  /** The most rows that a process has of it. */
  readonly most: number;
}

/** One of several processes. */
export interface ProcessPlace {
  readonly rank: number;
  readonly size: number;
}

/** Rows `begin … end − 1` of a batch belong to the process. Shares differ by one row at most; of a short batch some are empty. */
export function shareOf(rows: number, { rank, size }: ProcessPlace) {
  const begin = Math.floor((rank * rows) / size);
  const end = Math.floor(((rank + 1) * rows) / size);
  return { begin, end, share: { firstRow: begin, batchRows: rows, most: Math.ceil(rows / size) } };
}

/** The batches of one pass, in order. */
export interface BatchReader {
  /** The next batch; undefined after the last one. A promise only where the data is not at hand. */
  next(): Batch | undefined | Promise<Batch | undefined>;
  /** Ends the pass and closes the source. To be called after an error and after the last batch too. */
  close(): void | Promise<void>;
  /** Milliseconds from asking for batches to having them, so far. */
  readonly waitingMs: number;
  /** Leaves out the next batches, where that is done at once. */
  skip?(count: number): void;
  /** A copy of batch `index` of this pass, where batches can be read again: to look into a step that failed. */
  copyOf?(index: number): BatchFeeds | undefined;
}

/** Batches for any number of passes. */
export interface BatchSource {
  /** Batches of a pass: undefined when unknown, Infinity when endless. */
  readonly batches: number | undefined;
  /** Rows of a pass, where known. */
  readonly rows: number | undefined;
  /** Begins a pass. */
  begin(pass: Pass): BatchReader;
}

export interface TensorBatchOptions {
  /** Rows of a batch; the last one may be shorter. */
  readonly batchSize: number;
  /** As `epochOrder` takes it. Default: the pass's own `shuffle`. */
  readonly shuffle?: boolean | "batch";
  /** Seed of the order. Default: the pass's key decides. */
  readonly seed?: number | undefined;
  /** Leaves out a last batch that is not full. Default false. */
  readonly dropRemainder?: boolean;
  /** The process whose rows of each batch are read. Default: all rows are. */
  readonly place?: ProcessPlace | undefined;
}

/** Batches of the rows of tensors in memory. Rows in their own order are not copied; others are gathered into one buffer. */
export class TensorBatches implements BatchSource {
  readonly batches: number;
  readonly rows: number;
  readonly #data: BatchFeeds;
  readonly #options: TensorBatchOptions;

  /** @param data tensors by input name, all of the same number of rows */
  constructor(data: BatchFeeds, options: TensorBatchOptions) {
    const [first, ...others] = Object.entries(data);
    if (first === undefined) throw new ArgumentError("Batches need at least one tensor.");
    const rows = first[1].shape[0] ?? 0;
    for (const [name, { shape }] of others)
      if (shape[0] !== rows)
        throw new ShapeError(`"${first[0]}" has ${rows} rows and "${name}" has shape ${formatShape(shape)}.`);
    const { batchSize, dropRemainder = false } = options;
    const batches = batchCount(rows, batchSize);
    this.batches = dropRemainder && rows % batchSize !== 0 ? batches - 1 : batches;
    this.rows = dropRemainder ? this.batches * batchSize : rows;
    this.#data = data;
    this.#options = options;
  }

  begin(pass: Pass): TensorBatchReader {
    const { batchSize, seed, shuffle = pass.shuffle } = this.#options;
    const all = Object.values(this.#data)[0]!.shape[0]!;
    const order = epochOrder(all, seed === undefined ? pass.key : keyOf(seed), pass.epoch, shuffle, batchSize);
    return new TensorBatchReader(this.#data, order, this.rows, batchSize, this.#options.place);
  }
}

/** Reads tensors in memory: `next` never gives a promise. */
export class TensorBatchReader implements BatchReader {
  readonly #data: BatchFeeds;
  readonly #order: Int32Array | null;
  readonly #rows: number;
  readonly #batchSize: number;
  readonly #place: ProcessPlace | undefined;
  readonly #staging: BatchFeeds;
  /** The data is at hand. */
  readonly waitingMs = 0;
  #begin = 0;

  constructor(data: BatchFeeds, order: Int32Array | null, rows: number, batchSize: number, place?: ProcessPlace) {
    this.#data = data;
    this.#place = place;
    this.#order = order;
    this.#rows = rows;
    this.#batchSize = batchSize;
    // Only gathered rows need a place.
    const stage = ({ shape, dtype }: Tensor) => {
      const own = [Math.min(batchSize, rows), ...shape.slice(1)];
      return new Tensor(allocate(dtype, sizeOf(own)), own);
    };
    this.#staging = order === null ? data : mapFeeds(data, stage);
  }

  next(): Batch | undefined {
    const begin = this.#begin;
    const rows = Math.min(this.#batchSize, this.#rows - begin);
    if (rows <= 0) return undefined;
    this.#begin += rows;
    if (this.#place === undefined) return { feeds: this.#read(begin, rows), rows };
    const { begin: from, end, share } = shareOf(rows, this.#place);
    return { feeds: this.#read(begin + from, end - from), rows: end - from, share };
  }

  #read(begin: number, rows: number): BatchFeeds {
    return this.#order === null
      ? mapFeeds(this.#data, (tensor) => tensor.slice(begin, begin + rows))
      : this.#gather(begin, rows);
  }

  close(): void {
    this.#begin = this.#rows;
  }

  skip(count: number): void {
    this.#begin = Math.min(this.#rows, this.#begin + count * this.#batchSize);
  }

  copyOf(index: number): BatchFeeds {
    const begin = index * this.#batchSize;
    const rows = Math.min(this.#batchSize, this.#rows - begin);
    return mapFeeds(this.#data, (tensor) => gatherCopy(tensor, this.#order, begin, rows));
  }

  #gather(begin: number, rows: number): BatchFeeds {
    for (const [name, tensor] of Object.entries(this.#data))
      gatherRows(tensor, this.#order, begin, rows, this.#staging[name]!.data);
    return rows === this.#batchSize ? this.#staging : mapFeeds(this.#staging, (tensor) => tensor.slice(0, rows));
  }
}

function mapFeeds(feeds: BatchFeeds, change: (tensor: Tensor) => Tensor): BatchFeeds {
  const changed: Record<string, Tensor> = {};
  for (const name in feeds) changed[name] = change(feeds[name]!);
  return changed;
}

/**
 * A dataset of batches as steps take them.
 *
 * @param toFeeds names and checks the parts of a batch; for rows of tensors in memory it is given all rows at once
 */
export function batchSourceOf<T>(dataset: Dataset<T>, toFeeds: (element: T) => BatchFeeds): BatchSource {
  const { source } = dataset;
  if (!((source as unknown) instanceof TensorBatchSource)) return new DatasetBatches(dataset, toFeeds);
  const { rows, batchSize, dropRemainder } = source as unknown as TensorBatchSource;
  return new TensorBatches(toFeeds(rows.parts as T), {
    batchSize,
    dropRemainder,
    shuffle: rows.order !== null,
    seed: rows.order?.seed,
  });
}

/** Batches of a dataset that is iterated. */
class DatasetBatches<T> implements BatchSource {
  readonly rows = undefined;
  readonly #dataset: Dataset<T>;
  readonly #toFeeds: (element: T) => BatchFeeds;

  constructor(dataset: Dataset<T>, toFeeds: (element: T) => BatchFeeds) {
    this.#dataset = dataset;
    this.#toFeeds = toFeeds;
  }

  get batches(): number | undefined {
    return this.#dataset.length;
  }

  begin(pass: Pass): BatchReader {
    return new DatasetBatchReader(this.#dataset.source, pass, this.#toFeeds);
  }
}

class DatasetBatchReader<T> implements BatchReader {
  readonly #source: Source<T>;
  readonly #elements: AsyncIterator<T>;
  readonly #toFeeds: (element: T) => BatchFeeds;
  /** The element of the batch that was given last; its feeds may share its memory. */
  #last: T | undefined;
  #waitingMs = 0;
  #read = 0;

  constructor(source: Source<T>, pass: Pass, toFeeds: (element: T) => BatchFeeds) {
    this.#source = source;
    this.#elements = source.open(pass);
    this.#toFeeds = toFeeds;
  }

  get waitingMs(): number {
    return this.#waitingMs;
  }

  async next(): Promise<Batch | undefined> {
    const start = performance.now();
    this.#recycle();
    try {
      const { done, value } = await this.#elements.next();
      if (done) return undefined;
      this.#last = value;
      const feeds = this.#toFeeds(value);
      return { feeds, rows: this.#rowsOf(feeds) };
    } finally {
      this.#waitingMs += performance.now() - start;
    }
  }

  async close(): Promise<void> {
    this.#recycle();
    await this.#elements.return?.();
  }

  #recycle(): void {
    if (this.#last !== undefined) this.#source.recycle?.(this.#last);
    this.#last = undefined;
  }

  #rowsOf(feeds: BatchFeeds): number {
    const batch = this.#read++;
    const [first, ...others] = Object.entries(feeds);
    const rows = first?.[1].shape[0];
    if (first === undefined || rows === undefined || rows === 0)
      throw new DatasetError(`Batch ${batch} of the dataset has no rows; axis 0 of each part counts the rows.`);
    for (const [name, { shape }] of others)
      if (shape[0] !== rows)
        throw new DatasetError(
          `Batch ${batch} of the dataset: "${first[0]}" has ${rows} rows and "${name}" has shape ${formatShape(shape)}.`,
        );
    return rows;
  }
}

/** The parts of a batch, as it comes from a dataset. */
export interface BatchParts {
  readonly x: unknown;
  readonly y: unknown;
  readonly sampleWeight: unknown;
}

/**
 * [x], [x, y] or [x, y, sampleWeight] taken apart; anything else is x alone (Keras's `unpack_x_y_sample_weight`). A list
 * of numbers is x.
 *
 * @throws ArgumentError for a list of more than three parts
 */
export function unpackBatch(element: unknown): BatchParts {
  const list = Array.isArray(element) && !element.every((entry) => typeof entry === "number");
  if (!list) return { x: element, y: undefined, sampleWeight: undefined };
  if (element.length > 3)
    throw new ArgumentError(
      `A batch is x, [x, y] or [x, y, sampleWeight]; got a list of ${element.length}: ${formatValue(element)}. ` +
        "Rows of a list are joined by tensor(rows); several inputs go into a list of their own: [[a, b], y].",
    );
  const [x, y, sampleWeight] = element as readonly unknown[];
  return { x, y, sampleWeight };
}
