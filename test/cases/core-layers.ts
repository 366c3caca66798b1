/** Dense, embeddings, activations, shapes, and own functions, with options and shapes that break them: one row, odd sizes, borders that no window reads. Data only. */
import type { Sym } from "../../src/ir/graph.ts";
import { mul } from "../../src/ops/elementwise.ts";
import { reduceSum } from "../../src/ops/reduce.ts";
import type { CasesOf } from "./layer-case.ts";

const double = (x: Sym): Sym => mul(x, 2);
const total = (x: Sym): Sym => reduceSum(x, [1]);

export const coreCases = {
  Activation: [
    { name: "linear", options: { activation: "linear" }, input: [3, 5], output: [3, 5] },
    { name: "relu", options: { activation: "relu" }, input: [2, 3, 5, 2], output: [2, 3, 5, 2], draw: { kinks: [0] } },
    { name: "sigmoid", options: { activation: "sigmoid" }, input: [3, 7], output: [3, 7] },
    { name: "softmax", options: { activation: "softmax" }, input: [3, 10], output: [3, 10] },
    { name: "softmax of pixels", options: { activation: "softmax" }, input: [2, 3, 3, 4], output: [2, 3, 3, 4] },
    { name: "tanh", options: { activation: "tanh" }, input: [1, 9], output: [1, 9] },
  ],
  Dense: [
    {
      name: "softmax",
      options: { units: 10, activation: "softmax" },
      input: [5, 13],
      output: [5, 10],
      weights: { kernel: [13, 10], bias: [10] },
    },
    {
      name: "one unit",
      options: { units: 1 },
      input: [3, 7],
      output: [3, 1],
      weights: { kernel: [7, 1], bias: [1] },
    },
    {
      name: "leading axes",
      options: { units: 4, useBias: false },
      input: [2, 3, 5],
      output: [2, 3, 4],
      weights: { kernel: [5, 4] },
    },
  ],
  Embedding: [
    {
      name: "words",
      options: { inputDim: 5, outputDim: 3 },
      input: [2, 4],
      output: [2, 4, 3],
      weights: { embeddings: [5, 3] },
      draw: [0, 4, 1, 2, 4, 4, 3, 0],
      indices: true,
    },
    {
      name: "one row",
      options: { inputDim: 1, outputDim: 1, maskZero: true },
      input: [3, 1],
      output: [3, 1, 1],
      weights: { embeddings: [1, 1] },
      draw: [0, 0, 0],
      indices: true,
    },
  ],
  Flatten: [
    { name: "images", options: {}, input: [2, 3, 5, 4], output: [2, 60] },
    { name: "vectors", options: {}, input: [3, 7], output: [3, 7] },
    { name: "numbers", options: {}, input: [5], output: [5, 1] },
    { name: "channels first", options: { dataFormat: "channels_first" }, input: [2, 3, 4, 2], output: [2, 24] },
    { name: "vectors, channels first", options: { dataFormat: "channels_first" }, input: [2, 3], output: [2, 3] },
  ],
  Identity: [{ name: "any", options: {}, input: [2, 3, 5], output: [2, 3, 5] }],
  Lambda: [
    { name: "doubles", options: { function: double }, input: [2, 3], output: [2, 3] },
    { name: "pools", options: { function: total }, input: [3, 2, 5], output: [3, 5] },
  ],
  LayerScale: [
    {
      name: "images",
      options: { initValues: 0.5, projectionDim: 3 },
      input: [2, 3, 4, 3],
      output: [2, 3, 4, 3],
      weights: { variable: [3] },
    },
    {
      name: "rows",
      options: { initValues: -1, projectionDim: 5 },
      input: [3, 5],
      output: [3, 5],
      weights: { variable: [5] },
    },
  ],
  LeakyReLU: [
    { name: "default", options: {}, input: [3, 7], output: [3, 7], draw: { kinks: [0] } },
    { name: "steep", options: { negativeSlope: 2 }, input: [1, 5], output: [1, 5], draw: { kinks: [0] } },
  ],
  Permute: [
    { name: "sequences", options: { dims: [2, 1] }, input: [2, 5, 3], output: [2, 3, 5] },
    { name: "channels first", options: { dims: [3, 1, 2] }, input: [3, 2, 7, 5], output: [3, 5, 2, 7] },
    { name: "nothing moves", options: { dims: [1] }, input: [1, 7], output: [1, 7] },
  ],
  PReLU: [
    { name: "own slopes", options: {}, input: [3, 7], output: [3, 7], weights: { alpha: [7] }, draw: { kinks: [0] } },
    {
      name: "a slope per channel",
      options: { sharedAxes: [1, 2] },
      input: [2, 3, 4, 5],
      output: [2, 3, 4, 5],
      weights: { alpha: [1, 1, 5] },
      draw: { kinks: [0] },
    },
    {
      name: "one slope",
      options: { sharedAxes: 1 },
      input: [1, 3],
      output: [1, 3],
      weights: { alpha: [1] },
      draw: { kinks: [0] },
    },
  ],
  ReLU: [
    { name: "plain", options: {}, input: [2, 3, 3, 2], output: [2, 3, 3, 2], draw: { kinks: [0] } },
    {
      name: "limited, leaking",
      options: { maxValue: 1, negativeSlope: 0.1 },
      input: [3, 11],
      output: [3, 11],
      draw: { kinks: [0, 1] },
    },
    {
      name: "threshold",
      options: { threshold: 0.5, negativeSlope: 0.2 },
      input: [4, 9],
      output: [4, 9],
      draw: { kinks: [0.5] },
    },
  ],
  RepeatVector: [
    { name: "3 times", options: { n: 3 }, input: [4, 5], output: [4, 3, 5] },
    { name: "once", options: { n: 1 }, input: [1, 1], output: [1, 1, 1] },
  ],
  Reshape: [
    { name: "to an image", options: { targetShape: [2, 3, 1] }, input: [4, 6], output: [4, 2, 3, 1] },
    { name: "one axis left open", options: { targetShape: [6, -1] }, input: [2, 3, 4], output: [2, 6, 2] },
  ],
} satisfies CasesOf<
  | "Activation"
  | "Dense"
  | "Embedding"
  | "Flatten"
  | "Identity"
  | "Lambda"
  | "LayerScale"
  | "LeakyReLU"
  | "Permute"
  | "PReLU"
  | "ReLU"
  | "RepeatVector"
  | "Reshape"
>;
