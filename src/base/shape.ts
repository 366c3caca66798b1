/** Shape arithmetic: sizes, strides, broadcasting, windows and their padding. Facts from Keras `ops/operation_utils.py`. */
import { ArgumentError, ShapeError } from "./errors.ts";
import { formatValue } from "./format.ts";

export type Shape = readonly number[];

/** Padding of one spatial axis: cells added before and after. */
export type Pad = readonly [before: number, after: number];

export type Padding = "valid" | "same";

/** Number of elements: the product of all axes, 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  // By index: an iterator for each shape of each batch is garbage that stops the main thread while workers wait.
  for (let i = 0; i < shape.length; i++) size *= shape[i]!;
  return size;
}

/** Throws unless `shape` is a list of whole numbers of `least` or more. */
export function checkShape(shape: unknown, least = 0): asserts shape is Shape {
  if (!Array.isArray(shape))
    throw new ShapeError(`A shape is a list of whole numbers, such as [2, 3]; got ${formatValue(shape)}.`);
  for (let i = 0; i < shape.length; i++)
    if (!Number.isSafeInteger(shape[i]) || shape[i] < least)
      throw new ShapeError(`Shape ${formatShape(shape)} must hold whole numbers of ${least} or more.`);
}

/** `[2,3]` → "(2, 3)"; with `batched` the first axis prints as None, as Keras prints it. */
export function formatShape(shape: readonly (number | null)[], batched = false): string {
  const axes = shape.map((axis, i) => (axis === null || (batched && i === 0) ? "None" : formatValue(axis)));
  return axes.length === 1 ? `(${axes[0]},)` : `(${axes.join(", ")})`;
}

export function sameShape(a: readonly (number | null)[], b: readonly (number | null)[]): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** The shape to which all inputs broadcast (NumPy's rule: align right, axes of size 1 repeat). */
export function broadcastShapes(...shapes: Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let size = 1;
    for (const shape of shapes) {
      const own = shape[axis - rank + shape.length] ?? 1;
      if (own === 1 || own === size) continue;
      if (size !== 1)
        throw new ShapeError(`Shapes ${shapes.map((s) => formatShape(s)).join(" and ")} cannot be broadcast together.`);
      size = own;
    }
    return size;
  });
}

/** Strides for reading `shape` while iterating over `target`: 0 on every axis that repeats. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const own = stridesOf(shape);
  const offset = target.length - shape.length;
  return target.map((_, axis) => (axis < offset || shape[axis - offset] === 1 ? 0 : own[axis - offset]!));
}

/** Resolves a negative axis, which counts from the end; throws if the axis is outside the rank. */
export function resolveAxis(axis: number, rank: number): number {
  const resolved = Number.isInteger(axis) && axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank)
    throw new ArgumentError(
      `Axis ${formatValue(axis)} is outside a tensor of rank ${rank}; use ${-rank} … ${rank - 1}.`,
    );
  return resolved;
}

/** The extent of a dilated window: (k-1)·d + 1. */
export function dilatedExtent(window: number, dilation: number): number {
  return (window - 1) * dilation + 1;
}

/** Output cells of a window sliding over one axis: valid ⌊(n-ke)/s⌋+1, same ⌈n/s⌉. Zero or less: the window does not fit. */
export function windowOutput(size: number, window: number, stride: number, dilation: number, padding: Padding): number {
  if (padding === "same") return Math.ceil(size / stride);
  return Math.floor((size - dilatedExtent(window, dilation)) / stride) + 1;
}

/** Padding amounts; an odd total puts the extra cell at the end (TensorFlow's rule, which Keras follows on every backend). */
export function windowPad(size: number, window: number, stride: number, dilation: number, padding: Padding): Pad {
  if (padding === "valid") return [0, 0];
  const output = windowOutput(size, window, stride, dilation, padding);
  const total = Math.max((output - 1) * stride + dilatedExtent(window, dilation) - size, 0);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}
