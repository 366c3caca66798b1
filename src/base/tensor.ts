/** Host values: what goes into a model and comes out of it. Plain typed arrays with a shape, owned by the garbage collector. */
import { allocate, checkDType, convertValues, type DType, dtypeOf, promoteDTypes, type TypedArray } from "./dtype.ts";
import { ArgumentError, ShapeError } from "./errors.ts";
import { formatValue } from "./format.ts";
import { asTypedArray, type HostArray, hostDType, isHostArray } from "./host-array.ts";
import { type NotebookDisplay, notebookDisplay } from "./notebook.ts";
import { checkShape, formatShape, resolveAxis, type Shape, sameShape, sizeOf } from "./shape.ts";

/** Numbers nested as deep as the tensor's rank; a scalar is a bare number. */
export type NestedArray = number | readonly NestedArray[];

/**
 * Whatever a function that takes a tensor accepts: a tensor, a typed array, a number, or lists of these, nested as deep
 * as the rank asks. The entries of a list have equal shapes and are stacked.
 */
export type TensorLike = Tensor | HostArray | number | readonly TensorLike[];

/** The row that `index` of `Tensor.slice` means among `rows`. */
function rowOf(index: number, rows: number): number {
  if (typeof index !== "number" || Number.isNaN(index))
    throw new ArgumentError(`slice: got row ${formatValue(index)}, expected a number.`);
  return Math.min(rows, Math.max(0, Math.trunc(index < 0 ? index + rows : index)));
}

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
      throw new ArgumentError(
        `Tensor data must be a Float32Array, an Int32Array or a Uint8Array, got ${formatValue(data)}. tensor() converts other arrays.`,
      );
    checkShape(shape);
    if (data.length === 0) requireAttached(data);
    if (sizeOf(shape) !== data.length)
      throw new ShapeError(`${data.length} values do not fill shape ${formatShape(shape)} (${sizeOf(shape)} values).`);
    this.data = asTypedArray(data);
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
    // Every batch of a run is a slice, so that no list is made and walked here.
    const from = rowOf(begin, rows);
    const count = Math.max(0, rowOf(end ?? rows, rows) - from);
    const shape = this.shape.slice();
    shape[0] = count;
    const width = rows === 0 ? 0 : this.size / rows;
    return new Tensor(this.data.subarray(from * width, (from + count) * width), shape);
  }

  /** Row `index` of the first axis, one axis fewer, sharing memory; a negative index counts from the end. */
  at(index: number): Tensor {
    const rows = this.shape[0];
    if (rows === undefined) throw new ShapeError("A scalar has no rows; item() gives its value.");
    const row = Number.isInteger(index) && index < 0 ? index + rows : index;
    if (!Number.isInteger(index) || row < 0 || row >= rows)
      throw new ArgumentError(
        `Row ${formatValue(index)} is outside a tensor of shape ${formatShape(this.shape)}; use ${-rows} … ${rows - 1}.`,
      );
    const shape = this.shape.slice(1);
    const width = sizeOf(shape);
    return new Tensor(this.data.subarray(row * width, (row + 1) * width), shape);
  }

  /** The value of a tensor that has a single one. */
  item(): number {
    if (this.size !== 1)
      throw new ShapeError(
        `item() of a tensor of shape ${formatShape(this.shape)}: it has ${this.size} values, not one.`,
      );
    return this.data[0]!;
  }

  /**
   * The same values as another dtype; the tensor itself when it has that dtype already. Fractions are cut for integers.
   *
   * @throws ArgumentError for an unknown dtype, and for a value outside the integer dtype's range
   */
  astype(dtype: DType): Tensor {
    checkDType(dtype);
    return dtype === this.dtype ? this : new Tensor(convertValues(this.data, dtype), this.shape);
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
    checkShape(shape, -1);
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

  /** Shows its values, or the images that it holds, in a notebook. Deno's Jupyter kernel calls this for the last value of a cell. */
  async [notebookDisplay](): Promise<NotebookDisplay> {
    return (await import("./tensor-notebook.ts")).displayTensor(this);
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
 * Makes a tensor from numbers, typed arrays or tensors, or from nested lists of them.
 *
 * A `Float32Array`, `Int32Array`, `Uint8Array` (also Node's `Buffer`) or `Uint8ClampedArray` keeps its memory. A
 * `Float64Array` or `Float16Array` becomes float32, an `Int8Array`, `Int16Array`, `Uint16Array` or `Uint32Array` int32.
 * A list has the dtype that holds all of its entries; numbers are float32.
 *
 * @param data values; a tensor is copied only when the dtype changes
 * @param shape default: the nesting's own, or one axis for a typed array; one axis may be -1
 * @param dtype default: the data's own, as above. Integers cut fractions
 * @throws ShapeError when the lists are ragged or the values do not fill the shape
 * @throws ArgumentError for an unknown dtype, 64-bit integers, or values that do not fit an integer dtype
 * @example
 * ```ts
 * import { tensor } from "fovea";
 * tensor(new Uint8Array([0, 255, 128, 64]), [2, 2]).dtype; // "uint8"
 * tensor([new Float64Array([1, 2]), [3, 4]]).toArray();    // [[1, 2], [3, 4]]
 * ```
 */
export function tensor(data: TensorLike, shape?: Shape, dtype?: DType): Tensor {
  const made = toTensor(data);
  const shaped = shape === undefined ? made : made.reshape(shape);
  return dtype === undefined ? shaped : shaped.astype(dtype);
}

function toTensor(data: TensorLike): Tensor {
  if (data instanceof Tensor) return requireWhole(data);
  if (Array.isArray(data)) return stackNested(data);
  if (!isHostArray(data)) return stackNested(data as number);
  const values = asTypedArray(data);
  return new Tensor(values, [values.length]);
}

/** Throws for an array without values whose buffer was given away; one that is empty is as good as any. */
function requireAttached(data: TypedArray): void {
  try {
    new Uint8Array(data.buffer);
  } catch (cause) {
    throw new ArgumentError(
      "The array's buffer was transferred, so it has no values left. Pass a copy of it: values.slice().",
      {
        cause,
      },
    );
  }
}

/** Throws for a tensor whose buffer was resized or given away since it was made. */
function requireWhole(made: Tensor): Tensor {
  const expected = sizeOf(made.shape);
  if (made.data.length !== expected)
    throw new ArgumentError(
      `A tensor of shape ${formatShape(made.shape)} has ${made.data.length} values left of ${expected}: its buffer was resized or transferred. Make the tensor of a copy: tensor(values.slice(), shape).`,
    );
  return made;
}

/** NumPy's limit, too. */
const MOST_AXES = 64;

/** Values of nested lists: the first entry of each level says the shape, all others must have it. */
function stackNested(nested: number | readonly TensorLike[]): Tensor {
  const shape: number[] = [];
  let first: TensorLike | undefined = nested;
  for (; Array.isArray(first); first = first[0]) {
    shape.push(first.length);
    if (first.length === 0) break;
    if (shape.length > MOST_AXES)
      throw new ShapeError(`Lists nested more than ${MOST_AXES} levels deep, or in themselves, are no tensor.`);
  }
  if (first instanceof Tensor) shape.push(...first.shape);
  else if (isHostArray(first)) shape.push(first.length);
  const dtype = typeof first === "number" ? "float32" : promoteDTypes(leafDTypes(nested, shape.length));
  const values = allocate(dtype, sizeOf(shape));
  let next = 0;
  const fill = (level: TensorLike, at: number): void => {
    if (typeof level === "number" && at === shape.length) values[next++] = level;
    else if (level instanceof Tensor || isHostArray(level)) {
      const entry = toTensor(level);
      if (!sameShape(entry.shape, shape.slice(at))) throw ragged(shape, at, level);
      values.set(entry.data, next);
      next += entry.size;
    } else if (Array.isArray(level) && level.length === shape[at]) for (const entry of level) fill(entry, at + 1);
    else if (at === shape.length && !Array.isArray(level))
      throw new ShapeError(`A tensor's values must be numbers, got ${describe(level)}.`);
    else throw ragged(shape, at, level);
  };
  fill(nested, 0);
  return new Tensor(values, shape);
}

/** Dtypes of all entries of nested lists of so many levels; numbers are float32. */
function* leafDTypes(level: TensorLike, depth: number): Generator<DType> {
  if (level instanceof Tensor) yield level.dtype;
  else if (isHostArray(level)) yield hostDType(level);
  else if (Array.isArray(level) && depth > 0) for (const entry of level) yield* leafDTypes(entry, depth - 1);
  else yield "float32";
}

function ragged(shape: Shape, at: number, got: TensorLike): ShapeError {
  const where = `Nested arrays are ragged: at depth ${at} expected`;
  if (got instanceof Tensor)
    return new ShapeError(`${where} shape ${formatShape(shape.slice(at))}, got ${formatShape(got.shape)}.`);
  const length = Array.isArray(got) || isHostArray(got) ? got.length : describe(got);
  const expected = at === shape.length ? "a number" : `${shape[at]} entries`;
  return new ShapeError(`${where} ${expected}, got ${length}.`);
}

function describe(value: unknown): string {
  if (typeof value === "number") return "a number";
  const hint = value instanceof ArrayBuffer ? " (view it: new Float32Array(buffer), new Uint8Array(buffer), …)" : "";
  return `${formatValue(value)}${hint}`;
}
