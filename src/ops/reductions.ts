/** Reductions that are compositions of others. None but sums reduces the batch axis. */
import type { Sym } from "../ir/graph.ts";
import { abs, add, exp, log, mul, neg, stopGradient, sub, where } from "./elementwise.ts";
import { transpose } from "./mat-mul.ts";
import { pad } from "./pad.ts";
import { normalizeAxes, reduceSum } from "./reduce.ts";
import { argMax, reduceMax } from "./reduce-max.ts";
import { reshape } from "./reshape.ts";
import { concatenateAxis, slice, sliceAxis } from "./slice.ts";

/** y = min x over `axes`; NaN wins. Ties share the gradient evenly. */
export function reduceMin(x: Sym, axes: readonly number[], keepDims = false): Sym {
  return neg(reduceMax(neg(x), axes, keepDims));
}

/**
 * y = Π x over `axes`, by halves: ⌈log₂ n⌉ products. Its gradient is right where factors are 0, too, since nothing is divided.
 */
export function reduceProd(x: Sym, axes: readonly number[], keepDims = false): Sym {
  const reduced = normalizeAxes(x, axes);
  const product = reduced.reduce((value, axis) => {
    let current = value;
    for (let length = value.spec.shape[axis]!; length > 1; length = Math.ceil(length / 2)) {
      const half = Math.floor(length / 2);
      const pairs = mul(sliceAxis(current, axis, 0, half), sliceAxis(current, axis, half, 2 * half));
      current = length % 2 === 0 ? pairs : concatenateAxis([pairs, sliceAxis(current, axis, length - 1, length)], axis);
    }
    return current;
  }, x);
  return keepDims ? product : dropAxes(product, reduced);
}

const dropAxes = (x: Sym, axes: readonly number[]) =>
  reshape(
    x,
    x.spec.shape.filter((_, axis) => !axes.includes(axis)),
  );

/** ln Σ exp x over `axes`, shifted by the maximum; −∞ where all are −∞. Source: Blanchard, Higham and Higham 2021, (3.8). */
export function logSumExp(x: Sym, axes: readonly number[], keepDims = false): Sym {
  const reduced = normalizeAxes(x, axes);
  const largest = stopGradient(reduceMax(x, reduced, true));
  // ∞ − ∞ would be NaN.
  const shift = where(abs(largest), Number.POSITIVE_INFINITY, largest, 0);
  const sum = add(log(reduceSum(exp(sub(x, shift)), reduced, true)), shift);
  return keepDims ? sum : dropAxes(sum, reduced);
}

/** Place of the largest value along an axis other than the batch, as float32; the first one wins a tie. */
export function argMaxAxis(x: Sym, axis: number): Sym {
  const rank = x.spec.shape.length;
  if (axis === rank - 1) return argMax(x);
  return argMax(transpose(x, [...Array.from({ length: rank }, (_, i) => i).toSpliced(axis, 1), axis]));
}

/** Place of the smallest value along an axis other than the batch, as float32; the first one wins a tie. */
export function argMinAxis(x: Sym, axis: number): Sym {
  return argMaxAxis(neg(x), axis);
}

/**
 * y[i] = x[0] + … + x[i] along an axis other than the batch, in ⌈log₂ n⌉ shifted sums (Hillis and Steele 1986): no product with
 * zeros, by which a NaN would reach the entries before it.
 */
export function cumulativeSum(x: Sym, axis: number): Sym {
  const { shape } = x.spec;
  const length = shape[axis]!;
  if (axis === 0 && !x.spec.batched) {
    const sums = cumulativeSum(reshape(x, [1, ...shape]), 1);
    return reshape(sums, shape);
  }
  const start = shape.map(() => 0);
  let sums = x;
  for (let step = 1; step < length; step *= 2) {
    const kept = slice(sums, start, shape.with(axis, length - step));
    sums = add(
      sums,
      pad(
        kept,
        shape.map((_, i) => [i === axis ? step : 0, 0] as const),
      ),
    );
  }
  return sums;
}
