/** Where the elements of a dataset come from: the contract of its stages. */
import { ArgumentError, DatasetError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import type { Key } from "../base/random.ts";

/** One iteration over a dataset. */
export interface Pass {
  /** Number of the iteration, counted from 0: shuffling draws a fresh order for each. */
  readonly epoch: number;
  /** Key of the random draws of stages that have no seed of their own. */
  readonly key: Key;
  /** Whether a source that can be read in any order (PyDataset) is read in a random one, as `fit` asks by its `shuffle`. */
  readonly shuffle: boolean;
}

/** A stage. `open` begins a fresh iteration; ending the iterator early closes all stages before it. */
export interface Source<T> {
  /** Number of elements: undefined when unknown, Infinity when endless. */
  readonly length: number | undefined;
  open(pass: Pass): AsyncIterableIterator<T>;
  /**
   * Takes back an element that nobody needs any more, to use its memory again: fresh memory costs a page fault every four
   * kilobytes. Only sources that hand every element to one consumer have it.
   */
  recycle?(element: T): void;
}

/** The error of a stage: names it, keeps the cause. An error that names an earlier stage stays as it is. */
export function stageError(stage: string, what: string, cause: unknown): DatasetError {
  if (cause instanceof DatasetError) return cause;
  const why = cause instanceof Error ? cause.message : formatValue(cause);
  return new DatasetError(`Dataset.${stage}: ${what}: ${why}`, { cause });
}

/** Throws unless `value` is a whole number of `least` or more. */
export function checkWhole(who: string, name: string, value: unknown, least: number): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < least)
    throw new ArgumentError(`${who}: ${name} is ${formatValue(value)}, expected a whole number of ${least} or more.`);
}

/** Throws for a function that is none. */
export function checkFunction(who: string, value: unknown): void {
  if (typeof value !== "function") throw new ArgumentError(`${who} takes a function, got ${formatValue(value)}.`);
}
