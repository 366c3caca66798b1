/** Operands of a tiled product that are plain matrices, and what is common to all operands. */
import { sizeOf } from "../../../base/shape.ts";
import type { Spec } from "../../../ir/graph.ts";
import type { Call } from "../../../ir/program.ts";
import { samePlace } from "../../epilogue.ts";
import type { Features } from "../kernel.ts";
import type { Extent, Loader } from "./gemm.ts";

/** The axis that joins the first `axes` axes of a value. */
export function leadingExtent({ shape, batched }: Spec, axes: number): Extent {
  const [first = 1, ...rest] = shape.slice(0, axes);
  return batched
    ? { size: sizeOf(rest), batched, capacity: first }
    : { size: first * sizeOf(rest), batched, capacity: 1 };
}

export const fixedExtent = (size: number): Extent => ({ size, batched: false, capacity: 1 });

/**
 * The widths of the fetches of A and B where four values may (`wide`) be fetched at once; one buffer has one type. Software
 * renderers fetch one: their four threads make the four.
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

/** What stands in the brackets of an array whose elements hold `width` values. */
export const element = (index: string, width: 1 | 4) => (width === 4 ? `(${index}) / 4` : index);

/** The value where both axes give a part of the place, in x. */
export const sumOfPlaces = (source: string, width: 1 | 4) => `  return ${source}[${element("o.x + d.x", width)}];`;

/**
 * Rows of `stride` values, one for each place on the axis across; the other axis runs `along` them, from `start` on, a WGSL
 * expression (i32).
 */
export function matrixLoader(along: Loader["along"], stride: number, width: 1 | 4, start = "0"): Loader {
  const [far, near] = [`vec4i(i32(at) * ${stride}, 0, 0, 0)`, `vec4i(${start} + i32(at), 0, 0, 0)`];
  const [outer, depth] = along === "outer" ? [near, far] : [far, near];
  const run = { length: undefined, step: `vec4i(${along === "outer" ? stride : 1}, 0, 0, 0)` };
  return { width, along, outer, depth, sums: true, run, value: (source) => sumOfPlaces(source, width) };
}
