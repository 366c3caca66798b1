/** Normalization of rows and weights, and activations as layers, with options and shapes that break them: one row, odd sizes. Data only. */
import { Conv2D, Dense } from "../../src/nn/layers/index.ts";
import type { CasesOf } from "./layer-case.ts";

const affine = (...shape: number[]) => ({ gamma: shape, beta: shape });

export const normalizationCases = {
  ELU: [
    { name: "default", options: {}, input: [3, 7], output: [3, 7], draw: { kinks: [0] } },
    { name: "alpha", options: { alpha: 0.3 }, input: [1, 2, 5], output: [1, 2, 5], draw: { kinks: [0] } },
  ],
  GroupNormalization: [
    { name: "images", options: { groups: 2 }, input: [3, 3, 2, 6], output: [3, 3, 2, 6], weights: affine(6) },
    {
      name: "a group per channel",
      options: { groups: -1, axis: 1, scale: false },
      input: [2, 3, 5],
      output: [2, 3, 5],
      weights: { beta: [3] },
    },
    {
      name: "one group of vectors",
      options: { groups: 1, center: false, epsilon: 0.1 },
      input: [4, 5],
      output: [4, 5],
      weights: { gamma: [5] },
    },
  ],
  LayerNormalization: [
    { name: "last axis", options: {}, input: [3, 4, 5], output: [3, 4, 5], weights: affine(5) },
    {
      name: "an inner axis",
      options: { axis: 1, epsilon: 0.01 },
      input: [2, 5, 3],
      output: [2, 5, 3],
      weights: affine(5),
    },
    {
      name: "axes out of order",
      options: { axis: [3, 1], center: false },
      input: [2, 3, 2, 5],
      output: [2, 3, 2, 5],
      weights: { gamma: [3, 5] },
    },
    {
      name: "without the mean",
      options: { rmsScaling: true, scale: false },
      input: [1, 7],
      output: [1, 7],
      weights: { gamma: [7] },
    },
    { name: "no weights", options: { center: false, scale: false }, input: [3, 6], output: [3, 6] },
  ],
  RMSNormalization: [
    { name: "last axis", options: {}, input: [3, 2, 5], output: [3, 2, 5], weights: { scale: [5] } },
    {
      name: "all of a row",
      options: { axis: [1, 2], epsilon: 0.1 },
      input: [1, 4, 3],
      output: [1, 4, 3],
      weights: { scale: [4, 3] },
    },
  ],
  Softmax: [
    { name: "last axis", options: {}, input: [3, 4, 5], output: [3, 4, 5] },
    { name: "an inner axis", options: { axis: 1 }, input: [2, 3, 7], output: [2, 3, 7] },
    { name: "several axes", options: { axis: [1, -1] }, input: [1, 3, 2, 4], output: [1, 3, 2, 4] },
  ],
  // Training changes the kernel, and the gradient is that by the new one, which no difference of outputs shows: Keras's cases have it.
  SpectralNormalization: [
    {
      name: "Dense",
      options: { layer: new Dense({ units: 3 }) },
      input: [3, 5],
      output: [3, 3],
      weights: { kernel: [5, 3], vector_u: [1, 3], bias: [3] },
    },
    {
      name: "Conv2D",
      options: { layer: new Conv2D({ filters: 3, kernelSize: 2 }), powerIterations: 2 },
      input: [1, 4, 3, 2],
      output: [1, 3, 2, 3],
      weights: { kernel: [2, 2, 2, 3], vector_u: [1, 3], bias: [3] },
    },
  ],
  UnitNormalization: [
    { name: "last axis", options: {}, input: [3, 7], output: [3, 7] },
    { name: "several axes", options: { axis: [1, 2] }, input: [2, 3, 4, 2], output: [2, 3, 4, 2] },
  ],
} satisfies CasesOf<
  | "ELU"
  | "GroupNormalization"
  | "LayerNormalization"
  | "RMSNormalization"
  | "Softmax"
  | "SpectralNormalization"
  | "UnitNormalization"
>;
