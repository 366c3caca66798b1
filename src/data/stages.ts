/** The stages of a dataset: each takes a source and is one. */
import { DatasetError } from "../base/errors.ts";
import { foldKey, keyOf, RandomStream } from "../base/random.ts";
import { type Nest, stackNests, toNest } from "./nest.ts";
import { readAhead } from "./read-ahead.ts";
import { type Pass, type Source, stageError } from "./source.ts";

/** A source of an iteration and a length that is asked for when needed. */
function stage<T>(
  length: () => number | undefined,
  open: (pass: Pass) => AsyncIterableIterator<T>,
  /** Where elements pass through unchanged. */
  from?: Source<T>,
): Source<T> {
  const recycle = from?.recycle;
  return {
    get length() {
      return length();
    },
    open,
    ...(recycle === undefined ? {} : { recycle }),
  };
}

/** Length arithmetic; an unknown length stays unknown. */
const lengthOf = (source: Source<unknown>, change: (length: number) => number) => () =>
  source.length === undefined ? undefined : change(source.length);

/** `change` of each element, in order; `parallel` calls in flight. */
export function mapElements<T, U>(
  source: Source<T>,
  change: (element: T, index: number) => U | Promise<U>,
  parallel: number,
): Source<U> {
  return stage(
    lengthOf(source, (length) => length),
    async function* (pass) {
      let next = 0;
      const call = async (element: T): Promise<U> => {
        const index = next++;
        try {
          return await change(element, index);
        } catch (error) {
          throw stageError("map", `the function failed at element ${index}`, error);
        }
      };
      if (parallel > 1) yield* readAhead(source.open(pass), call, { workers: parallel, queue: parallel });
      else for await (const element of source.open(pass)) yield await call(element);
    },
  );
}

/** The elements that `keep` is true for. */
export function filterElements<T>(
  source: Source<T>,
  keep: (element: T, index: number) => boolean | Promise<boolean>,
): Source<T> {
  return stage(
    () => (source.length === 0 ? 0 : undefined),
    async function* (pass) {
      let index = 0;
      for await (const element of source.open(pass)) {
        let kept: boolean;
        try {
          kept = await keep(element, index);
        } catch (error) {
          throw stageError("filter", `the function failed at element ${index}`, error);
        }
        index++;
        if (kept) yield element;
      }
    },
  );
}

/**
 * A random order from a buffer of `size` elements: each draw leaves its place to the next element of the source
 * (tf.data's `shuffle`). Uniform over all orders when the buffer holds all elements.
 */
export function shuffleElements<T>(source: Source<T>, size: number, seed: number | undefined): Source<T> {
  return stage(
    lengthOf(source, (length) => length),
    async function* (pass) {
      const random = new RandomStream(foldKey(seed === undefined ? pass.key : keyOf(seed), pass.epoch));
      const buffer: T[] = [];
      // A stage before this one must not draw the same numbers.
      for await (const element of source.open({ ...pass, key: foldKey(pass.key, 1) })) {
        if (buffer.length < size) {
          buffer.push(element);
          continue;
        }
        const at = random.below(size);
        const drawn = buffer[at]!;
        buffer[at] = element;
        yield drawn;
      }
      while (buffer.length > 0) {
        const at = random.below(buffer.length);
        const drawn = buffer[at]!;
        buffer[at] = buffer.at(-1)!;
        buffer.pop();
        yield drawn;
      }
    },
  );
}

/** Number of batches of so many elements. */
export function countBatches(length: number, size: number, dropRemainder: boolean): number {
  return dropRemainder ? Math.floor(length / size) : Math.ceil(length / size);
}

/** `size` elements at a time, stacked along a new axis 0. */
export function batchElements(source: Source<unknown>, size: number, dropRemainder: boolean): Source<Nest> {
  return stage(
    lengthOf(source, (length) => countBatches(length, size, dropRemainder)),
    async function* (pass) {
      let first = 0;
      let rows: Nest[] = [];
      const flush = (): Nest => {
        try {
          return stackNests(rows, first);
        } catch (error) {
          throw stageError("batch", "cannot stack", error);
        } finally {
          first += rows.length;
          rows = [];
        }
      };
      for await (const element of source.open(pass)) {
        try {
          rows.push(toNest(element));
        } catch (error) {
          throw stageError("batch", `element ${first + rows.length}`, error);
        }
        if (rows.length === size) yield flush();
      }
      if (rows.length > 0 && !dropRemainder) yield flush();
    },
  );
}

/** `count` passes over the source, one after the other; Infinity: endless. */
export function repeatElements<T>(source: Source<T>, count: number): Source<T> {
  const length = lengthOf(source, (length) => (length === 0 || count === 0 ? 0 : length * count));
  return stage(
    length,
    async function* (pass) {
      const firstEpoch = count === Infinity ? pass.epoch : pass.epoch * count;
      for (let round = 0; round < count; round++) {
        let empty = true;
        for await (const element of source.open({ ...pass, epoch: firstEpoch + round })) {
          empty = false;
          yield element;
        }
        if (empty && count === Infinity)
          throw new DatasetError("Dataset.repeat: the dataset is empty, so repeating it without end gives nothing.");
      }
    },
    source,
  );
}

export function takeElements<T>(source: Source<T>, count: number): Source<T> {
  const length = () => (count === 0 ? 0 : source.length === undefined ? undefined : Math.min(count, source.length));
  return stage(
    length,
    async function* (pass) {
      if (count === 0) return;
      let taken = 0;
      for await (const element of source.open(pass)) {
        yield element;
        if (++taken === count) return;
      }
    },
    source,
  );
}

export function skipElements<T>(source: Source<T>, count: number): Source<T> {
  return stage(
    lengthOf(source, (length) => Math.max(0, length - count)),
    async function* (pass) {
      let skipped = 0;
      for await (const element of source.open(pass)) if (skipped++ >= count) yield element;
    },
    source,
  );
}

/** Keeps the elements of the first pass that reaches the end, and gives them again in every later one. */
export function cacheElements<T>(source: Source<T>): Source<T> {
  let kept: T[] | undefined;
  return stage(
    () => kept?.length ?? source.length,
    async function* (pass) {
      if (kept !== undefined) {
        yield* kept;
        return;
      }
      const seen: T[] = [];
      for await (const element of source.open(pass)) {
        seen.push(element);
        yield element;
      }
      kept = seen;
    },
  );
}

/** Reads up to `count` elements ahead. */
export function prefetchElements<T>(source: Source<T>, count: number): Source<T> {
  return stage(
    lengthOf(source, (length) => length),
    (pass) => readAhead(source.open(pass), (element) => element, { workers: count, queue: count }),
    source,
  );
}
