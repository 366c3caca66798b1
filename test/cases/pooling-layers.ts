/** Poolings, with options and shapes that break them: one row, odd sizes, borders that no window reads. Data only. */
import type { CasesOf } from "./layer-case.ts";

export const poolingCases = {
  AdaptiveAveragePooling1D: [
    { name: "overlapping windows", options: { outputSize: 4 }, input: [2, 9, 3], output: [2, 4, 3] },
    {
      name: "windows of two sizes, channels first",
      options: { outputSize: 4, dataFormat: "channels_first" },
      input: [1, 3, 10],
      output: [1, 3, 4],
    },
    { name: "more than there are", options: { outputSize: 5 }, input: [1, 3, 1], output: [1, 5, 1] },
  ],
  AdaptiveAveragePooling2D: [
    { name: "oblong", options: { outputSize: [3, 4] }, input: [2, 7, 9, 3], output: [2, 3, 4, 3] },
    {
      name: "one axis as it is, channels first",
      options: { outputSize: [1, 5], dataFormat: "channels_first" },
      input: [1, 2, 4, 5],
      output: [1, 2, 1, 5],
    },
  ],
  AdaptiveAveragePooling3D: [
    { name: "volumes", options: { outputSize: [2, 2, 3] }, input: [2, 5, 4, 6, 2], output: [2, 2, 2, 3, 2] },
    {
      name: "channels first",
      options: { outputSize: 2, dataFormat: "channels_first" },
      input: [1, 2, 3, 2, 4],
      output: [1, 2, 2, 2, 2],
    },
  ],
  AveragePooling3D: [
    { name: "2x2x2", options: { poolSize: 2 }, input: [2, 4, 5, 3, 3], output: [2, 2, 2, 1, 3] },
    {
      name: "same, overlapping, channels first",
      options: { poolSize: [3, 2, 3], strides: [2, 1, 2], padding: "same", dataFormat: "channels_first" },
      input: [1, 2, 5, 2, 4],
      output: [1, 2, 3, 2, 2],
    },
  ],
  GlobalAveragePooling3D: [
    { name: "volumes", options: {}, input: [2, 3, 1, 2, 5], output: [2, 5] },
    {
      name: "kept, channels first",
      options: { keepdims: true, dataFormat: "channels_first" },
      input: [1, 3, 2, 3, 2],
      output: [1, 3, 1, 1, 1],
    },
  ],
  AdaptiveMaxPooling1D: [
    { name: "overlapping windows", options: { outputSize: 4 }, input: [2, 9, 3], output: [2, 4, 3], draw: "distinct" },
    {
      name: "windows of two sizes, channels first",
      options: { outputSize: 4, dataFormat: "channels_first" },
      input: [1, 3, 10],
      output: [1, 3, 4],
      draw: "distinct",
    },
    { name: "more than there are", options: { outputSize: 5 }, input: [1, 3, 1], output: [1, 5, 1], draw: "distinct" },
  ],
  AdaptiveMaxPooling2D: [
    { name: "oblong", options: { outputSize: [3, 4] }, input: [2, 7, 9, 3], output: [2, 3, 4, 3], draw: "distinct" },
    {
      name: "one axis as it is, channels first",
      options: { outputSize: [1, 5], dataFormat: "channels_first" },
      input: [1, 2, 4, 5],
      output: [1, 2, 1, 5],
      draw: "distinct",
    },
  ],
  AdaptiveMaxPooling3D: [
    {
      name: "volumes",
      options: { outputSize: [2, 2, 3] },
      input: [2, 5, 4, 6, 2],
      output: [2, 2, 2, 3, 2],
      draw: "distinct",
    },
    {
      name: "channels first",
      options: { outputSize: 2, dataFormat: "channels_first" },
      input: [1, 2, 3, 2, 4],
      output: [1, 2, 2, 2, 2],
      draw: "distinct",
    },
  ],
  MaxPooling3D: [
    { name: "2x2x2", options: { poolSize: 2 }, input: [2, 4, 5, 3, 3], output: [2, 2, 2, 1, 3], draw: "distinct" },
    {
      name: "same, overlapping, channels first",
      options: { poolSize: [3, 2, 3], strides: [2, 1, 2], padding: "same", dataFormat: "channels_first" },
      input: [1, 2, 5, 2, 4],
      output: [1, 2, 3, 2, 2],
      draw: "distinct",
    },
  ],
  GlobalMaxPooling3D: [
    { name: "volumes", options: {}, input: [2, 3, 1, 2, 5], output: [2, 5], draw: "distinct" },
    {
      name: "kept, channels first",
      options: { keepdims: true, dataFormat: "channels_first" },
      input: [1, 3, 2, 3, 2],
      output: [1, 3, 1, 1, 1],
      draw: "distinct",
    },
  ],
  AveragePooling1D: [
    { name: "2", options: { poolSize: 2 }, input: [2, 7, 3], output: [2, 3, 3] },
    {
      name: "same, overlapping",
      options: { poolSize: 3, strides: 2, padding: "same" },
      input: [3, 7, 1],
      output: [3, 4, 1],
    },
    {
      name: "channels first",
      options: { poolSize: 3, strides: 2, padding: "same", dataFormat: "channels_first" },
      input: [2, 3, 7],
      output: [2, 3, 4],
    },
  ],
  AveragePooling2D: [
    { name: "2x2", options: { poolSize: 2 }, input: [2, 6, 4, 3], output: [2, 3, 2, 3] },
    { name: "unread border", options: { poolSize: 3 }, input: [2, 5, 7, 1], output: [2, 1, 2, 1] },
    {
      name: "same, overlapping",
      options: { poolSize: 3, strides: 2, padding: "same" },
      input: [3, 7, 8, 2],
      output: [3, 4, 4, 2],
    },
    {
      name: "same, oblong",
      options: { poolSize: [2, 5], strides: [1, 3], padding: "same" },
      input: [1, 3, 11, 5],
      output: [1, 3, 4, 5],
    },
    {
      name: "channels first",
      options: { poolSize: [2, 3], dataFormat: "channels_first" },
      input: [2, 3, 5, 7],
      output: [2, 3, 2, 2],
    },
  ],
  GlobalAveragePooling1D: [
    { name: "sequences", options: {}, input: [3, 5, 7], output: [3, 7] },
    { name: "kept", options: { keepdims: true }, input: [1, 1, 3], output: [1, 1, 3] },
    {
      name: "kept, channels first",
      options: { keepdims: true, dataFormat: "channels_first" },
      input: [2, 3, 5],
      output: [2, 3, 1],
    },
  ],
  GlobalAveragePooling2D: [
    { name: "images", options: {}, input: [3, 5, 7, 6], output: [3, 6] },
    { name: "kept", options: { keepdims: true }, input: [2, 3, 1, 5], output: [2, 1, 1, 5] },
    { name: "one pixel", options: {}, input: [1, 1, 1, 3], output: [1, 3] },
    { name: "channels first", options: { dataFormat: "channels_first" }, input: [2, 3, 5, 2], output: [2, 3] },
  ],
  GlobalMaxPooling1D: [
    { name: "sequences", options: {}, input: [3, 5, 7], output: [3, 7], draw: "distinct" },
    { name: "kept", options: { keepdims: true }, input: [1, 1, 3], output: [1, 1, 3] },
    {
      name: "kept, channels first",
      options: { keepdims: true, dataFormat: "channels_first" },
      input: [2, 3, 5],
      output: [2, 3, 1],
      draw: "distinct",
    },
  ],
  GlobalMaxPooling2D: [
    { name: "images", options: {}, input: [2, 3, 5, 7], output: [2, 7], draw: "distinct" },
    { name: "kept", options: { keepdims: true }, input: [1, 2, 1, 3], output: [1, 1, 1, 3], draw: "distinct" },
    {
      name: "channels first",
      options: { dataFormat: "channels_first" },
      input: [2, 3, 5, 2],
      output: [2, 3],
      draw: "distinct",
    },
  ],
  MaxPooling1D: [
    { name: "2", options: {}, input: [2, 7, 3], output: [2, 3, 3], draw: "distinct" },
    {
      name: "same, overlapping",
      options: { poolSize: 3, strides: [2], padding: "same" },
      input: [1, 7, 2],
      output: [1, 4, 2],
      draw: "distinct",
    },
    {
      name: "channels first",
      options: { dataFormat: "channels_first" },
      input: [2, 3, 7],
      output: [2, 3, 3],
      draw: "distinct",
    },
  ],
  MaxPooling2D: [
    { name: "2x2", options: {}, input: [2, 6, 4, 3], output: [2, 3, 2, 3], draw: "distinct" },
    { name: "unread border", options: { poolSize: 2 }, input: [2, 5, 7, 1], output: [2, 2, 3, 1], draw: "distinct" },
    {
      name: "same, overlapping",
      options: { poolSize: 3, strides: 2, padding: "same" },
      input: [1, 7, 8, 2],
      output: [1, 4, 4, 2],
      draw: "distinct",
    },
    {
      name: "all negative",
      options: { poolSize: [2, 3], strides: [1, 2], padding: "same" },
      input: [1, 3, 5, 1],
      output: [1, 3, 3, 1],
      draw: [-5, -1, -4, -2, -3.5, -6, -7, -0.5, -8, -9, -2.5, -1.5, -3, -4.5, -5.5],
    },
    {
      name: "channels first",
      options: { poolSize: [3, 2], strides: 2, padding: "same", dataFormat: "channels_first" },
      input: [2, 3, 5, 6],
      output: [2, 3, 3, 3],
      draw: "distinct",
    },
  ],
} satisfies CasesOf<
  | "AdaptiveAveragePooling1D"
  | "AdaptiveAveragePooling2D"
  | "AdaptiveAveragePooling3D"
  | "AveragePooling3D"
  | "GlobalAveragePooling3D"
  | "AdaptiveMaxPooling1D"
  | "AdaptiveMaxPooling2D"
  | "AdaptiveMaxPooling3D"
  | "MaxPooling3D"
  | "GlobalMaxPooling3D"
  | "AveragePooling1D"
  | "AveragePooling2D"
  | "GlobalAveragePooling1D"
  | "GlobalAveragePooling2D"
  | "GlobalMaxPooling1D"
  | "GlobalMaxPooling2D"
  | "MaxPooling1D"
  | "MaxPooling2D"
>;
