/** Whole numbers as vectors, in steps: what CategoryEncoding and Discretization share. */
import { ShapeError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { equal } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { reduceMax } from "../../ops/reduce-max.ts";
import { reshape } from "../../ops/reshape.ts";
import type { BatchShape } from "../keras-tensor.ts";

/** A vector for each number; one for a row, with 1 for each number in it; one for a row with how often each number is in it. */
export const categoryModes = ["one_hot", "multi_hot", "count"] as const;

export type CategoryMode = (typeof categoryModes)[number];

/** An axis of one number is no axis of its own for vectors of them. */
const withoutLastOne = <T extends number | null>(shape: readonly T[]): readonly T[] =>
  shape.length > 1 && shape.at(-1) === 1 ? shape.slice(0, -1) : shape;

/** @throws ShapeError where rows are to be counted and are no lists of numbers */
export function categoriesShape(title: string, mode: CategoryMode, shape: BatchShape, depth: number): BatchShape {
  if (mode === "one_hot") return [...withoutLastOne(shape), depth];
  if (shape.length !== 2)
    throw new ShapeError(`${title}: outputMode "${mode}" takes inputs [batch, count], got ${formatShape(shape)}.`);
  return [shape[0]!, depth];
}

/** The vectors; a number outside of 0 … depth − 1 counts for none. */
export function encodeCategories(x: Sym, mode: CategoryMode, depth: number, weigh = (hot: Sym): Sym => hot): Sym {
  const { shape } = x.spec;
  const classes = literal(x.builder, [...Array(depth).keys()], [depth]);
  const hot = equal(reshape(x, [...(mode === "one_hot" ? withoutLastOne(shape) : shape), 1]), classes);
  if (mode === "one_hot") return hot;
  return mode === "count" ? reduceSum(weigh(hot), [1]) : reduceMax(hot, [1]);
}
