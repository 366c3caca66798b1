/** Datasets of what a program iterates over: lists, generators, streams. */
import { StateError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { type Source, stageError } from "./source.ts";

/** What can be iterated, or a function that gives it anew for every pass (a generator function). */
export type Elements<T> = Iterable<T> | AsyncIterable<T> | (() => Iterable<T> | AsyncIterable<T>);

/** Whether the value can be iterated, now or with every call. */
export function isElements(value: unknown): value is Elements<unknown> {
  if (typeof value === "function") return true;
  return typeof value === "object" && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value);
}

export class IterableSource<T> implements Source<T> {
  readonly #elements: Elements<T>;
  /** Elements of the longest pass so far. */
  #most = 0;

  constructor(elements: Elements<T>) {
    this.#elements = elements;
  }

  /** Known for lists and sets alone. */
  get length(): number | undefined {
    if (Array.isArray(this.#elements)) return this.#elements.length;
    return this.#elements instanceof Set || this.#elements instanceof Map ? this.#elements.size : undefined;
  }

  async *open(): AsyncGenerator<T, void, undefined> {
    let count = 0;
    try {
      for await (const element of this.#begin()) {
        count++;
        yield element;
      }
    } catch (error) {
      throw stageError("from", `the source failed after ${count} elements`, error);
    }
    if (count === 0 && this.#most > 0)
      throw new StateError(
        `Dataset.from: the source gave ${this.#most} elements before and none now: an iterator or a stream is read once only. ` +
          "Pass a function that makes it anew, such as the generator function itself, or keep the elements by cache().",
      );
    this.#most = Math.max(this.#most, count);
  }

  #begin(): Iterable<T> | AsyncIterable<T> {
    if (typeof this.#elements !== "function") return this.#elements;
    const made: unknown = this.#elements();
    if (typeof made !== "function" && isElements(made)) return made as Iterable<T>;
    throw new TypeError(
      `the function returned ${formatValue(made)}, which cannot be iterated; use function* or async function*`,
    );
  }
}
