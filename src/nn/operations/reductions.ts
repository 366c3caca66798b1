/**
 * Reductions over axes. Sums and means may run over the batch and then count its live rows; what is no sum may not.
 * K: `ops/numpy.py`, `ops/math.py`, `ops/linalg.py`.
 */
import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { abs, div, equal, less, power, sqrt, square, squaredDifference } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { reduceMax } from "../../ops/reduce-max.ts";
import * as reductions from "../../ops/reductions.ts";
import { reshape } from "../../ops/reshape.ts";
import { axesOf, axisOf, optionsOf, real, refuseBatch } from "./checks.ts";
import { truth } from "./comparisons.ts";
import { operateOn } from "./operation.ts";
import type { Axis, Made, Value } from "./value.ts";

export interface ReductionOptions {
  /** Keep the reduced axes with size 1. Default false. */
  readonly keepdims?: boolean;
}

type Write = (x: Sym, axes: readonly number[], keepdims: boolean) => Sym;

function reduction(name: string, keras: string, write: Write, { sums = false } = {}) {
  return <A extends Value>(x: A, axis: Axis, { keepdims = false }: ReductionOptions): Made<A> => {
    const reduce = (value?: Sym) => {
      const axes = axesOf(name, value!, axis);
      if (!sums) refuseBatch(name, value!, axes);
      return axes.length === 0 ? real(value!) : write(real(value!), axes, keepdims);
    };
    return operateOn(name, keras, [x], reduce, { axis, keepdims });
  };
}

/** The mean; over the batch it is divided by `rows`. */
function meanOf(x: Sym, axes: readonly number[], keepdims: boolean, rows: () => Sym): Sym {
  const overBatch = x.spec.batched && axes.includes(0);
  const cells = axes.reduce((product, axis) => (axis === 0 && overBatch ? product : product * x.spec.shape[axis]!), 1);
  const mean = div(reduceSum(x, axes, keepdims), cells);
  return overBatch ? div(mean, rows()) : mean;
}

const statistic = (x: Sym, axes: readonly number[], keepdims: boolean) =>
  meanOf(x, axes, keepdims, () => x.builder.localRows());

function varianceOf(x: Sym, axes: readonly number[], keepdims: boolean): Sym {
  return statistic(squaredDifference(x, statistic(x, axes, true)), axes, keepdims);
}

/**
 * Σ x.
 *
 * @param axis default null: all, the batch included
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { sum } from "fovea/ops";
 * sum(input({ shape: [4, 3] }), -1).shape; // [null, 4]
 * ```
 */
export function sum<A extends Value>(x: A, axis: Axis = null, options: ReductionOptions = {}): Made<A> {
  return reduction("sum", "numpy.Sum", reduceSum, { sums: true })(x, axis, options);
}

/**
 * The mean. Over the batch it is the sum over the live rows, divided by the rows that the loss of a step is divided by.
 *
 * @param axis default null: all, the batch included
 */
export function mean<A extends Value>(x: A, axis: Axis = null, options: ReductionOptions = {}): Made<A> {
  const write: Write = (value, axes, keepdims) => meanOf(value, axes, keepdims, () => value.builder.meanOver());
  return reduction("mean", "numpy.Mean", write, { sums: true })(x, axis, options);
}

/** The mean of the squared deviations from the mean (divided by n, as NumPy). Over the batch: of the live rows. */
export function variance<A extends Value>(x: A, axis: Axis = null, options: ReductionOptions = {}): Made<A> {
  return reduction("variance", "numpy.Var", varianceOf, { sums: true })(x, axis, options);
}

/** √variance. Its slope is infinite where all values are equal. */
export function std<A extends Value>(x: A, axis: Axis = null, options: ReductionOptions = {}): Made<A> {
  const write: Write = (value, axes, keepdims) => sqrt(varianceOf(value, axes, keepdims));
  return reduction("std", "numpy.Std", write, { sums: true })(x, axis, options);
}

/** [mean, variance] over axes, of the live rows where they contain the batch. */
export function moments<A extends Value>(x: A, axes: Axis, options: ReductionOptions = {}): [Made<A>, Made<A>] {
  const { keepdims = false } = options;
  const write = (value?: Sym) => {
    const found = axesOf("moments", value!, axes);
    return [statistic(real(value!), found, keepdims), varianceOf(real(value!), found, keepdims)];
  };
  return operateOn<A, Sym[]>("moments", "nn.Moments", [x], write, { axes, keepdims }) as [Made<A>, Made<A>];
}

/** The largest value; NaN wins, ties share the gradient. Not over the batch. */
export function max<A extends Value>(x: A, axis: Axis = null, options: ReductionOptions = {}): Made<A> {
  return reduction("max", "numpy.Max", reduceMax)(x, axis, options);
}

/** The smallest value; NaN wins, ties share the gradient. Not over the batch. */
export function min<A extends Value>(x: A, axis: Axis = null, options: ReductionOptions = {}): Made<A> {
  return reduction("min", "numpy.Min", reductions.reduceMin)(x, axis, options);
}

/** Π x. Not over the batch. */
export function prod<A extends Value>(x: A, axis: Axis = null, options: ReductionOptions = {}): Made<A> {
  return reduction("prod", "numpy.Prod", reductions.reduceProd)(x, axis, options);
}

