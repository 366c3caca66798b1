/** The data that layers learn from before they are used. */
import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { checkKeys } from "../../base/options.ts";
import { Tensor, type TensorLike, tensor } from "../../base/tensor.ts";
import { Dataset, type DatasetLike, isDatasetLike } from "../../data/dataset.ts";
import { toNest } from "../../data/nest.ts";
import { checkNumber } from "../options.ts";

/** A tensor, or batches: a Dataset or anything to iterate over. Of elements [x, y] and [x, y, sampleWeight] x is taken. */
export type AdaptData = TensorLike | DatasetLike<unknown>;

/** Options of `adapt`. */
export interface AdaptOptions {
  /** Batches to take of a dataset. Default: all. */
  readonly steps?: number | undefined;
}

/** The elements of a dataset, or the data as the one element that there is. @throws ArgumentError for a dataset without elements */
export async function* elementsOf(who: string, data: unknown, options: AdaptOptions): AsyncGenerator<unknown> {
  checkKeys(who, options, ["steps"]);
  const { steps = Number.POSITIVE_INFINITY } = options;
  if (options.steps !== undefined)
    checkNumber(who, "steps", steps, "a whole number of 1 or more", (n) => Number.isSafeInteger(n) && n > 0);
  if (!isDatasetLike(data)) {
    yield data;
    return;
  }
  let count = 0;
  for await (const element of Dataset.from(data as Iterable<unknown>)) {
    yield element;
    if (++count >= steps) return;
  }
  if (count === 0) throw new ArgumentError(`${who}: the data has no elements.`);
}

/** Batches of numbers. An element of a dataset with one axis or none counts as one row. */
export async function* batchesOf(who: string, data: AdaptData, options: AdaptOptions): AsyncGenerator<Tensor> {
  const whole = !isDatasetLike(data);
  for await (const element of elementsOf(who, data, options)) {
    if (whole) {
      yield tensor(element as TensorLike);
      continue;
    }
    const nest = toNest(element);
    const x: unknown = Array.isArray(nest) ? nest[0] : nest;
    if (!(x instanceof Tensor))
      throw new ArgumentError(
        `${who}: an element of the data is ${formatValue(element)}, expected numbers, or [x, y]. Map it first.`,
      );
    yield x.rank < 2 ? x.reshape([1, ...x.shape]) : x;
  }
}
