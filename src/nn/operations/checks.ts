/** Checks of shapes and axes, made before an op is written. Messages name the function, what came and how to mend it. */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatCount, formatValue } from "../../base/format.ts";
import { formatShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { cast, type Operand } from "../../ops/elementwise.ts";
import { broadcastTo } from "../../ops/reduce.ts";
import { isSym } from "../keras-tensor.ts";
import { checkFlag, checkNumber, fillOptions } from "../options.ts";
import type { Axis } from "./value.ts";

/** The shape of a value as messages show it; the batch is None. */
export const shapeText = ({ spec }: Sym): string => formatShape(spec.shape, spec.batched);

/** The same numbers as float32. */
export const real = (x: Sym): Sym => (x.spec.dtype === "float32" ? x : cast(x));

/** One axis as 0 … rank − 1. */
export function axisOf(name: string, x: Sym, axis: number, rank = x.spec.shape.length): number {
  const found = Number.isInteger(axis) && axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || found < 0 || found >= rank)
    throw new ArgumentError(
      rank === 0
        ? `${name}: axis ${formatValue(axis)} of a scalar, which has no axes.`
        : `${name}: axis ${formatValue(axis)} is outside of ${shapeText(x)}; use ${-rank} … ${rank - 1}.`,
    );
  return found;
}

/** One axis or a list of them as a list. */
export function axisList(name: string, what: string, given: unknown): number[] {
  const list: unknown[] = Array.isArray(given) ? given : [given];
  if (list.every((each) => typeof each === "number")) return list;
  throw new ArgumentError(`${name}: ${what} is ${formatValue(given)}, expected a whole number or a list of them.`);
}

/** The axes in ascending order; null: all. */
export function axesOf(name: string, x: Sym, axis: Axis): number[] {
  if (axis === null) return x.spec.shape.map((_, i) => i);
  const axes = axisList(name, "axis", axis).map((each) => axisOf(name, x, each));
  if (new Set(axes).size < axes.length)
    throw new ArgumentError(`${name}: axis ${formatValue(axis)} names an axis of ${shapeText(x)} twice.`);
  return axes.sort((a, b) => a - b);
}

/** Refuses work along the batch, whose rows are computed apart from each other. */
export function refuseBatch(name: string, x: Sym, axes: readonly number[]): void {
  if (x.spec.batched && axes.includes(0))
    throw new ArgumentError(
      `${name} would run along axis 0 of ${shapeText(x)}, the batch. A step computes the rows of a batch apart from each other; ` +
        "only sums and means run over them. Give other axes, or work on the tensor that predict returns.",
    );
}

/** Throws unless the operands broadcast to one shape by NumPy's rule, with the batch as axis 0 of all that follow it. */
export function checkBroadcast(name: string, operands: readonly Operand[]): void {
  const values = operands.filter(isSym);
  const rank = Math.max(0, ...values.map(({ spec }) => spec.shape.length));
  const batched = values.some(({ spec }) => spec.batched);
  const all = values.map(shapeText).join(" and ");
  for (let axis = 0; axis < rank; axis++) {
    const sizes = values
      .map(({ spec }) => spec.shape[axis - rank + spec.shape.length] ?? 1)
      .filter((size) => size !== 1);
    if (new Set(sizes).size > 1)
      throw new ShapeError(
        `${name}: shapes ${all} cannot be broadcast together; axes, counted from the end, must be equal or 1. Use expandDims or reshape.`,
      );
  }
  for (const value of values) {
    const { spec } = value;
    if (spec.batched && spec.shape.length < rank)
      throw new ShapeError(
        `${name}: of ${all}, ${shapeText(value)} has its batch where others have axis ${rank - spec.shape.length}. Use expandDims until all have ${rank} axes.`,
      );
    if (batched && !spec.batched && spec.shape.length === rank && spec.shape[0] !== 1)
      throw new ShapeError(
        `${name}: of ${all}, ${shapeText(value)} does not follow the batch but has ${spec.shape[0]} rows. Give it one row, or make it an input.`,
      );
  }
}

/** Values that are put side by side: where one follows the batch, all are made to. */
export function followBatch(name: string, values: readonly Sym[]): Sym[] {
  const model = values.find(({ spec }) => spec.batched);
  if (model === undefined) return values.map(real);
  return values.map((value) => {
    const { shape, batched } = value.spec;
    if (batched) return real(value);
    if (shape.length !== model.spec.shape.length || shape[0] !== 1)
      throw new ShapeError(
        `${name}: ${shapeText(value)} does not follow the batch beside ${shapeText(model)}. Give it ${model.spec.shape.length} axes, the first of size 1.`,
      );
    return broadcastTo(real(value), { shape: shape.with(0, model.spec.shape[0]!), dtype: "float32", batched: true });
  });
}

type Filled<G, D> = { readonly [K in keyof D & keyof G]: undefined extends D[K] ? G[K] : Exclude<G[K], undefined> };

/** The options of a function with their defaults; those whose default is a flag or a number must be one. */
export function optionsOf<G extends object, const D extends { readonly [K in keyof G]-?: unknown }>(
  name: string,
  given: G,
  defaults: D,
): Filled<G, D> {
  const filled = fillOptions<object>(name, given, defaults) as Record<string, unknown>;
  for (const [key, fallback] of Object.entries(defaults)) {
    if (typeof fallback === "boolean") checkFlag(name, key, filled[key]);
    if (typeof fallback === "number" && !Array.isArray(filled[key])) checkFinite(name, key, filled[key]);
  }
  return filled as Filled<G, D>;
}

/** A finite number. */
export function checkFinite(name: string, what: string, value: unknown): number {
  checkNumber(name, what, value, "a finite number", () => true);
  return value;
}

/** Throws unless it is a list. */
export function checkList(name: string, what: string, value: unknown): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) throw new ArgumentError(`${name}: ${what} is ${formatValue(value)}, expected a list.`);
}

/** A whole number of at least `min`. */
export function checkCount(name: string, what: string, value: unknown, min = 1): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min)
    throw new ArgumentError(`${name}: ${what} is ${formatValue(value)}, expected a whole number of ${min} or more.`);
  return value;
}

/** Most values of a constant that a function makes; tables of more are inputs or weights. */
const MOST_VALUES = 2 ** 26;

/** Values of a constant by their index. */
export function valuesOf(name: string, length: number, valueAt: (index: number) => number): number[] {
  if (length > MOST_VALUES)
    throw new ShapeError(
      `${name} would make a constant of ${formatCount(length)} values, and may make ${formatCount(MOST_VALUES)}; feed such a table as an input.`,
    );
  return Array.from({ length }, (_, i) => valueAt(i));
}
