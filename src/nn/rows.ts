/** What losses and metrics share: one value per row, and shapes compared row by row. */
import { sizeOf } from "../base/shape.ts";
import type { Sym } from "../ir/graph.ts";
import { div } from "../ops/elementwise.ts";
import { reduceSum } from "../ops/reduce.ts";

/** Mean over all axes but the first. x [n, …] → [n]. */
export function meanRows(x: Sym): Sym {
  const axes = x.spec.shape.map((_, axis) => axis).slice(1);
  return axes.length === 0 ? x : div(reduceSum(x, axes), sizeOf(x.spec.shape.slice(1)));
}

/** Whether the rows of `shape` have the shape that the rows of `expected` have; null stands for any size. */
export function sameRows(shape: readonly number[], expected: readonly (number | null)[]): boolean {
  const row = expected.slice(1);
  return shape.length === expected.length && shape.slice(1).every((axis, i) => row[i] === null || axis === row[i]);
}
