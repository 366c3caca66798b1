/** Batches for a run, with what the run must know of them: room for the largest batch, and how many of them make an epoch. */
import { ArgumentError } from "../base/errors.ts";
import type { Key } from "../base/random.ts";
import type { Batch, BatchFeeds, BatchReader, BatchSource } from "../data/batch-source.ts";

/** Where a reading is, beside the epoch and the batch. */
export interface FeedPlace {
  /** What the order of rows is drawn by; undefined where they stay as they are. */
  readonly key: Key | undefined;
  /** Of a reading that goes on from epoch to epoch: passes over the data that are over, and batches of this one. */
  readonly pass: number | undefined;
  readonly read: number | undefined;
}

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
  /** @param skip batches at the start of the epoch that are left out */
  open(epoch: number, skip?: number): BatchReader;
  /** Where the reading goes on after so many batches of the epoch that was opened last. */
  placeAfter(step: number): FeedPlace;
  /** Goes on from a place. To be called before the first `open`. */
  goOn(place: FeedPlace): void;
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
  const { capacity, kind, steps, continues = false } = options;
  let { key } = options;
  const pass = (epoch: number) => source.begin({ epoch, key: key ?? [0, 0], shuffle: key !== undefined });
  const placed = {
    placeAfter: () => ({ key, pass: undefined, read: undefined }),
    goOn: (place: FeedPlace) => {
      key = place.key;
    },
  };
  const known = source.batches !== undefined && Number.isFinite(source.batches) ? source.batches : undefined;
  if (steps === undefined)
    return {
      capacity,
      kind,
      batches: known,
      rows: source.rows,
      open: (epoch, skip = 0) => skipBatches(pass(epoch), skip),
      ...placed,
      close: async () => {},
    };
  if (continues) return new ContinuedSource(pass, steps, capacity, placed);
  const batches = Math.min(steps, known ?? steps);
  return {
    capacity,
    kind,
    batches,
    rows: undefined,
    open: (epoch, skip = 0) => limitReader(skipBatches(pass(epoch), skip), batches - skip),
    ...placed,
    close: async () => {},
  };
}

/** Leaves out batches at the start: at once where the reader can, else by reading them. */
function skipBatches(reader: BatchReader, count: number): BatchReader {
  if (count === 0) return reader;
  if (reader.skip !== undefined) {
    reader.skip(count);
    return reader;
  }
  let left = count;
  return {
    next: async () => {
      for (; left > 0; left--) if ((await reader.next()) === undefined) return undefined;
      return reader.next();
    },
    close: () => reader.close(),
    copyOf: (index) => reader.copyOf?.(index),
    get waitingMs() {
      return reader.waitingMs;
    },
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
  readonly #placed: Pick<FeedSource, "placeAfter" | "goOn">;
  /** Where the reading was when the last epoch was opened. */
  #opened = { pass: 0, read: 0 };
  /** Where its batches come from: those from `first` on are batches of `reader` from `from` on. */
  #parts: { readonly first: number; readonly from: number; readonly pass: number; readonly reader: BatchReader }[] = [];

  constructor(
    pass: (epoch: number) => BatchReader,
    batches: number,
    capacity: number | undefined,
    placed: Pick<FeedSource, "placeAfter" | "goOn">,
  ) {
    this.#pass = pass;
    this.batches = batches;
    this.capacity = capacity;
    this.#placed = placed;
  }

  placeAfter(step: number): FeedPlace {
    const part = this.#parts.findLast(({ first }) => first < step);
    const { pass, read } = part === undefined ? this.#opened : { pass: part.pass, read: part.from + step - part.first };
    return { ...this.#placed.placeAfter(step), pass, read };
  }

  goOn(place: FeedPlace): void {
    this.#placed.goOn(place);
    this.#passes = place.pass ?? 0;
    this.#read = place.read ?? 0;
    this.#opened = { pass: this.#passes, read: this.#read };
  }

  /** @param skip batches of the epoch that are done: the place to go on from counts them */
  open(_epoch: number, skip = 0): BatchReader {
    let left = this.batches - skip;
    let waitingMs = 0;
    this.#opened = { pass: this.#passes, read: this.#read };
    this.#parts = [];
    const parts = this.#parts;
    const note = (reader: BatchReader) => {
      if (parts.at(-1)?.reader === reader) return;
      parts.push({ first: this.batches - left - 1, from: this.#read - 1, pass: this.#passes, reader });
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
    this.#reader ??= skipBatches(this.#pass(this.#passes), this.#read);
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
