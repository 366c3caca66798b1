/** Cases of the ops that copy blocks (padding, cropping, concatenation, repetition) and of images of another size. */
import type { ConcatenateAttrs, CropAttrs, PadAttrs } from "../../src/ops/pad.ts";
import type { ResizeAttrs } from "../../src/ops/resize.ts";
import type { RepeatAttrs, SplitAttrs } from "../../src/ops/slice.ts";
import { type OpCase, rows, whole } from "./op-case.ts";

const none = [0, 0] as const;

export const padCases: readonly OpCase<PadAttrs>[] = [
  { name: "images", inputs: [rows([2, 3, 4, 5])], attrs: { pads: [none, [1, 2], [0, 3], none] }, gradients: [0] },
  { name: "one channel", inputs: [rows([3, 2, 5, 1])], attrs: { pads: [none, [0, 1], [2, 0], none] }, gradients: [0] },
  {
    name: "many channels",
    inputs: [rows([1, 2, 2, 67])],
    attrs: { pads: [none, [1, 1], [1, 1], none] },
    gradients: [0],
  },
  { name: "inner axis", inputs: [rows([4, 7])], attrs: { pads: [none, [3, 2]] }, gradients: [0] },
  { name: "nothing", inputs: [rows([2, 3, 3])], attrs: { pads: [none, none, none] }, gradients: [0] },
  { name: "not batched", inputs: [whole([3, 2, 4])], attrs: { pads: [none, [1, 0], [0, 2]] }, gradients: [0] },
];

export const steppedPadCases: readonly OpCase<PadAttrs>[] = [
  {
    name: "zeros between pixels",
    inputs: [rows([2, 3, 4, 5])],
    attrs: { pads: [none, [1, 2], [0, 3], none], strides: [1, 2, 3, 1] },
    gradients: [0],
  },
  { name: "turned round", inputs: [rows([3, 5])], attrs: { pads: [none, [1, 2]], strides: [1, -1] }, gradients: [0] },
  {
    name: "backwards in steps",
    inputs: [rows([2, 3, 4, 67])],
    attrs: { pads: [none, none, [2, 1], none], strides: [1, -2, -3, 1] },
    gradients: [0],
  },
  {
    name: "channels in steps, not batched",
    inputs: [whole([3, 2, 4])],
    attrs: { pads: [none, [1, 0], [0, 2]], strides: [1, 1, 2] },
    gradients: [0],
  },
];

export const steppedCropCases: readonly OpCase<CropAttrs>[] = [
  {
    name: "every other pixel",
    inputs: [rows([2, 5, 7, 3])],
    attrs: { start: [0, 1, 0, 0], size: [2, 3, 3], strides: [1, 2, 3, 1] },
    gradients: [0],
  },
  {
    name: "turned round",
    inputs: [rows([3, 2, 70])],
    attrs: { start: [0, 1, 69], size: [2, 70], strides: [1, -1, -1] },
    gradients: [0],
  },
  {
    name: "rows turned round",
    inputs: [rows([2, 4, 71])],
    attrs: { start: [0, 3, 0], size: [4, 71], strides: [1, -1, 1] },
    gradients: [0],
  },
  {
    name: "backwards in steps, not batched",
    inputs: [whole([2, 9, 4])],
    attrs: { start: [0, 7, 3], size: [3, 2], strides: [1, -3, -2] },
    gradients: [0],
  },
];

export const cropCases: readonly OpCase<CropAttrs>[] = [
  { name: "images", inputs: [rows([2, 5, 6, 3])], attrs: { start: [0, 1, 2, 0], size: [3, 4, 3] }, gradients: [0] },
  { name: "channels", inputs: [rows([3, 2, 3, 7])], attrs: { start: [0, 0, 0, 2], size: [2, 3, 5] }, gradients: [0] },
  { name: "one entry", inputs: [rows([5, 9])], attrs: { start: [0, 8], size: [1] }, gradients: [0] },
  { name: "not batched", inputs: [whole([3, 4, 71])], attrs: { start: [0, 1, 1], size: [2, 70] }, gradients: [0] },
];

export const splitCases: readonly OpCase<SplitAttrs>[] = [
  { name: "channels", inputs: [rows([2, 3, 2, 12])], attrs: { axis: 3, sizes: [4, 1, 7] }, gradients: [0] },
  { name: "time steps", inputs: [rows([3, 5, 7])], attrs: { axis: 1, sizes: [1, 1, 1, 1, 1] }, gradients: [0] },
  { name: "not batched, first", inputs: [whole([5, 3])], attrs: { axis: 0, sizes: [2, 3] }, gradients: [0] },
  { name: "one part", inputs: [rows([3, 5])], attrs: { axis: 1, sizes: [5] }, gradients: [0] },
];

export const concatenateCases: readonly OpCase<ConcatenateAttrs>[] = [
  {
    name: "channels",
    inputs: [rows([2, 3, 2, 4]), rows([2, 3, 2, 1]), rows([2, 3, 2, 7])],
    attrs: { axis: 3 },
    gradients: [0, 1, 2],
  },
  { name: "rows of images", inputs: [rows([3, 1, 5, 2]), rows([3, 4, 5, 2])], attrs: { axis: 1 }, gradients: [0, 1] },
  { name: "vectors", inputs: [rows([5, 65]), rows([5, 3])], attrs: { axis: 1 }, gradients: [0, 1] },
  { name: "one value", inputs: [rows([2, 3])], attrs: { axis: 1 }, gradients: [0] },
  { name: "not batched", inputs: [whole([2, 3, 5]), whole([2, 4, 5])], attrs: { axis: 1 }, gradients: [0, 1] },
  {
    name: "more values than a shader binds",
    inputs: Array.from({ length: 25 }, (_, i) => rows([3, 1 + (i % 4)])),
    attrs: { axis: 1 },
    gradients: [0, 24],
  },
];

export const repeatCases: readonly OpCase<RepeatAttrs>[] = [
  { name: "images", inputs: [rows([2, 3, 4, 5])], attrs: { times: [1, 2, 3, 1] }, gradients: [0] },
  { name: "channels first", inputs: [rows([3, 2, 3, 1])], attrs: { times: [1, 1, 2, 2] }, gradients: [0] },
  { name: "one axis", inputs: [rows([2, 3, 67])], attrs: { times: [1, 4, 1] }, gradients: [0] },
  { name: "not batched, all axes", inputs: [whole([2, 3])], attrs: { times: [2, 3] }, gradients: [0] },
];

export const resizeCases: readonly OpCase<ResizeAttrs>[] = [
  {
    name: "bilinear, larger",
    inputs: [rows([2, 3, 4, 5])],
    attrs: { size: [6, 7], method: "bilinear", antialias: false },
    gradients: [0],
  },
  {
    name: "bicubic, one axis",
    inputs: [rows([3, 5, 4, 1])],
    attrs: { size: [8, 4], method: "bicubic", antialias: false },
    gradients: [0],
  },
  {
    name: "nearest, smaller and larger",
    inputs: [rows([2, 5, 3, 2])],
    attrs: { size: [3, 7], method: "nearest", antialias: false },
    gradients: [0],
  },
  {
    name: "lanczos with antialias, not batched",
    inputs: [whole([1, 7, 6, 3])],
    attrs: { size: [3, 4], method: "lanczos3", antialias: true },
    gradients: [0],
  },
  {
    name: "the same size",
    inputs: [rows([2, 3, 2, 3])],
    attrs: { size: [3, 2], method: "area", antialias: false },
    gradients: [0],
  },
];