/** ln Σ eˣ, shifted so that nothing overflows. Not over the batch. */
export function logsumexp<A extends Value>(x: A, axis: Axis = null, options: ReductionOptions = {}): Made<A> {
  return reduction("logsumexp", "math.Logsumexp", reductions.logSumExp)(x, axis, options);
}

/** 1 where any value is true (not 0). */
export function any<A extends Value>(x: A, axis: Axis = null, options: ReductionOptions = {}): Made<A> {
  const write: Write = (value, axes, keepdims) => less(0, reduceSum(truth(value), axes, keepdims));
  return reduction("any", "numpy.Any", write, { sums: true })(x, axis, options);
}

/** 1 where all values are true (not 0). */
export function all<A extends Value>(x: A, axis: Axis = null, options: ReductionOptions = {}): Made<A> {
  const write: Write = (value, axes, keepdims) => equal(reduceSum(equal(value, 0), axes, keepdims), 0);
  return reduction("all", "numpy.All", write, { sums: true })(x, axis, options);
}

type Search = (x: Sym, axis: number) => Sym;

function search(name: string, keras: string, find: Search) {
  return <A extends Value>(x: A, axis: number | null, { keepdims = false }: ReductionOptions): Made<A> => {
    const write = (value?: Sym) => {
      const { shape } = value!.spec;
      const axes = axesOf(name, value!, axis);
      refuseBatch(name, value!, axes);
      const flat = axis === null ? reshape(real(value!), [sizeOf(shape)]) : real(value!);
      const found = find(flat, axis === null ? 0 : axes[0]!);
      return keepdims
        ? reshape(
            found,
            shape.map((size, i) => (axes.includes(i) ? 1 : size)),
          )
        : found;
    };
    return operateOn(name, keras, [x], write, { axis, keepdims });
  };
}

/**
 * Place of the largest value along an axis, as float32; the first one wins a tie. Not over the batch.
 *
 * @param axis default null: of all values in row-major order
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { argmax } from "fovea/ops";
 * argmax(input({ shape: [10] }), -1).shape; // [null]
 * ```
 */
export function argmax<A extends Value>(x: A, axis: number | null = null, options: ReductionOptions = {}): Made<A> {
  return search("argmax", "numpy.Argmax", reductions.argMaxAxis)(x, axis, options);
}

/** Place of the smallest value along an axis; see `argmax`. */
export function argmin<A extends Value>(x: A, axis: number | null = null, options: ReductionOptions = {}): Made<A> {
  return search("argmin", "numpy.Argmin", reductions.argMinAxis)(x, axis, options);
}

/** The sums of the entries up to each one, along an axis (null: of all values in row-major order). Not along the batch. */
export function cumsum<A extends Value>(x: A, axis: number | null = null): Made<A> {
  const write = (value?: Sym) => {
    const axes = axesOf("cumsum", value!, axis);
    refuseBatch("cumsum", value!, axes);
    if (axis === null) return reductions.cumulativeSum(reshape(real(value!), [sizeOf(value!.spec.shape)]), 0);
    return reductions.cumulativeSum(real(value!), axisOf("cumsum", value!, axis));
  };
  return operateOn("cumsum", "numpy.Cumsum", [x], write, { axis });
}

/**
 * Norm of vectors along one axis, of matrices along two, or of all values: (Σ |x|^ord)^(1/ord).
 *
 * @param ord 1, 2 or any number but 0, Infinity and -Infinity (largest and smallest |x|), or "fro"; default 2, along two axes
 *   "fro", which is the same sum
 */
export function norm<A extends Value>(
  x: A,
  ord: number | "fro" | null = null,
  axis: Axis = null,
  options: ReductionOptions = {},
): Made<A> {
  const { keepdims } = optionsOf("norm", options, { keepdims: false });
  const write = (value?: Sym) => {
    const axes = axesOf("norm", value!, axis);
    if (ord !== null && ord !== "fro" && typeof ord !== "number")
      throw new ArgumentError(`norm: ord is ${formatValue(ord)}, expected a number, "fro" or null.`);
    const sums = ord === null || ord === "fro" || Number.isFinite(ord);
    if (ord === 0 || Number.isNaN(ord) || (axes.length > 1 && ord !== null && ord !== "fro"))
      throw new ArgumentError(
        `norm: ord ${formatValue(ord)} over ${axes.length} axes is not supported; one axis takes any number but 0, more axes "fro".`,
      );
    if (!sums) refuseBatch("norm", value!, axes);
    const own = real(value!);
    if (ord === null || ord === "fro" || ord === 2) return sqrt(reduceSum(square(own), axes, keepdims));
    if (ord === 1) return reduceSum(abs(own), axes, keepdims);
    if (ord === Number.POSITIVE_INFINITY) return reduceMax(abs(own), axes, keepdims);
    if (ord === Number.NEGATIVE_INFINITY) return reductions.reduceMin(abs(own), axes, keepdims);
    return power(reduceSum(power(abs(own), ord), axes, keepdims), 1 / ord);
  };
  return operateOn("norm", "linalg.Norm", [x], write, { ord, axis, keepdims });
}

/** The number of values that are not 0. */
export function countNonzero<A extends Value>(x: A, axis: Axis = null): Made<A> {
  const write: Write = (value, axes) => reduceSum(truth(value), axes);
  return reduction("countNonzero", "numpy.CountNonzero", write, { sums: true })(x, axis, {});
}
