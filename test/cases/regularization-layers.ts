/** Normalization and dropout, with options and shapes that break them: one row, odd sizes, borders that no window reads. Data only. */
import type { CasesOf } from "./layer-case.ts";

const variances = { moving_variance: "positive" } as const;
const statistics = (size: number) => ({
  gamma: [size],
  beta: [size],
  moving_mean: [size],
  moving_variance: [size],
});

export const regularizationCases = {
  BatchNormalization: [
    {
      name: "training",
      options: {},
      input: [3, 4, 5, 6],
      output: [3, 4, 5, 6],
      weights: statistics(6),
      drawWeights: variances,
      training: true,
    },
    {
      name: "training, one channel",
      options: { momentum: 0.5, epsilon: 0.1 },
      input: [5, 3, 3, 1],
      output: [5, 3, 3, 1],
      weights: statistics(1),
      drawWeights: variances,
      training: true,
    },
    {
      name: "training, rows",
      options: { axis: 1, scale: false },
      input: [2, 3, 7, 2],
      output: [2, 3, 7, 2],
      weights: { beta: [3], moving_mean: [3], moving_variance: [3] },
      drawWeights: variances,
      training: true,
    },
    {
      name: "training, sequences",
      options: { axis: -2, center: false },
      input: [4, 5, 11],
      output: [4, 5, 11],
      weights: { gamma: [5], moving_mean: [5], moving_variance: [5] },
      drawWeights: variances,
      training: true,
    },
    {
      name: "prediction",
      options: {},
      input: [3, 2, 3, 7],
      output: [3, 2, 3, 7],
      weights: statistics(7),
      drawWeights: variances,
    },
    {
      name: "prediction, vectors, neither center nor scale",
      options: { center: false, scale: false },
      input: [3, 5],
      output: [3, 5],
      weights: { moving_mean: [5], moving_variance: [5] },
      drawWeights: variances,
    },
    {
      name: "frozen in training",
      options: { trainable: false },
      input: [3, 5],
      output: [3, 5],
      weights: statistics(5),
      drawWeights: variances,
      training: true,
    },
  ],
  ActivityRegularization: [{ name: "no penalty", options: {}, input: [3, 5], output: [3, 5] }],
  AlphaDropout: [
    { name: "half", options: { rate: 0.5, seed: 7 }, input: [4, 9], output: [4, 9], training: true },
    {
      name: "whole channels",
      options: { rate: 0.4, seed: 3, noiseShape: [null, 1, null] },
      input: [3, 4, 5],
      output: [3, 4, 5],
      training: true,
    },
    { name: "prediction", options: { rate: 0.9 }, input: [2, 3], output: [2, 3] },
  ],
  GaussianDropout: [
    { name: "a third", options: { rate: 0.3, seed: 5 }, input: [3, 2, 7], output: [3, 2, 7], training: true },
    { name: "prediction", options: { rate: 0.9 }, input: [2, 3], output: [2, 3] },
  ],
  GaussianNoise: [
    { name: "a little", options: { stddev: 0.2, seed: 5 }, input: [3, 7], output: [3, 7], training: true },
    { name: "none", options: { stddev: 0 }, input: [2, 3], output: [2, 3], training: true },
  ],
  SpatialDropout1D: [
    { name: "half", options: { rate: 0.5, seed: 4 }, input: [3, 2, 5], output: [3, 2, 5], training: true },
  ],
  SpatialDropout2D: [
    { name: "half", options: { rate: 0.5, seed: 4 }, input: [2, 2, 3, 5], output: [2, 2, 3, 5], training: true },
    {
      name: "channels first",
      options: { rate: 0.5, seed: 4, dataFormat: "channels_first" },
      input: [3, 5, 2, 3],
      output: [3, 5, 2, 3],
      training: true,
    },
  ],
  SpatialDropout3D: [
    { name: "half", options: { rate: 0.5, seed: 4 }, input: [2, 2, 1, 2, 5], output: [2, 2, 1, 2, 5], training: true },
    {
      name: "all, prediction",
      options: { rate: 1, dataFormat: "channels_first" },
      input: [1, 3, 2, 1, 2],
      output: [1, 3, 2, 1, 2],
    },
  ],
  Dropout: [
    { name: "half", options: { rate: 0.5, seed: 7 }, input: [4, 9], output: [4, 9], training: true },
    {
      name: "whole channels",
      options: { rate: 0.4, seed: 3, noiseShape: [null, 1, 1, null] },
      input: [3, 2, 4, 5],
      output: [3, 2, 4, 5],
      training: true,
    },
    { name: "all", options: { rate: 1 }, input: [2, 3], output: [2, 3], training: true },
    { name: "none", options: { rate: 0 }, input: [2, 3], output: [2, 3], training: true },
    { name: "prediction", options: { rate: 0.9 }, input: [2, 3], output: [2, 3] },
  ],
} satisfies CasesOf<
  | "ActivityRegularization"
  | "AlphaDropout"
  | "BatchNormalization"
  | "Dropout"
  | "GaussianDropout"
  | "GaussianNoise"
  | "SpatialDropout1D"
  | "SpatialDropout2D"
  | "SpatialDropout3D"
>;
