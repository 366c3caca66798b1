/** Inputs that break elementwise kernels: shapes that repeat, and numbers that are special. */
import { type Draw, type OpCase, rows, whole } from "./op-case.ts";

export type ElementwiseCase = OpCase<{ readonly operands: readonly (number | null)[] }>;

export const one = { operands: [null] };
export const two = { operands: [null, null] };
export const zeroKink: Draw = { kinks: [0] };
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
export const special: Draw = [nan, infinity, -infinity, 0, -0, 1, -1, 88, -88, 0.5];

export const unary = (draw: Draw = "normal", gradients: readonly number[] = [0]): ElementwiseCase[] => [
  { name: "one number", inputs: [whole([1], draw)], attrs: one, gradients },
  { name: "scalar", inputs: [whole([], draw)], attrs: one, gradients },
  { name: "97 numbers", inputs: [whole([97], draw)], attrs: one, gradients },
  { name: "rows of 7", inputs: [rows([5, 7], draw)], attrs: one, gradients },
  { name: "images", inputs: [rows([3, 3, 5, 2], draw)], attrs: one, gradients },
  { name: "special numbers", inputs: [rows([2, 10], special)], attrs: one, gradients: [] },
];

/** Fewer shapes, for ops that differ from others in their expression alone. */
export const brief = (
  draw: Draw = "normal",
  gradients: readonly number[] = [0],
  numbers: Draw = special,
): ElementwiseCase[] => [
  { name: "rows of 7", inputs: [rows([5, 7], draw)], attrs: one, gradients },
  { name: "special numbers", inputs: [rows([2, 10], numbers)], attrs: one, gradients: [] },
];

export const briefBinary = (a: Draw, b: Draw, gradients: readonly number[] = [0, 1]): ElementwiseCase[] => [
  { name: "column", inputs: [rows([5, 11], a), rows([5, 1], b)], attrs: two, gradients },
  { name: "special numbers", inputs: [whole([10, 1], special), whole([1, 10], special)], attrs: two, gradients: [] },
];

export const binary = (
  a: Draw = "normal",
  b: Draw = "normal",
  gradients: readonly number[] = [0, 1],
): ElementwiseCase[] => [
  { name: "equal shapes", inputs: [rows([3, 7], a), rows([3, 7], b)], attrs: two, gradients },
  { name: "bias", inputs: [rows([3, 5, 7], a), whole([7], b)], attrs: two, gradients },
  { name: "bias first", inputs: [whole([1, 11], a), rows([2, 11], b)], attrs: two, gradients },
  { name: "column", inputs: [rows([5, 11], a), rows([5, 1], b)], attrs: two, gradients },
  { name: "middle axis", inputs: [rows([2, 3, 1, 5], a), whole([1, 4, 1], b)], attrs: two, gradients },
  { name: "rows and a column", inputs: [rows([3, 1, 5], a), rows([3, 2, 1], b)], attrs: two, gradients },
  { name: "scalar value", inputs: [rows([4, 3], a), whole([], b)], attrs: two, gradients },
  { name: "outer", inputs: [whole([5, 1], a), whole([1, 3], b)], attrs: two, gradients },
  { name: "scalars", inputs: [whole([], a), whole([], b)], attrs: two, gradients },
  { name: "batch of one", inputs: [rows([1, 13], a), whole([13], b)], attrs: two, gradients },
  {
    name: "number second",
    inputs: [rows([3, 5], a)],
    attrs: { operands: [null, 1.5] },
    gradients: gradients.slice(0, 1),
  },
  {
    name: "number first",
    inputs: [whole([17], b)],
    attrs: { operands: [0.75, null] },
    gradients: gradients.slice(0, 1),
  },
  { name: "special numbers", inputs: [whole([10, 1], special), whole([1, 10], special)], attrs: two, gradients: [] },
];
