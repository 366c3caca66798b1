/** What prepares data: options and shapes that break it, one row, odd sizes. Data only. */
import type { CasesOf } from "./layer-case.ts";

export const preprocessingCases = {
  CenterCrop: [
    { name: "cut", options: { height: 4, width: 3 }, input: [2, 7, 6, 2], output: [2, 4, 3, 2] },
    { name: "too small", options: { height: 3, width: 5 }, input: [1, 5, 4, 1], output: [1, 3, 5, 1] },
  ],
  CategoryEncoding: [
    {
      name: "several",
      options: { numTokens: 4 },
      input: [2, 3],
      output: [2, 4],
      draw: [0, 2, 2, 3, 1, 3],
      indices: true,
    },
    {
      name: "one of a row",
      options: { numTokens: 3, outputMode: "one_hot" },
      input: [3, 1],
      output: [3, 3],
      draw: [2, 0, 1],
      indices: true,
    },
    {
      name: "how often, and one outside",
      options: { numTokens: 3, outputMode: "count" },
      input: [1, 5],
      output: [1, 3],
      draw: [0, 2, 2, 5, 2],
      indices: true,
    },
  ],
  Discretization: [
    { name: "bins", options: { binBoundaries: [-0.5, 0.2, 1] }, input: [3, 4], output: [3, 4], indices: true },
    {
      name: "vectors",
      options: { binBoundaries: [0], outputMode: "one_hot" },
      input: [2, 2, 3],
      output: [2, 2, 3, 2],
      indices: true,
    },
    {
      name: "how often",
      options: { binBoundaries: [0, 1], outputMode: "count" },
      input: [1, 5],
      output: [1, 3],
      indices: true,
    },
  ],
  MelSpectrogram: [
    {
      name: "decibels",
      options: { fftLength: 8, sequenceStride: 3, numMelBins: 2, samplingRate: 8000 },
      input: [2, 11],
      output: [2, 2, 4],
    },
    {
      name: "magnitudes, a short window",
      options: { fftLength: 7, sequenceLength: 4, sequenceStride: 2, numMelBins: 3, powerToDb: false, magExp: 1.5 },
      input: [3, 9],
      output: [3, 3, 5],
    },
  ],
  Normalization: [
    {
      name: "learned",
      options: {},
      input: [3, 2, 4],
      output: [3, 2, 4],
      weights: { mean: [4], variance: [4], count: [] },
      drawWeights: { variance: "positive" },
    },
    { name: "stated for all", options: { axis: null, mean: 0.5, variance: 2 }, input: [1, 5], output: [1, 5] },
    {
      name: "turned back",
      options: { axis: [1, 2], mean: [1, 2], variance: [4, 0.25], invert: true },
      input: [2, 3, 2],
      output: [2, 3, 2],
    },
  ],
  Rescaling: [
    { name: "all alike", options: { scale: 2, offset: -1 }, input: [3, 5], output: [3, 5] },
    { name: "channels", options: { scale: [0.5, 2, 1], offset: 0.5 }, input: [2, 2, 3, 3], output: [2, 2, 3, 3] },
  ],
  Resizing: [
    { name: "bilinear", options: { height: 5, width: 3 }, input: [2, 3, 4, 2], output: [2, 5, 3, 2] },
    {
      name: "area",
      options: { height: 2, width: 3, interpolation: "area" },
      input: [1, 5, 4, 1],
      output: [1, 2, 3, 1],
    },
    {
      name: "cut to the ratio",
      options: { height: 2, width: 4, cropToAspectRatio: true, antialias: true },
      input: [1, 5, 5, 2],
      output: [1, 2, 4, 2],
    },
    {
      name: "padded to the ratio",
      options: { height: 4, width: 4, padToAspectRatio: true, fillValue: 2, interpolation: "nearest" },
      input: [2, 3, 6, 1],
      output: [2, 4, 4, 1],
    },
  ],
  STFTSpectrogram: [
    {
      name: "logarithms",
      options: { frameLength: 5, frameStep: 2 },
      input: [2, 9, 2],
      output: [2, 3, 10],
      weights: { real_kernel: [5, 1, 5], imag_kernel: [5, 1, 5] },
    },
    {
      name: "angles, channels first",
      options: { mode: "angle", frameLength: 4, padding: "same", dataFormat: "channels_first", expandDims: true },
      input: [1, 2, 7],
      output: [1, 2, 4, 3],
      weights: { real_kernel: [4, 1, 3], imag_kernel: [4, 1, 3] },
    },
  ],
} satisfies CasesOf<
  | "CategoryEncoding"
  | "CenterCrop"
  | "Discretization"
  | "MelSpectrogram"
  | "Normalization"
  | "Rescaling"
  | "Resizing"
  | "STFTSpectrogram"
>;
