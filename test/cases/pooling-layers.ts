/** Poolings, with options and shapes that break them: one row, odd sizes, borders that no window reads. Data only. */
import type { CasesOf } from "./layer-case.ts";

export const poolingCases = {
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
  | "AveragePooling1D"
  | "AveragePooling2D"
  | "GlobalAveragePooling1D"
  | "GlobalAveragePooling2D"
  | "GlobalMaxPooling1D"
  | "GlobalMaxPooling2D"
  | "MaxPooling1D"
  | "MaxPooling2D"
>;
