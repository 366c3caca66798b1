/** Batches for a run, with what the run must know of them: room for the largest batch, and how many of them make an epoch. */
import { ArgumentError } from "../base/errors.ts";
import type { Key } from "../base/random.ts";
import type { Batch, BatchFeeds, BatchReader, BatchSource } from "../data/batch-source.ts";

/** Opens the batches of an epoch. */
export interface FeedSource {
  /** The most rows of a batch, where that is known. */
  readonly capacity: number | undefined;
  /** Batches of an epoch, where that is known. */
  readonly batches: number | undefined;
  /** Rows in all, where that is known. */
  readonly rows: number | undefined;
  /** Data of the kind that all batches are of, where that is known. */
  readonly kind?: BatchFeeds | undefined;
  open(epoch: number): BatchReader;
  /** Ends the reading for good. */
  close(): Promise<void>;
}

export interface FeedOptions {
  /** The most rows of a batch, where that is known. */
  readonly capacity?: number | undefined;
  /** Data of the kind that all batches are of, where that is known. */
  readonly kind?: BatchFeeds | undefined;
  /** What the order of rows is drawn by. Default: they stay as they are. */
  readonly key?: Key | undefined;
  /** Batches of an epoch. Default: all. */
  readonly steps?: number | undefined;
  /** Whether an epoch goes on where the last one ended, and begins again where the data ends. Default false. */
  readonly continues?: boolean | undefined;
}

/**
 * Room for any number of rows up to this one: a power of two, so that few programs, which stay on the device, serve calls that
 * bring any number of rows.
 */
export function capacityFor(rows: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, rows)));
}

/** The batches of a source, all or so many of each epoch. */
export function feedSource(source: BatchSource, options: FeedOptions = {}): FeedSource {
  const { capacity, key, kind, steps, continues = false } = options;
  const pass = (epoch: number) => source.begin({ epoch, key: key ?? [0, 0], shuffle: key !== undefined });
  const known = source.batches !== undefined && Number.isFinite(source.batches) ? source.batches : undefined;
  if (steps === undefined)
    return { capacity, kind, batches: known, rows: source.rows, open: pass, close: async () => {} };
  if (continues) return new ContinuedSource(pass, steps, capacity);
  const batches = Math.min(steps, known ?? steps);
  return {
    capacity,
    kind,
    batches,
    rows: undefined,
    open: (epoch) => limitReader(pass(epoch), batches),
    close: async () => {},
  };
}

/** Reads at most so many batches. */
function limitReader(reader: BatchReader, batches: number): BatchReader {
  let left = batches;
  return {
    next: () => (left-- > 0 ? reader.next() : undefined),
    close: () => reader.close(),
    get waitingMs() {
      return reader.waitingMs;
    },
  };
}

/** So many batches of each epoch: the reading goes on from epoch to epoch, and begins again where the data ends. */
class ContinuedSource implements FeedSource {
  readonly capacity: number | undefined;
  readonly rows = undefined;
  readonly batches: number;
  readonly #pass: (epoch: number) => BatchReader;
  #reader: BatchReader | undefined;
  #passes = 0;
  /** Batches that were read in this pass. */
  #read = 0;

  constructor(pass: (epoch: number) => BatchReader, batches: number, capacity: number | undefined) {
    this.#pass = pass;
    this.batches = batches;
    this.capacity = capacity;
  }

  open(): BatchReader {
    let left = this.batches;
    let waitingMs = 0;
    /** Where the batches of the epoch come from: those from `first` on are batches of `reader` from `from` on. */
    const parts: { readonly first: number; readonly from: number; readonly reader: BatchReader }[] = [];
    const note = (reader: BatchReader) => {
      if (parts.at(-1)?.reader !== reader) parts.push({ first: this.batches - left - 1, from: this.#read - 1, reader });
    };
    return {
      next: async () => {
        if (left-- <= 0) return undefined;
        const start = performance.now();
        const batch = (await this.#next()) ?? (await this.#restart());
        waitingMs += performance.now() - start;
        note(this.#reader!);
        return batch;
      },
      close: () => {},
      copyOf(batch) {
        const { first, from, reader } = parts.findLast((part) => part.first <= batch)!;
        return reader.copyOf?.(from + batch - first);
      },
      get waitingMs() {
        return waitingMs;
      },
    };
  }

  async #next(): Promise<Batch | undefined> {
    this.#reader ??= this.#pass(this.#passes);
    this.#read++;
    return this.#reader.next();
  }

  async #restart(): Promise<Batch> {
    await this.close();
    this.#passes++;
    this.#read = 0;
    const batch = await this.#next();
    if (batch === undefined) throw new ArgumentError("The data has no batch, so no step can be made of it.");
    return batch;
  }

  async close(): Promise<void> {
    await this.#reader?.close();
    this.#reader = undefined;
  }
}
