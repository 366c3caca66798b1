/** Poolings that break kernels; the cases of both pooling ops and of their gradients are made from them. */
import type { AveragePool2dGradAttrs } from "../../src/ops/average-pool2d.ts";
import type { Pool2dAttrs } from "../../src/ops/max-pool2d.ts";
import { pads } from "./convolutions.ts";
import { type Draw, type OpCase, rows, whole } from "./op-case.ts";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const special: Draw = [nan, infinity, -infinity, 0, -0, 1, -1, 88, -88, 0.5];

const pool = (size: number, stride: number): Pool2dAttrs => ({
  window: [size, size],
  strides: [stride, stride],
  pad: pads(0, 0, 0, 0),
});
const poolings = [
  { name: "2x2", x: [3, 6, 4, 5], y: [3, 3, 2, 5], attrs: pool(2, 2) },
  { name: "unread border", x: [2, 5, 7, 3], y: [2, 2, 3, 3], attrs: pool(2, 2) },
  { name: "overlapping", x: [2, 5, 6, 3], y: [2, 3, 4, 3], attrs: pool(3, 1) },
  { name: "overlapping, strided", x: [2, 7, 7, 4], y: [2, 3, 3, 4], attrs: pool(3, 2) },
  { name: "gaps", x: [2, 7, 8, 2], y: [2, 2, 2, 2], attrs: pool(2, 5) },
  { name: "1x1", x: [1, 2, 3, 1], y: [1, 2, 3, 1], attrs: pool(1, 1) },
  { name: "whole image", x: [3, 3, 3, 7], y: [3, 1, 1, 7], attrs: pool(3, 3) },
  { name: "padded", x: [2, 5, 4, 3], y: [2, 3, 2, 3], attrs: { ...pool(3, 2), pad: pads(1, 1, 0, 1) } },
  {
    name: "oblong",
    x: [2, 5, 9, 2],
    y: [2, 5, 4, 2],
    attrs: { window: [2, 3], strides: [1, 2], pad: pads(0, 1, 0, 0) },
  },
] as const;

export const averagePool2dCases: readonly OpCase<Pool2dAttrs>[] = [
  ...poolings.map(({ name, x, attrs }) => ({ name, inputs: [rows(x)], attrs, gradients: [0] })),
  { name: "not batched", inputs: [whole([2, 4, 4, 3])], attrs: pool(2, 2), gradients: [0] },
  {
    name: "padding does not count",
    inputs: [rows([1, 3, 3, 1], [2, 4, 8])],
    attrs: { ...pool(2, 1), pad: pads(1, 1, 1, 1) },
    gradients: [0],
  },
  { name: "window of a loop", inputs: [rows([2, 6, 5, 5])], attrs: pool(5, 1), gradients: [0] },
  { name: "special numbers", inputs: [rows([2, 4, 4, 5], [...special, 3])], attrs: pool(2, 1), gradients: [] },
];

export const averagePool2dGradCases: readonly OpCase<AveragePool2dGradAttrs>[] = [
  ...poolings.map(({ name, x, y, attrs }) => ({
    name,
    inputs: [rows(y)],
    attrs: { ...attrs, size: [x[1], x[2]] as const },
    gradients: [0],
  })),
  { name: "not batched", inputs: [whole([2, 2, 2, 3])], attrs: { ...pool(2, 2), size: [4, 4] }, gradients: [] },
  { name: "NaN", inputs: [rows([1, 3, 3, 2], [nan, 1, 2])], attrs: { ...pool(2, 1), size: [4, 4] }, gradients: [] },
];

export const maxPool2dCases: readonly OpCase<Pool2dAttrs>[] = [
  ...poolings.map(({ name, x, attrs }) => ({ name, inputs: [rows(x, "distinct")], attrs, gradients: [0] })),
  { name: "ties", inputs: [rows([3, 5, 5, 3], "integers")], attrs: pool(3, 1), gradients: [] },
  { name: "not batched", inputs: [whole([2, 4, 4, 3], "distinct")], attrs: pool(2, 2), gradients: [0] },
  { name: "NaN wins", inputs: [rows([2, 4, 4, 5], [...special, 3, -4, 7])], attrs: pool(2, 1), gradients: [] },
  {
    name: "all negative, padded",
    inputs: [rows([1, 3, 3, 1], [-5, -3, -9])],
    attrs: { ...pool(2, 1), pad: pads(1, 1, 1, 1) },
    gradients: [],
  },
];

export const maxPool2dGradCases: readonly OpCase<Pool2dAttrs>[] = [
  ...poolings.map(({ name, x, y, attrs }) => ({ name, inputs: [rows(x, "distinct"), rows(y)], attrs, gradients: [1] })),
  { name: "ties", inputs: [rows([3, 5, 5, 3], "integers"), rows([3, 3, 3, 3])], attrs: pool(3, 1), gradients: [] },
  { name: "not batched", inputs: [whole([2, 4, 4, 3]), whole([2, 2, 2, 3])], attrs: pool(2, 2), gradients: [] },
];

export const maxPool2dPickCases: readonly OpCase<Pool2dAttrs>[] = [
  ...poolings.map(({ name, x, attrs }) => ({ name, inputs: [rows(x, "distinct"), rows(x)], attrs, gradients: [1] })),
  { name: "ties", inputs: [rows([3, 5, 5, 3], "integers"), rows([3, 5, 5, 3])], attrs: pool(3, 1), gradients: [] },
  { name: "not batched", inputs: [whole([2, 4, 4, 4]), whole([2, 4, 4, 4])], attrs: pool(2, 2), gradients: [] },
  {
    name: "the first NaN, and −∞ alone",
    inputs: [rows([2, 4, 4, 5], [...special, -infinity, -infinity, -infinity]), rows([2, 4, 4, 5])],
    attrs: pool(2, 1),
    gradients: [],
  },
];
