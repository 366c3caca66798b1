/** Other shapes of the same numbers. The batch stays axis 0. K: `ops/numpy.py`, `ops/core.py`. */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { formatShape, sameShape, sizeOf } from "../../base/shape.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Sym } from "../../ir/graph.ts";
import { transpose as transposeSym } from "../../ops/mat-mul.ts";
import * as reduce from "../../ops/reduce.ts";
import * as shaping from "../../ops/reshape.ts";
import * as slices from "../../ops/slice.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { isKerasTensor, isSym } from "../keras-tensor.ts";
import { Variable } from "../variable.ts";
import { axesOf, axisList, axisOf, checkCount, checkList, real, refuseBatch, shapeText } from "./checks.ts";
import { operateOn } from "./operation.ts";
import type { Axis, KnownShape, Made, SameRank, Value } from "./value.ts";

/**
 * The sizes of a value; null for the batch and for axes that are not known yet. `reshape` and `broadcastTo` take null for the
 * batch back.
 */
export function shape(x: KnownShape): BatchShape {
  if (isSym(x)) return x.spec.batched ? [null, ...x.spec.shape.slice(1)] : x.spec.shape;
  if (isKerasTensor(x) || x instanceof Variable || x instanceof Tensor) return x.shape;
  throw new ArgumentError(`shape: got ${formatValue(x)}, expected a symbolic value, a variable or a tensor.`);
}

/**
 * The same numbers, row-major, in another shape.
 *
 * @param newShape sizes; one may be -1. Where x follows the batch, the first stands for the batch: null, -1 or `shape(x)[0]`
 * @throws ShapeError where the sizes do not match, and where rows of the batch would be joined or split
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { reshape } from "fovea/ops";
 * reshape(input({ shape: [4, 6] }), [null, -1, 3]).shape; // [null, 8, 3]
 * ```
 */
export function reshape<A extends Value>(x: A, newShape: BatchShape): Made<A> {
  return operateOn("reshape", "numpy.Reshape", [x], (value) => reshapeOf(value!, newShape), { newshape: newShape });
}

function reshapeOf(x: Sym, newShape: BatchShape): Sym {
  const { shape: from, batched } = x.spec;
  checkList("reshape", "newShape", newShape);
  const wanted = formatShape(newShape);
  const [first, ...others] = newShape;
  if (batched && first !== null && first !== -1 && first !== from[0])
    throw new ShapeError(
      `reshape of ${shapeText(x)} to ${wanted}: the first axis is the batch and stays it; write null for it: [null, …].`,
    );
  const sizes = batched ? others : newShape;
  const own = batched ? from.slice(1) : from;
  const open = newShape.filter((size) => size === -1).length;
  if (open > 1)
    throw new ArgumentError(
      `reshape to ${wanted}: only one axis may be -1${batched ? "; write null for the batch" : ""}.`,
    );
  if (!sizes.every((size) => size !== null && Number.isInteger(size) && size >= -1))
    throw new ArgumentError(`reshape to ${formatValue(newShape)}: sizes are whole numbers, one of them may be -1.`);
  const known = (sizes as number[]).reduce((product, size) => (size === -1 ? product : product * size), 1);
  const target = (sizes as number[]).map((size) => (size === -1 ? sizeOf(own) / known : size));
  if (sizeOf(target) !== sizeOf(own) || !target.every(Number.isInteger))
    throw new ShapeError(
      `reshape of ${shapeText(x)} to ${wanted}: ${batched ? "a row has" : "it has"} ${sizeOf(own)} values, the new shape ${known}${sizes.includes(-1) ? " times a whole number" : ""}.` +
        (batched ? " Rows of the batch cannot be joined or split." : ""),
    );
  return shaping.reshape(x, batched ? [from[0]!, ...target] : target);
}

/** Each row as one vector: [batch, …] → [batch, values of a row]. */
export function flatten<A extends Value>(x: A): Made<A> {
  const write = (value?: Sym) =>
    reshapeOf(value!, value!.spec.batched ? [null, sizeOf(value!.spec.shape.slice(1))] : [-1]);
  return operateOn("flatten", "numpy.Reshape", [x], write, { newshape: [-1] });
}

