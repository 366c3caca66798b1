/** Class numbers → one-hot rows. Keras `utils/numerical_utils.py`, to_categorical. */
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { sizeOf } from "../base/shape.ts";
import { Tensor, type TensorLike, tensor } from "../base/tensor.ts";

/** More elements (8 GiB of float32) are taken as a sign that the numbers are not labels. */
const MAX_ELEMENTS = 2 ** 31;

/**
 * Turns class numbers into one-hot vectors, as Keras's `to_categorical` does.
 *
 * @param labels whole numbers [n] or [n, 1]; further axes are kept ([n, h, w] gives [n, h, w, numClasses])
 * @param numClasses length of a one-hot vector; default: the largest label + 1
 * @returns float32 [n, numClasses], 1 at the label and 0 elsewhere
 * @throws ArgumentError when a label is no whole number or lies outside 0 … numClasses - 1
 * @example
 * ```ts
 * import { toCategorical } from "fovea";
 * toCategorical([2, 0], 3).toArray(); // [[0, 0, 1], [1, 0, 0]]
 * ```
 */
export function toCategorical(labels: TensorLike, numClasses?: number): Tensor {
  if (numClasses !== undefined && !(Number.isSafeInteger(numClasses) && numClasses > 0))
    throw new ArgumentError(
      `toCategorical: numClasses is ${formatValue(numClasses)}; expected a whole number of 1 or more.`,
    );
  const { data, shape } = tensor(labels);
  if (shape.length === 0)
    throw new ShapeError("toCategorical: labels is a single number; pass an array of them, such as [3].");
  if (data.length === 0 && numClasses === undefined)
    throw new ArgumentError("toCategorical: labels is empty, so the number of classes is unknown; pass numClasses.");
  const perRow = data.length / shape[0]!;
  let largest = -1;
  for (let i = 0; i < data.length; i++) {
    const label = data[i]!;
    if (label > largest) largest = label;
    if (Number.isInteger(label) && label >= 0 && (numClasses === undefined || label < numClasses)) continue;
    const range = numClasses === undefined ? "0 or more" : `0 … ${numClasses - 1} (numClasses is ${numClasses})`;
    throw new ArgumentError(
      `toCategorical: label ${label} in row ${Math.floor(i / perRow)} is no class number; expected whole numbers, ${range}.`,
    );
  }
  const classes = numClasses ?? largest + 1;
  // Keras drops a last axis of length 1: [n, 1] is a column of n labels.
  const kept = shape.length > 1 && shape.at(-1) === 1 ? shape.slice(0, -1) : shape;
  const size = sizeOf(kept) * classes;
  if (size > MAX_ELEMENTS)
    throw new ArgumentError(
      `toCategorical: ${data.length} labels of ${classes} classes would take ${size} values; are these class numbers?`,
    );
  const vectors = new Float32Array(size);
  for (let i = 0; i < data.length; i++) vectors[i * classes + data[i]!] = 1;
  return new Tensor(vectors, [...kept, classes]);
}
