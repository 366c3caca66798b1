/** Assigns rows to batches and copies them; shared by fit, evaluate and predict. */
import type { TypedArray } from "../base/dtype.ts";
import { ArgumentError, InternalError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { foldKey, type Key, RandomStream } from "../base/random.ts";
import { formatShape, sizeOf } from "../base/shape.ts";
import type { Tensor } from "../base/tensor.ts";

/** Rows with fewer values are copied value by value: creating two views costs more than copying. */
const NARROW = 32;

/**
 * First validation row of `validationSplit`: rows before it train, it and the rows after it validate. Keras takes the
 * tail, before shuffling: ⌊n · (1 - fraction)⌋ (`data_adapter_utils.py`, train_validation_split).
 *
 * @throws ArgumentError when the fraction is not between 0 and 1 or leaves one of the two parts empty
 */
export function splitTail(rows: number, fraction: number): number {
  if (!(fraction > 0 && fraction < 1))
    throw new ArgumentError(
      `validationSplit is ${formatValue(fraction)}; expected a fraction between 0 and 1, such as 0.2.`,
    );
  const splitAt = Math.floor(rows * (1 - fraction));
  if (splitAt === 0 || splitAt === rows)
    throw new ArgumentError(
      `validationSplit ${fraction} of ${rows} rows leaves ${splitAt} to train on and ${rows - splitAt} to validate on; ` +
        "both need at least one. Pass more rows, another fraction, or validationData.",
    );
  return splitAt;
}

/** Number of batches in `rows` rows; the last one may be short. */
export function batchCount(rows: number, batchSize: number): number {
  if (!(Number.isSafeInteger(batchSize) && batchSize > 0))
    throw new ArgumentError(`batchSize is ${formatValue(batchSize)}; expected a whole number of 1 or more.`);
  return Math.ceil(rows / batchSize);
}

/**
 * The order in which an epoch visits the rows: a fresh permutation per epoch, the same for the same key.
 *
 * @param shuffle true: all rows; "batch": rows within each batch, batches stay in place; false: none
 * @returns row numbers in visiting order, or null for 0, 1, 2, …
 */
export function epochOrder(
  rows: number,
  seedKey: Key,
  epoch: number,
  shuffle: boolean | "batch",
  batchSize: number,
): Int32Array | null {
  if (shuffle === false) return null;
  const random = new RandomStream(foldKey(seedKey, epoch));
  if (shuffle === true) return random.permutation(rows);
  if (shuffle !== "batch")
    throw new ArgumentError(`shuffle is ${JSON.stringify(shuffle)}; expected true, false or "batch".`);
  const order = new Int32Array(rows);
  for (let batch = 0; batch < batchCount(rows, batchSize); batch++) {
    const begin = batch * batchSize;
    const within = random.permutation(Math.min(batchSize, rows - begin));
    for (let i = 0; i < within.length; i++) order[begin + i] = begin + within[i]!;
  }
  return order;
}

/**
 * Copies the rows `order[begin] … order[begin + count - 1]` of a tensor to the front of a staging buffer, which may be longer
 * than these rows (the last batch is short).
 *
 * @param order from `epochOrder`; null: rows begin … begin + count - 1 in their own order
 */
export function gatherRows(
  source: Tensor,
  order: Int32Array | null,
  begin: number,
  count: number,
  into: TypedArray,
): void {
  const { data } = source;
  const width = sizeOf(source.shape.slice(1));
  const rows = order === null ? (source.shape[0] ?? 0) : order.length;
  if (
    begin < 0 ||
    count < 0 ||
    begin + count > rows ||
    count * width > into.length ||
    into.constructor !== data.constructor
  )
    throw new InternalError(
      `gatherRows: rows ${begin} … ${begin + count - 1} of ${source.dtype} ${formatShape(source.shape)} ` +
        `(${rows} rows in the order) do not fit a ${into.constructor.name} of ${into.length}.`,
    );
  if (order === null) {
    into.set(data.subarray(begin * width, (begin + count) * width));
  } else if (width < NARROW) {
    for (let i = 0; i < count; i++) {
      const from = order[begin + i]! * width;
      for (let j = 0; j < width; j++) into[i * width + j] = data[from + j]!;
    }
  } else {
    for (let i = 0; i < count; i++) {
      const from = order[begin + i]! * width;
      into.set(data.subarray(from, from + width), i * width);
    }
  }
}
