/** Operands of a tiled product that are plain matrices, and helpers for all operands. */
import { sizeOf } from "../../../base/shape.ts";
import type { Spec } from "../../../ir/graph.ts";
import type { Call } from "../../../ir/program.ts";
import { samePlace } from "../../epilogue.ts";
import type { Features, StorageArray } from "../kernel.ts";
import type { Extent, Loader } from "./gemm.ts";

/** The extent of the first `axes` axes of a value, merged. */
export function leadingExtent({ shape, batched }: Spec, axes: number): Extent {
  const [first = 1, ...rest] = shape.slice(0, axes);
  return batched
    ? { size: sizeOf(rest), batched, capacity: first }
    : { size: first * sizeOf(rest), batched, capacity: 1 };
}

export const fixedExtent = (size: number): Extent => ({ size, batched: false, capacity: 1 });

/**
 * The fetch widths of A and B, where four values may be fetched at once (`wide`); one buffer has one type. Software renderers
 * fetch one value, because their four threads form the vector.
 */
export function fetchWidths(
  { inputs: [a, b] }: Call,
  { software }: Features,
  wideA: boolean,
  wideB: boolean,
): readonly [1 | 4, 1 | 4] {
  const single = software || (samePlace(a!.buffer, b!.buffer) && wideA !== wideB);
  return [wideA && !single ? 4 : 1, wideB && !single ? 4 : 1];
}

/** Index of an element in an array whose elements hold `width` values. */
export const element = (index: string, width: 1 | 4) => (width === 4 ? `(${index}) / 4` : index);

/** The value whose index is the sum of both axes' x. */
export const sumOfPlaces = (source: StorageArray, width: 1 | 4) =>
  `  return ${source.load(element("o.x + d.x", width))};`;

/**
 * A matrix with rows of `stride` values: the axis `along` runs within the rows, starting at `start` (WGSL expression, i32); the
 * other axis counts the rows.
 */
export function matrixLoader(along: Loader["along"], stride: number, width: 1 | 4, start = "0"): Loader {
  const [far, near] = [`vec4i(i32(at) * ${stride}, 0, 0, 0)`, `vec4i(${start} + i32(at), 0, 0, 0)`];
  const [outer, depth] = along === "outer" ? [near, far] : [far, near];
  const run = { length: undefined, step: `vec4i(${along === "outer" ? stride : 1}, 0, 0, 0)` };
  return { width, along, outer, depth, sums: true, run, value: (source) => sumOfPlaces(source, width) };
}
