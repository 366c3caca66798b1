/** Operands of a tiled product that are the patches of an image, gathered while they are fetched: implicit GEMM. */
import type { Loader } from "./gemm-tile.ts";
import { element } from "./matrix-operand.ts";

type Pair = readonly [number, number];

/**
 * A matrix of pixels and taps. Its value at pixel (p, q) of a grid and tap (a, b, c) of a kernel is the image's cell
 * (start + p · step + a · tapStep) / divisor, likewise for the columns, in channel c of the group; 0 where that is no cell.
 */
export interface Patches {
  /** Height, width and channels. */
  readonly image: readonly [number, number, number];
  /** Height and width of the grid. */
  readonly grid: Pair;
  readonly start: Pair;
  readonly step: Pair;
  readonly tapStep: Pair;
  readonly divisor: Pair;
  readonly kernelWidth: number;
  /** Channels of one group. */
  readonly depth: number;
}

/** @param taps the axis on which the taps lie; the pixels of all images lie on the other */
export function patchLoader(patches: Patches, taps: Loader["along"], width: 1 | 4): Loader {
  const { image, grid, start, step, tapStep, kernelWidth, depth } = patches;
  const place = (axis: 0 | 1, index: string) => `i32(${index}) * ${step[axis]} + ${start[axis]}`;
  const pixels = grid[0] * grid[1];
  const pixel = `vec4i(i32(at / ${pixels}u) * ${image[0] * image[1]}, ${place(0, `at % ${pixels}u / ${grid[1]}u`)}, ${place(1, `at % ${grid[1]}u`)}, 0)`;
  const [tap, column] = [`at / ${depth}u`, `at / ${depth}u % ${kernelWidth}u`];
  const cell = `vec4i(i32(${tap} / ${kernelWidth}u) * ${tapStep[0]}, i32(${column}) * ${tapStep[1]}, i32(at % ${depth}u), 0)`;
  const [outer, inner, p, t] = taps === "outer" ? [cell, pixel, "d", "o"] : [pixel, cell, "o", "d"];
  return { width, along: taps, outer, depth: inner, value: (source) => printValue(patches, width, source, p, t) };
}

function printValue({ image, divisor, depth }: Patches, width: 1 | 4, source: string, p: string, t: string): string {
  const [height, columns, channels] = image;
  const zero = width === 4 ? "vec4f()" : "0.0";
  const index = `(${p}.x + row * ${columns} + column) * ${channels} + GROUP * ${depth} + ${t}.z`;
  const divide = (name: string, by: number) =>
    by === 1 ? "" : `  if (${name} % ${by} != 0) { return ${zero}; }\n  ${name} /= ${by};\n`;
  return `  var row = ${p}.y + ${t}.x;
  var column = ${p}.z + ${t}.y;
  if (row < 0 || column < 0) { return ${zero}; }
${divide("row", divisor[0])}${divide("column", divisor[1])}  if (row >= ${height} || column >= ${columns}) { return ${zero}; }
  return ${source}[${element(index, width)}];`;
}
