/** One dataset as two. Keras `utils/dataset_utils.py`, split_dataset. */
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import type { HostArray } from "../base/host-array.ts";
import { checkKeys } from "../base/options.ts";
import type { Tensor } from "../base/tensor.ts";
import { Dataset, type TensorRecord, type TensorTuple } from "./dataset.ts";
import type { TensorsOf } from "./nest.ts";
import { PythonRandom } from "./python-random.ts";
import { checkWhole } from "./source.ts";
import { gatherNest, TensorBatchSource, TensorSource } from "./tensor-source.ts";

/** Options of `splitDataset`: one of the two sizes, or both. */
export interface SplitOptions {
  /** Elements of the left dataset: a share between 0 and 1, or a number of 1 or more. Default: what the right one leaves. */
  readonly leftSize?: number;
  /** Elements of the right dataset, which is taken from the end. Default: what the left one leaves. */
  readonly rightSize?: number;
  /** Whether the elements are put in random order before. Default false. */
  readonly shuffle?: boolean;
  /** Whole number that decides the order, which is Keras's with the same seed. Default: another order in every run. */
  readonly seed?: number;
}

/**
 * Splits data into a left and a right dataset, such as one to train with and one to test with.
 *
 * Tensors are split by rows; of batches that `Dataset.batch` made of tensors the rows are split too, and put into batches of the
 * same size again. The elements of any other dataset are read, all of them, and kept in memory.
 *
 * @param data a dataset, or tensors as `Dataset.from` takes them
 * @returns both datasets, once the elements are read
 * @throws ArgumentError for sizes that leave one of the two empty, or that are more than there is
 * @example
 * ```ts
 * import { splitDataset } from "fovea/utils";
 * const [x, y] = [new Float32Array(10), new Float32Array(10)];
 * const [train, test] = await splitDataset([x, y], { leftSize: 0.8, shuffle: true, seed: 1 });
 * console.log(train.length, test.length); // 8 2
 * ```
 */
export function splitDataset<T>(
  data: Dataset<T>,
  options: SplitOptions,
): Promise<[left: Dataset<T>, right: Dataset<T>]>;
export function splitDataset(
  data: Tensor | HostArray,
  options: SplitOptions,
): Promise<[left: Dataset<Tensor>, right: Dataset<Tensor>]>;
export function splitDataset<const P extends TensorTuple>(
  data: P,
  options: SplitOptions,
): Promise<[left: Dataset<RowOf<P>>, right: Dataset<RowOf<P>>]>;
export function splitDataset<P extends TensorRecord>(
  data: P,
  options: SplitOptions,
): Promise<[left: Dataset<TensorsOf<P>>, right: Dataset<TensorsOf<P>>]>;
export async function splitDataset(
  data: unknown,
  options: SplitOptions,
): Promise<[Dataset<unknown>, Dataset<unknown>]> {
  checkKeys("splitDataset", options, ["leftSize", "rightSize", "shuffle", "seed"]);
  const { shuffle = false, seed } = options;
  if (typeof shuffle !== "boolean")
    throw new ArgumentError(`splitDataset: shuffle is ${formatValue(shuffle)}, expected true or false.`);
  if (seed !== undefined) checkWhole("splitDataset", "seed", seed, Number.MIN_SAFE_INTEGER);
  const dataset = Dataset.from(data as Tensor);
  if (dataset.length === Number.POSITIVE_INFINITY)
    throw new ArgumentError("splitDataset: the dataset has no end; give it one with take(count).");
  const source = dataset.source as unknown;
  const rows = source instanceof TensorBatchSource ? source.rows : source;
  const order = (length: number) => {
    const numbers = Int32Array.from({ length }, (_, i) => i);
    if (shuffle) new PythonRandom(seed ?? Math.floor(Math.random() * 1e6)).shuffle(numbers);
    return numbers;
  };
  // Rows that a dataset shuffles anew in each pass are the same rows.
  if (rows instanceof TensorSource) {
    const numbers = order(rows.length);
    const [left, right] = sizesOf(options, rows.length);
    const part = (begin: number, count: number) => {
      const made = Dataset.from(gatherNest(rows.parts, numbers, begin, count) as unknown as Tensor);
      return source instanceof TensorBatchSource
        ? made.batch(source.batchSize, { dropRemainder: source.dropRemainder })
        : made;
    };
    return [part(0, left), part(rows.length - right, right)];
  }
  const elements: unknown[] = [];
  for await (const element of dataset) elements.push(element);
  const ordered = Array.from(order(elements.length), (i) => elements[i]);
  const [left, right] = sizesOf(options, elements.length);
  const part = (list: readonly unknown[]) => Dataset.from(() => list);
  return [part(ordered.slice(0, left)), part(ordered.slice(elements.length - right))];
}

type RowOf<P extends TensorTuple> = { -readonly [K in keyof P]: TensorsOf<P[K]> };

/** How many elements go where. K: `_rescale_dataset_split_sizes`. */
function sizesOf({ leftSize, rightSize }: SplitOptions, length: number): readonly [left: number, right: number] {
  if (leftSize === undefined && rightSize === undefined)
    throw new ArgumentError("splitDataset: neither leftSize nor rightSize is given; give one of them, such as 0.8.");
  const [left, right] = Object.entries({ leftSize, rightSize }).map(([name, size]) => {
    if (size === undefined) return undefined;
    const isShare = typeof size === "number" && size > 0 && size < 1;
    if (!isShare && !(Number.isSafeInteger(size) && size > 0 && size < length))
      throw new ArgumentError(
        `splitDataset: ${name} is ${formatValue(size)}, expected a share between 0 and 1 or a whole number below ${length}, the number of elements.`,
      );
    return isShare ? roundToEven(size * length) : size;
  });
  const sizes = [left ?? length - right!, right ?? length - left!] as const;
  if (sizes[0] + sizes[1] > length || sizes.some((size) => size === 0))
    throw new ArgumentError(
      `splitDataset: ${sizes[0]} and ${sizes[1]} elements cannot be had of ${length}; both parts need at least one, and none is in both.`,
    );
  return sizes;
}

/** Halves to the even number, as Python rounds. */
function roundToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
