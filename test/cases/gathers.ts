/** Cases of rows by their numbers. Indices repeat, and some find no row. */
import type { GatherAttrs, ScatterAddAttrs } from "../../src/ops/gather.ts";
import { type Draw, type OpCase, rows, whole } from "./op-case.ts";

const some: Draw = [2, 0, 4, 2, 1, 2, 0, 3];
const outside: Draw = [0, -1, 5, 1e9, Number.NaN, 4, -0.5, Number.POSITIVE_INFINITY, 1.9];
const wholeOutside: Draw = [0, -1, 5, 4, 2_000_000_000, -2_000_000_000, 3];
const nan = { outside: Number.NaN };

export const gatherCases: readonly OpCase<GatherAttrs>[] = [
  { name: "words", inputs: [whole([5, 7]), rows([3, 4], some, "int32")], attrs: nan, gradients: [0] },
  { name: "one a row", inputs: [whole([5, 3]), rows([7], some, "int32")], attrs: nan, gradients: [0] },
  { name: "float32 numbers", inputs: [whole([5, 67]), rows([2, 3], some)], attrs: nan, gradients: [0] },
  { name: "bytes", inputs: [whole([5, 2]), rows([3, 5], some, "uint8")], attrs: nan, gradients: [0] },
  { name: "table of numbers", inputs: [whole([5]), rows([3, 5], some)], attrs: nan, gradients: [0] },
  { name: "table of images", inputs: [whole([5, 2, 3, 1]), rows([2, 2], some)], attrs: nan, gradients: [0] },
  { name: "not batched", inputs: [whole([5, 11]), whole([3, 2], some, "int32")], attrs: nan, gradients: [0] },
  { name: "one index", inputs: [whole([5, 4]), whole([], [3])], attrs: nan, gradients: [0] },
  { name: "outside", inputs: [whole([5, 3]), rows([9], outside)], attrs: nan, gradients: [] },
  { name: "outside, zeros", inputs: [whole([5, 6]), rows([3, 3], outside)], attrs: { outside: 0 }, gradients: [0] },
  { name: "outside, int32", inputs: [whole([5, 5]), rows([7], wholeOutside, "int32")], attrs: nan, gradients: [] },
];

export const scatterAddCases: readonly OpCase<ScatterAddAttrs>[] = [
  { name: "words", inputs: [rows([3, 4], some, "int32"), rows([3, 4, 7])], attrs: { rows: 5 }, gradients: [1] },
  { name: "large table", inputs: [rows([5, 2], some), rows([5, 2, 3])], attrs: { rows: 97 }, gradients: [1] },
  { name: "bytes", inputs: [rows([7], some, "uint8"), rows([7, 2])], attrs: { rows: 5 }, gradients: [1] },
  { name: "numbers", inputs: [rows([3, 5], some), rows([3, 5])], attrs: { rows: 5 }, gradients: [1] },
  { name: "wide rows", inputs: [rows([4], [3]), rows([4, 70])], attrs: { rows: 13 }, gradients: [1] },
  { name: "not batched", inputs: [whole([3, 2], some), whole([3, 2, 4])], attrs: { rows: 5 }, gradients: [1] },
  { name: "outside", inputs: [rows([3, 3], outside), rows([3, 3, 2])], attrs: { rows: 5 }, gradients: [1] },
  {
    name: "outside, int32",
    inputs: [rows([7], wholeOutside, "int32"), rows([7, 3])],
    attrs: { rows: 5 },
    gradients: [1],
  },
];

export const gatherRowsCases: readonly OpCase<GatherAttrs>[] = [
  { name: "pixels", inputs: [rows([3, 5, 3]), rows([3, 4], some)], attrs: { outside: 0 }, gradients: [0] },
  { name: "numbers", inputs: [rows([2, 5]), rows([2, 7], some)], attrs: { outside: 0 }, gradients: [0] },
  { name: "wide entries", inputs: [rows([2, 5, 2, 7]), rows([2, 3], some)], attrs: { outside: 0 }, gradients: [0] },
  { name: "not batched", inputs: [whole([3, 5, 2]), whole([3, 4], some)], attrs: { outside: 0 }, gradients: [0] },
  { name: "outside", inputs: [rows([2, 5, 2]), rows([2, 9], outside)], attrs: { outside: 0.5 }, gradients: [0] },
];

export const scatterRowsCases: readonly OpCase<ScatterAddAttrs>[] = [
  { name: "pixels", inputs: [rows([3, 4, 3]), rows([3, 4], some)], attrs: { rows: 5 }, gradients: [0] },
  { name: "numbers", inputs: [rows([2, 7]), rows([2, 7], some)], attrs: { rows: 6 }, gradients: [0] },
  { name: "wide entries", inputs: [rows([2, 3, 2, 7]), rows([2, 3], some)], attrs: { rows: 5 }, gradients: [0] },
  { name: "not batched", inputs: [whole([3, 4, 2]), whole([3, 4], some)], attrs: { rows: 5 }, gradients: [0] },
  { name: "outside", inputs: [rows([2, 9, 2]), rows([2, 9], outside)], attrs: { rows: 5 }, gradients: [0] },
];
