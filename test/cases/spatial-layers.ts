/** Padding, cropping and upsampling, with options and shapes that break them: one row, odd sizes, sides alone. Data only. */
import type { CasesOf } from "./layer-case.ts";

export const spatialCases = {
  Cropping1D: [
    { name: "both sides", options: {}, input: [3, 5, 2], output: [3, 3, 2] },
    { name: "the end alone", options: { cropping: [0, 3] }, input: [1, 4, 3], output: [1, 1, 3] },
  ],
  Cropping2D: [
    { name: "nothing", options: {}, input: [2, 3, 2, 5], output: [2, 3, 2, 5] },
    { name: "rows and columns", options: { cropping: [2, 0] }, input: [1, 5, 4, 3], output: [1, 1, 4, 3] },
    {
      name: "side by side, channels first",
      options: {
        cropping: [
          [1, 0],
          [0, 3],
        ],
        dataFormat: "channels_first",
      },
      input: [3, 2, 4, 5],
      output: [3, 2, 3, 2],
    },
  ],
  Cropping3D: [
    { name: "every side", options: {}, input: [2, 3, 4, 3, 2], output: [2, 1, 2, 1, 2] },
    {
      name: "axes apart, channels first",
      options: { cropping: [[1, 0], 2, [0, 1]], dataFormat: "channels_first" },
      input: [1, 3, 2, 5, 3],
      output: [1, 3, 1, 1, 2],
    },
  ],
  UpSampling1D: [
    { name: "twice", options: {}, input: [2, 3, 5], output: [2, 6, 5] },
    { name: "once", options: { size: 1 }, input: [1, 3, 2], output: [1, 3, 2] },
  ],
  UpSampling2D: [
    { name: "twice", options: {}, input: [3, 2, 3, 5], output: [3, 4, 6, 5] },
    {
      name: "oblong, channels first",
      options: { size: [1, 3], dataFormat: "channels_first" },
      input: [2, 3, 2, 1],
      output: [2, 3, 2, 3],
    },
    {
      name: "bilinear",
      options: { size: [2, 3], interpolation: "bilinear" },
      input: [2, 3, 2, 3],
      output: [2, 6, 6, 3],
    },
    {
      name: "bicubic, channels first",
      options: { interpolation: "bicubic", dataFormat: "channels_first" },
      input: [1, 2, 3, 4],
      output: [1, 2, 6, 8],
    },
    { name: "lanczos", options: { interpolation: "lanczos3" }, input: [1, 4, 3, 1], output: [1, 8, 6, 1] },
  ],
  UpSampling3D: [
    { name: "twice", options: {}, input: [2, 1, 2, 3, 2], output: [2, 2, 4, 6, 2] },
    {
      name: "oblong, channels first",
      options: { size: [2, 1, 3], dataFormat: "channels_first" },
      input: [1, 3, 2, 3, 1],
      output: [1, 3, 4, 3, 3],
    },
  ],
  ZeroPadding1D: [
    { name: "both sides", options: {}, input: [3, 2, 5], output: [3, 4, 5] },
    {
      name: "the end alone, channels first",
      options: { padding: [0, 3], dataFormat: "channels_first" },
      input: [1, 3, 2],
      output: [1, 3, 5],
    },
  ],
  ZeroPadding2D: [
    { name: "every side", options: {}, input: [2, 3, 2, 5], output: [2, 5, 4, 5] },
    { name: "rows and columns", options: { padding: [2, 0] }, input: [1, 3, 4, 3], output: [1, 7, 4, 3] },
    {
      name: "side by side",
      options: {
        padding: [
          [1, 2],
          [0, 3],
        ],
      },
      input: [3, 1, 4, 1],
      output: [3, 4, 7, 1],
    },
    {
      name: "channels first",
      options: { padding: [[1, 0], 2], dataFormat: "channels_first" },
      input: [1, 3, 2, 2],
      output: [1, 3, 3, 6],
    },
  ],
  ZeroPadding3D: [
    { name: "every side", options: {}, input: [2, 1, 2, 3, 2], output: [2, 3, 4, 5, 2] },
    {
      name: "axes apart, channels first",
      options: { padding: [[1, 0], 2, [0, 1]], dataFormat: "channels_first" },
      input: [1, 3, 2, 1, 3],
      output: [1, 3, 3, 5, 4],
    },
  ],
} satisfies CasesOf<
  | "Cropping1D"
  | "Cropping2D"
  | "Cropping3D"
  | "UpSampling1D"
  | "UpSampling2D"
  | "UpSampling3D"
  | "ZeroPadding1D"
  | "ZeroPadding2D"
  | "ZeroPadding3D"
>;