/** All values as one vector; not of a value that follows the batch. */
export function ravel<A extends Value>(x: A): Made<A> {
  const write = (value?: Sym) => {
    refuseBatch("ravel", value!, [0]);
    return reshapeOf(value!, [-1]);
  };
  return operateOn("ravel", "numpy.Ravel", [x], write);
}

/**
 * The axes in another order; the batch stays first.
 *
 * @param axes the axis of x that becomes axis i; default: reversed
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { transpose } from "fovea/ops";
 * transpose(input({ shape: [4, 6] }), [0, 2, 1]).shape; // [null, 6, 4]
 * ```
 */
export function transpose<A extends Value>(x: A, axes: readonly number[] | null = null): SameRank<A> {
  const write = (value?: Sym) => {
    const { shape: from, batched } = value!.spec;
    const order =
      axes === null
        ? from.map((_, i) => from.length - 1 - i)
        : axisList("transpose", "axes", axes).map((axis) => axisOf("transpose", value!, axis));
    if (order.length !== from.length || new Set(order).size < order.length)
      throw new ArgumentError(
        `transpose of ${shapeText(value!)}: axes are ${formatValue(axes)}, expected each of 0 … ${from.length - 1} once.`,
      );
    if (batched && order[0] !== 0)
      throw new ArgumentError(
        `transpose of ${shapeText(value!)}: the batch stays axis 0; give axes that begin with 0, like [${[0, ...[...from.keys()].slice(1).reverse()].join(", ")}].`,
      );
    return order.every((axis, i) => axis === i) ? value! : transposeSym(value!, order);
  };
  return operateOn("transpose", "numpy.Transpose", [x], write, { axes }) as SameRank<A>;
}

/** The axes in another order, as PyTorch names it; see `transpose`. */
export function permuteDims<A extends Value>(x: A, axes: readonly number[]): SameRank<A> {
  return transpose(x, axes);
}

/** Axes moved to other places; the rest keeps its order. */
export function moveaxis<A extends Value>(
  x: A,
  source: number | readonly number[],
  destination: number | readonly number[],
): SameRank<A> {
  const write = (value?: Sym) => {
    const rank = value!.spec.shape.length;
    const places = (what: string, given: number | readonly number[]) =>
      axisList("moveaxis", what, given).map((axis) => axisOf("moveaxis", value!, axis));
    const [from, to] = [places("source", source), places("destination", destination)];
    if (from.length !== to.length)
      throw new ArgumentError(`moveaxis: ${from.length} axes to ${to.length} places; give as many of both.`);
    const order = Array.from({ length: rank }, (_, i) => i).filter((axis) => !from.includes(axis));
    const moves = from.map((axis, i) => [to[i]!, axis] as const).sort(([a], [b]) => a - b);
    for (const [place, axis] of moves) order.splice(place, 0, axis);
    return transpose(value!, order);
  };
  return operateOn("moveaxis", "numpy.Moveaxis", [x], write, { source, destination }) as SameRank<A>;
}

/** Two axes exchanged. */
export function swapaxes<A extends Value>(x: A, axis1: number, axis2: number): SameRank<A> {
  const write = (value?: Sym) => {
    const [a, b] = [axisOf("swapaxes", value!, axis1), axisOf("swapaxes", value!, axis2)];
    return transpose(
      value!,
      value!.spec.shape.map((_, i) => (i === a ? b : i === b ? a : i)),
    );
  };
  return operateOn("swapaxes", "numpy.Swapaxes", [x], write, { axis1, axis2 }) as SameRank<A>;
}

/** With axes of size 1 put in; `axis` is their place in the result. The batch stays first. */
export function expandDims<A extends Value>(x: A, axis: number | readonly number[]): Made<A> {
  const write = (value?: Sym) => {
    const { shape: from, batched } = value!.spec;
    const places = axisList("expandDims", "axis", axis);
    const rank = from.length + places.length;
    const at = places.map((place) => axisOf("expandDims", value!, place, rank)).sort((a, b) => a - b);
    if (batched && at[0] === 0)
      throw new ArgumentError(
        `expandDims of ${shapeText(value!)} at axis 0: the batch stays first; use 1 … ${rank - 1} or a negative axis.`,
      );
    return shaping.reshape(
      value!,
      at.reduce((sizes, place) => sizes.toSpliced(place, 0, 1), [...from]),
    );
  };
  return operateOn("expandDims", "numpy.ExpandDims", [x], write, { axis });
}

