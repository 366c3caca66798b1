/** What attention layers share: masks of scores, weights of values, and the checks of query, value and key. */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { formatShape } from "../../base/shape.ts";
import type { Nested } from "../../base/structure.ts";
import type { Sym } from "../../ir/graph.ts";
import { mul, where } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import { reshape } from "../../ops/reshape.ts";
import { softmax } from "../../ops/softmax.ts";
import { type BatchShape, isSym } from "../keras-tensor.ts";

/** What a score that does not count becomes before softmax; exp of it is 0. */
const EXCLUDED = -1e9;

/** Which pairs of places count, [1, T, S]: `counts(t, s)`. */
function placeMask(like: Sym, rows: number, columns: number, counts: (row: number, column: number) => boolean): Sym {
  const values = Array.from({ length: rows * columns }, (_, i) =>
    counts(Math.floor(i / columns), i % columns) ? 1 : 0,
  );
  return literal(like.builder, values, [1, rows, columns]);
}

/** Place t of the query reads places 0 … t. */
export const causalMask = (like: Sym, rows: number, columns: number): Sym =>
  placeMask(like, rows, columns, (row, column) => row >= column);

/** Place t of the query reads places closer than `width`. */
export const windowMask = (like: Sym, rows: number, columns: number, width: number): Sym =>
  placeMask(like, rows, columns, (row, column) => Math.abs(row - column) < width);

/** 1 where all masks that there are say so; axes of size 1 are repeated. */
export function allOf(masks: readonly (Sym | undefined)[]): Sym | undefined {
  const found = masks.filter(isSym);
  return found.length === 0 ? undefined : found.reduce((all, mask) => mul(all, mask));
}

/** Softmax of scores over the last `axes` axes; places that the mask leaves out get nothing. */
export function maskedSoftmax(scores: Sym, mask: Sym | undefined, axes = 1): Sym {
  const kept = mask === undefined ? scores : where(0, mask, scores, EXCLUDED);
  if (axes === 1) return softmax(kept);
  const { shape } = kept.spec;
  const flat = softmax(reshape(kept, [...shape.slice(0, -axes), shape.slice(-axes).reduce((a, b) => a * b)]));
  return reshape(flat, shape);
}

/** The mask of each input: `mask` may be missing, and so may its entries. */
export function masksOf(mask: Nested<Sym | undefined> | null | undefined): readonly (Sym | undefined)[] {
  return Array.isArray(mask) ? mask.map((each) => (isSym(each) ? each : undefined)) : [];
}

/** Throws unless there are two or three inputs of equal rank whose keys and values are as many. */
export function checkAttention(title: string, shapes: readonly BatchShape[], ranks: readonly [number, number]): void {
  if (shapes.length < 2 || shapes.length > 3)
    throw new ArgumentError(`${title} takes a list of two or three inputs, [query, value, key], got ${shapes.length}.`);
  const [least, most] = ranks;
  const [query, value, key = value] = shapes as [BatchShape, BatchShape, BatchShape?];
  for (const shape of [query, value, key!])
    if (shape.length < least || shape.length > most || shape.length !== query.length)
      throw new ShapeError(
        `${title} takes inputs [batch, places, features] of as many axes each, got ${shapes.map((each) => formatShape(each)).join(", ")}.`,
      );
  const differs = value.slice(1, -1).some((size, i) => {
    const other = key![i + 1]!;
    return size !== null && other !== null && size !== other;
  });
  if (differs)
    throw new ShapeError(
      `${title}: value ${formatShape(value)} and key ${formatShape(key!)} must have as many places: they belong together.`,
    );
}

/** Throws unless `given` is a mask of a step, or none. */
export function checkMask(title: string, name: string, given: unknown): Sym | undefined {
  if (given === undefined || given === null) return undefined;
  if (!isSym(given)) throw new ArgumentError(`${title}: ${name} is ${formatValue(given)}, expected a mask.`);
  return given;
}
