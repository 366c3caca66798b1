/** Host values: what goes into a model and comes out of it. Plain typed arrays with a shape, owned by the garbage collector. */
import { allocate, type DType, dtypeOf, type TypedArray } from "./dtype.ts";
import { ArgumentError, ShapeError } from "./errors.ts";
import { formatShape, resolveAxis, type Shape, sizeOf } from "./shape.ts";

/** Numbers nested as deep as the tensor's rank; a scalar is a bare number. */
export type NestedArray = number | readonly NestedArray[];

/** Whatever a function that takes a tensor accepts. */
export type TensorLike = Tensor | NestedArray | TypedArray;

/**
 * An n-dimensional array of numbers in row-major order.
 *
 * @example
 * ```ts
 * import { tensor } from "fovea";
 * const x = tensor([[1, 2, 3], [4, 9, 6]]);
 * x.shape;               // [2, 3]
 * x.argMax().toArray();  // [2, 1]
 * ```
 */
export class Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: TypedArray;

  constructor(data: TypedArray, shape: Shape) {
    const dtype = dtypeOf(data);
    if (dtype === undefined)
      throw new ArgumentError("Tensor data must be a Float32Array, an Int32Array or a Uint8Array.");
    if (!shape.every((axis) => Number.isInteger(axis) && axis >= 0))
      throw new ShapeError(`Shape ${formatShape(shape)} must hold whole numbers of 0 or more.`);
    if (sizeOf(shape) !== data.length)
      throw new ShapeError(`${data.length} values do not fill shape ${formatShape(shape)} (${sizeOf(shape)} values).`);
    this.data = data;
    this.shape = Object.freeze([...shape]);
    this.dtype = dtype;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return this.data.length;
  }

  /** Rows `begin … end-1` of the first axis, sharing memory; negative numbers count from the end, as in `Array.slice`. */
  slice(begin: number, end?: number): Tensor {
    const rows = this.shape[0];
    if (rows === undefined) throw new ShapeError("A scalar has no rows to slice.");
    const clamp = (index: number) => Math.min(rows, Math.max(0, Math.trunc(index < 0 ? index + rows : index)));
    const [from, to] = [clamp(begin), clamp(end ?? rows)];
    const count = Math.max(0, to - from);
    const width = sizeOf(this.shape.slice(1));
    return new Tensor(this.data.subarray(from * width, (from + count) * width), [count, ...this.shape.slice(1)]);
  }

  /** Index of the largest value along `axis` (default the last); the first one wins a tie. int32, one axis fewer. */
  argMax(axis = -1): Tensor {
    const at = resolveAxis(axis, this.rank);
    const length = this.shape[at]!;
    if (length === 0)
      throw new ShapeError(`argMax over axis ${axis} of shape ${formatShape(this.shape)}: it is empty.`);
    const inner = sizeOf(this.shape.slice(at + 1));
    const shape = this.shape.filter((_, i) => i !== at);
    const indices = new Int32Array(sizeOf(shape));
    for (let i = 0; i < indices.length; i++) {
      const start = Math.floor(i / inner) * length * inner + (i % inner);
      let best = 0;
      for (let j = 1; j < length; j++) {
        if (this.data[start + j * inner]! > this.data[start + best * inner]!) best = j;
      }
      indices[i] = best;
    }
    return new Tensor(indices, shape);
  }

  /** The same values under another shape (memory is shared); one axis may be -1. */
  reshape(shape: Shape): Tensor {
    const unknown = shape.filter((axis) => axis === -1).length;
    if (unknown > 1) throw new ShapeError(`Only one axis of ${formatShape(shape)} may be -1.`);
    if (unknown === 0) return new Tensor(this.data, shape);
    const known = -sizeOf(shape);
    if (this.size % known !== 0)
      throw new ShapeError(
        `${this.size} values cannot be cut into rows of ${known}, as shape ${formatShape(shape)} asks.`,
      );
    return new Tensor(
      this.data,
      shape.map((axis) => (axis === -1 ? this.size / known : axis)),
    );
  }

  /** The values as nested arrays. */
  toArray(): NestedArray {
    let level: NestedArray[] = Array.from(this.data);
    for (let axis = this.rank - 1; axis > 0; axis--) {
      const width = this.shape[axis]!;
      const inner = level;
      level = Array.from({ length: sizeOf(this.shape.slice(0, axis)) }, (_, i) =>
        inner.slice(i * width, (i + 1) * width),
      );
    }
    return this.rank === 0 ? level[0]! : level;
  }
}

/**
 * Makes a tensor from nested arrays or from a typed array and a shape.
 *
 * @param data nested numbers, a typed array or another tensor (which is copied only when the dtype changes)
 * @param shape default: the nesting's own, or one axis for a typed array
 * @param dtype default: the typed array's own, else float32
 * @example
 * ```ts
 * import { tensor } from "fovea";
 * tensor(new Uint8Array([0, 255, 128, 64]), [2, 2]).dtype; // "uint8"
 * ```
 */
export function tensor(data: TensorLike, shape?: Shape, dtype?: DType): Tensor {
  const made = data instanceof Tensor ? data : fromRaw(data);
  const shaped = shape === undefined ? made : made.reshape(shape);
  if (dtype === undefined || dtype === shaped.dtype) return shaped;
  const converted = allocate(dtype, shaped.size);
  converted.set(shaped.data);
  return new Tensor(converted, shaped.shape);
}

function fromRaw(data: NestedArray | TypedArray): Tensor {
  if (dtypeOf(data) !== undefined) return new Tensor(data as TypedArray, [(data as TypedArray).length]);
  const nested = data as NestedArray;
  const shape: number[] = [];
  for (let level = nested; Array.isArray(level); level = level[0] as NestedArray) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const values = new Float32Array(sizeOf(shape));
  let next = 0;
  const fill = (level: NestedArray, depth: number): void => {
    if (depth === shape.length) {
      if (typeof level !== "number")
        throw new ShapeError(`A tensor's nested arrays must be numbers at depth ${depth}, got ${typeof level}.`);
      values[next++] = level;
      return;
    }
    if (!Array.isArray(level) || level.length !== shape[depth])
      throw new ShapeError(
        `Nested arrays are ragged: at depth ${depth} expected ${shape[depth]} entries, got ${Array.isArray(level) ? level.length : "a number"}.`,
      );
    for (const entry of level) fill(entry, depth + 1);
  };
  fill(nested, 0);
  return new Tensor(values, shape);
}