/** Without axes of size 1; default: all of them but the batch. */
export function squeeze<A extends Value>(x: A, axis: Axis = null): Made<A> {
  const write = (value?: Sym) => {
    const { shape: from, batched } = value!.spec;
    const ones = from.flatMap((size, i) => (size === 1 && !(batched && i === 0) ? [i] : []));
    const axes = axis === null ? ones : axesOf("squeeze", value!, axis);
    const wrong = axes.find((i) => !ones.includes(i));
    if (wrong !== undefined)
      throw new ShapeError(
        `squeeze of ${shapeText(value!)}: axis ${wrong} ${batched && wrong === 0 ? "is the batch" : `has size ${from[wrong]}, not 1`}.`,
      );
    return shaping.reshape(
      value!,
      from.filter((_, i) => !axes.includes(i)),
    );
  };
  return operateOn("squeeze", "numpy.Squeeze", [x], write, { axis });
}

/** Repeated along axes of size 1 and new leading ones to a shape; null stands for the batch of x. */
export function broadcastTo<A extends Value>(x: A, newShape: BatchShape): Made<A> {
  const write = (value?: Sym) => {
    const { shape: from, batched } = value!.spec;
    checkList("broadcastTo", "newShape", newShape);
    const target = newShape.map((size, i) =>
      batched && i === 0 && (size === null || size === -1) ? from[0]! : size,
    ) as number[];
    const offset = target.length - from.length;
    const fits = from.every((size, i) => size === target[i + offset] || (size === 1 && !(batched && i === 0)));
    if (
      offset < 0 ||
      !fits ||
      (batched && offset !== 0) ||
      !target.every((size) => Number.isInteger(size) && size >= 0)
    )
      throw new ShapeError(
        `broadcastTo of ${shapeText(value!)} to ${formatShape(newShape)}: axes, counted from the end, must be equal or 1${batched ? ", and the batch stays axis 0 (null)" : ""}.`,
      );
    const spread = shaping.reshape(real(value!), [...new Array<number>(offset).fill(1), ...from]);
    return sameShape(spread.spec.shape, target)
      ? spread
      : reduce.broadcastTo(spread, { ...spread.spec, shape: target });
  };
  return operateOn("broadcastTo", "numpy.BroadcastTo", [x], write, { shape: newShape });
}

/** Each entry of an axis so many times in a row: [a, b] twice is [a, a, b, b]. Not along the batch. */
export function repeat<A extends Value>(x: A, repeats: number, axis: number | null = null): Made<A> {
  const write = (value?: Sym) => {
    checkCount("repeat", "repeats", repeats);
    const axes = axesOf("repeat", value!, axis);
    refuseBatch("repeat", value!, axes);
    const flat = axis === null ? shaping.reshape(value!, [sizeOf(value!.spec.shape)]) : value!;
    return slices.repeat(flat, repeats, axis === null ? 0 : axes[0]!);
  };
  return operateOn("repeat", "numpy.Repeat", [x], write, { repeats, axis });
}

/** The whole repeated along each axis: [a, b] twice is [a, b, a, b]. 1 for the batch. */
export function tile<A extends Value>(x: A, repeats: number | readonly number[]): Made<A> {
  const write = (value?: Sym) => {
    const { shape: from, batched } = value!.spec;
    const given = axisList("tile", "repeats", repeats);
    given.forEach((count) => {
      checkCount("tile", "repeats", count);
    });
    const rank = Math.max(given.length, from.length);
    if (batched && rank > from.length)
      throw new ArgumentError(
        `tile of ${shapeText(value!)}: ${given.length} repeats would move the batch; give ${from.length} or fewer.`,
      );
    const times = [...new Array<number>(rank - given.length).fill(1), ...given];
    if (batched && times[0] !== 1) refuseBatch("tile", value!, [0]);
    return slices.tile(shaping.reshape(value!, [...new Array<number>(rank - from.length).fill(1), ...from]), times);
  };
  return operateOn("tile", "numpy.Tile", [x], write, { repeats });
}
