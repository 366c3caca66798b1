/** Rows by their own statistics, over axes other than the batch. */
import type { Sym } from "../ir/graph.ts";
import { add, div, maximum, sqrt, square, squaredDifference, sub } from "./elementwise.ts";
import { normalizeAxes, reduceSum } from "./reduce.ts";

/** Σ x / N over `axes`, which stay with size 1. */
export function rowMean(x: Sym, axes: readonly number[]): Sym {
  const cells = normalizeAxes(x, axes).reduce((product, axis) => product * x.spec.shape[axis]!, 1);
  return div(reduceSum(x, axes, true), cells);
}

/** Σ (x − mean)² / N over `axes`, which stay with size 1. */
export function rowVariance(x: Sym, axes: readonly number[], mean = rowMean(x, axes)): Sym {
  return rowMean(squaredDifference(x, mean), axes);
}

/** (x − mean) / √(variance + ε). */
export function standardizeRows(x: Sym, axes: readonly number[], epsilon: number): Sym {
  const mean = rowMean(x, axes);
  return div(sub(x, mean), sqrt(add(rowVariance(x, axes, mean), epsilon)));
}

/** x / √(mean of x² + ε). */
export function scaleRowsByRms(x: Sym, axes: readonly number[], epsilon: number): Sym {
  return div(x, sqrt(add(rowMean(square(x), axes), epsilon)));
}

/**
 * x / max(√Σ x², ε). The bound is put before the root, so that the gradient of a row of zeros is not NaN.
 */
export function scaleRowsToUnit(x: Sym, axes: readonly number[], epsilon: number): Sym {
  return div(x, sqrt(maximum(reduceSum(square(x), axes, true), epsilon ** 2)));
}
