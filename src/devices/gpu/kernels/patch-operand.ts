/** Operands of a tiled product that are patches of an image, gathered while they are fetched: implicit GEMM. */
import type { StorageArray } from "../kernel.ts";
import type { Loader } from "./gemm.ts";
import { element, sumOfPlaces } from "./matrix-operand.ts";

type Pair = readonly [number, number];

/**
 * A matrix of pixels and taps. Its value at pixel (p, q) of a grid and tap (a, b, c) of a kernel is the image's cell (start + p ·
 * step + a · tapStep) / divisor, likewise for the columns, in channel c of the group; 0 if there is no such cell.
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
  /** Height and width of the kernel. */
  readonly kernel: Pair;
  /** Channels of one group. */
  readonly depth: number;
}

/** @param taps the axis of the taps; the pixels of all images are on the other axis */
export function patchLoader(patches: Patches, taps: Loader["along"], width: 1 | 4): Loader {
  if (staysInside(patches, 0) && staysInside(patches, 1)) return innerPatchLoader(patches, taps, width);
  const { image, grid, start, step, tapStep, kernel, depth } = patches;
  const place = (axis: 0 | 1, index: string) => `i32(${index}) * ${step[axis]} + ${start[axis]}`;
  const pixels = grid[0] * grid[1];
  const pixel = `vec4i(i32(at / ${pixels}u) * ${image[0] * image[1]}, ${place(0, `at % ${pixels}u / ${grid[1]}u`)}, ${place(1, `at % ${grid[1]}u`)}, 0)`;
  const [tap, column] = [`at / ${depth}u`, `at / ${depth}u % ${kernel[1]}u`];
  const cell = `vec4i(i32(${tap} / ${kernel[1]}u) * ${tapStep[0]}, i32(${column}) * ${tapStep[1]}, i32(at % ${depth}u), 0)`;
  const [outer, inner, p, t] = taps === "outer" ? [cell, pixel, "d", "o"] : [pixel, cell, "o", "d"];
  // A run covers the channels of a tap, or the pixels of a row.
  const run =
    taps === "depth"
      ? { length: depth, step: "vec4i(0, 0, 1, 0)" }
      : { length: grid[1], step: `vec4i(0, 0, ${step[1]}, 0)` };
  return {
    width,
    along: taps,
    outer,
    depth: inner,
    sums: false,
    run,
    value: (source) => printValue(patches, width, source, p, t),
  };
}

/** If every tap is a cell, its index is the sum of a term of the pixel and a term of the tap. */
function innerPatchLoader(patches: Patches, taps: Loader["along"], width: 1 | 4): Loader {
  const { image, grid, start, step, tapStep, kernel, depth } = patches;
  const [height, columns, channels] = image;
  const pixels = grid[0] * grid[1];
  const row = `(i32(at % ${pixels}u / ${grid[1]}u) * ${step[0]} + ${start[0]})`;
  const column = `i32(at % ${grid[1]}u) * ${step[1]} + ${start[1]}`;
  const pixel = `vec4i(((i32(at / ${pixels}u) * ${height} + ${row}) * ${columns} + ${column}) * ${channels} + GROUP * ${depth}, 0, 0, 0)`;
  const tap = `at / ${depth}u`;
  const cell = `vec4i((i32(${tap} / ${kernel[1]}u) * ${tapStep[0] * columns} + i32(${tap} % ${kernel[1]}u) * ${tapStep[1]}) * ${channels} + i32(at % ${depth}u), 0, 0, 0)`;
  const [outer, inner] = taps === "outer" ? [cell, pixel] : [pixel, cell];
  const run =
    taps === "depth"
      ? { length: depth, step: "vec4i(1, 0, 0, 0)" }
      : { length: grid[1], step: `vec4i(${step[1] * channels}, 0, 0, 0)` };
  return { width, along: taps, outer, depth: inner, sums: true, run, value: (source) => sumOfPlaces(source, width) };
}

/** Whether, along one axis, every tap of every pixel is a cell. */
function staysInside({ image, grid, start, step, tapStep, divisor, kernel }: Patches, axis: 0 | 1): boolean {
  const ends = [0, (grid[axis] - 1) * step[axis]].flatMap((place) =>
    [0, (kernel[axis] - 1) * tapStep[axis]].map((tap) => start[axis] + place + tap),
  );
  return divisor[axis] === 1 && Math.min(...ends) >= 0 && Math.max(...ends) < image[axis];
}

/** Branch-free: positions without a cell read an existing one, and the value is dropped. */
function printValue(patches: Patches, width: 1 | 4, source: StorageArray, p: string, t: string): string {
  const { image, divisor, depth } = patches;
  const [, columns, channels] = image;
  const cell = (name: string, by: number) => (by === 1 ? name : `${name} / ${by}`);
  const index = `(${p}.x + ${cell("row", divisor[0])} * ${columns} + ${cell("column", divisor[1])}) * ${channels} + GROUP * ${depth} + ${t}.z`;
  const tests = ([0, 1] as const).flatMap((axis) => {
    const [name, by] = [axis === 0 ? "row" : "column", divisor[axis]];
    if (staysInside(patches, axis)) return [];
    const whole = by === 1 ? [] : [`(${name} % ${by} == 0)`];
    return [`(${name} >= 0)`, `(${name} <= ${(image[axis] - 1) * by})`, ...whole];
  });
  const places = `  let row = ${p}.y + ${t}.x;\n  let column = ${p}.z + ${t}.y;`;
  if (tests.length === 0) return `${places}\n  return ${source.load(element(index, width))};`;
  return `${places}
  let inside = ${tests.join(" & ")};
  return select(${width === 4 ? "vec4f()" : "0.0"}, ${source.load(element(`select(0, ${index}, inside)`, width))}, inside);`;
}
