/** Vectors of length 1. Keras `utils/numerical_utils.py`, normalize. */
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { checkKeys } from "../base/options.ts";
import { resolveAxis, sizeOf } from "../base/shape.ts";
import { Tensor, type TensorLike, tensor } from "../base/tensor.ts";

/** Options of `normalize`. */
export interface NormalizeOptions {
  /** Along which axis the vectors lie; negative numbers count from the last one. Default -1. */
  readonly axis?: number;
  /** The order of the norm: 2 is the length, 1 the sum of magnitudes, Infinity the largest of them. Default 2. */
  readonly order?: number;
}

/**
 * Divides each vector along an axis by its norm; vectors of zeros stay zero.
 *
 * @param x numbers of any shape
 * @returns float32, the same shape
 * @throws ArgumentError for an axis that `x` lacks, and for an order that is no number above 0
 * @example
 * ```ts
 * import { normalize } from "fovea/utils";
 * normalize([[3, 4], [0, 0]]).toArray(); // [[0.6, 0.8], [0, 0]], in float32
 * ```
 */
export function normalize(x: TensorLike, options: NormalizeOptions = {}): Tensor {
  checkKeys("normalize", options, ["axis", "order"]);
  const { axis = -1, order = 2 } = options;
  if (typeof order !== "number" || !(order > 0))
    throw new ArgumentError(`normalize: order is ${formatValue(order)}, expected a number above 0.`);
  const { data, shape } = tensor(x);
  const at = resolveAxis(axis, shape.length);
  const [length, inner] = [shape[at]!, sizeOf(shape.slice(at + 1))];
  const values = new Float32Array(data.length);
  for (let i = 0; i < data.length / Math.max(1, length); i++) {
    const start = Math.floor(i / inner) * length * inner + (i % inner);
    const norm = normOf((j) => data[start + j * inner]!, length, order) || 1;
    for (let j = 0; j < length; j++) values[start + j * inner] = data[start + j * inner]! / norm;
  }
  return new Tensor(values, shape);
}

function normOf(at: (index: number) => number, length: number, order: number): number {
  let sum = 0;
  for (let j = 0; j < length; j++) {
    const size = Math.abs(at(j));
    sum = order === Number.POSITIVE_INFINITY ? Math.max(sum, size) : sum + size ** order;
  }
  return order === Number.POSITIVE_INFINITY ? sum : sum ** (1 / order);
}
