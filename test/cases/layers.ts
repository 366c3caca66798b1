/** Every layer with options and shapes that break it: one row, odd sizes, borders that no window reads. Data only. */
import type { Shape } from "../../src/base/shape.ts";
import type * as barrel from "../../src/nn/layers/index.ts";
import type { Layer } from "../../src/nn/layers/layer.ts";
import type { Draw } from "./op-case.ts";

type Barrel = typeof barrel;

/** Names of the layers that compute: a layer that is added to the barrel does not compile before it has cases here. */
export type LayerName = {
  [Name in keyof Barrel]: Barrel[Name] extends new (...options: never) => Layer ? Name : never;
}[Exclude<keyof Barrel, "InputLayer">];

export interface LayerCase<Options = object> {
  readonly name: string;
  readonly options: Options;
  /** Shape of the input, batch first. */
  readonly input: Shape;
  /** Of the further inputs, for layers that take several. */
  readonly more?: readonly Shape[];
  /** Shape of the output, counted by hand. */
  readonly output: Shape;
  /** Names and shapes of the weights, in Keras's order. Default none. */
  readonly weights?: Readonly<Record<string, Shape>>;
  /** Default "normal". */
  readonly draw?: Draw;
  /** How weights are drawn, by name; default "normal". */
  readonly drawWeights?: Readonly<Record<string, Draw>>;
  /** Default false. */
  readonly training?: boolean;
}

const variances = { moving_variance: "positive" } as const;
const statistics = (size: number) => ({
  gamma: [size],
  beta: [size],
  moving_mean: [size],
  moving_variance: [size],
});

export const layerCases = {
  Activation: [
    { name: "linear", options: { activation: "linear" }, input: [3, 5], output: [3, 5] },
    { name: "relu", options: { activation: "relu" }, input: [2, 3, 5, 2], output: [2, 3, 5, 2], draw: { kinks: [0] } },
    { name: "sigmoid", options: { activation: "sigmoid" }, input: [3, 7], output: [3, 7] },
    { name: "softmax", options: { activation: "softmax" }, input: [3, 10], output: [3, 10] },
    { name: "softmax of pixels", options: { activation: "softmax" }, input: [2, 3, 3, 4], output: [2, 3, 3, 4] },
    { name: "tanh", options: { activation: "tanh" }, input: [1, 9], output: [1, 9] },
  ],
  Add: [
    { name: "two", options: {}, input: [2, 3, 4, 5], more: [[2, 3, 4, 5]], output: [2, 3, 4, 5] },
    {
      name: "three",
      options: {},
      input: [3, 7],
      more: [
        [3, 7],
        [3, 7],
      ],
      output: [3, 7],
    },
    { name: "one", options: {}, input: [2, 3], output: [2, 3] },
    { name: "repeated axes", options: {}, input: [2, 1, 4, 1], more: [[2, 3, 1, 5]], output: [2, 3, 4, 5] },
    { name: "missing axes", options: {}, input: [2, 3, 4], more: [[2, 4]], output: [2, 3, 4] },
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
  ],
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
  Concatenate: [
    { name: "channels", options: {}, input: [2, 3, 2, 4], more: [[2, 3, 2, 3]], output: [2, 3, 2, 7] },
    {
      name: "rows",
      options: { axis: 1 },
      input: [3, 1, 5],
      more: [
        [3, 2, 5],
        [3, 4, 5],
      ],
      output: [3, 7, 5],
    },
    { name: "from the end", options: { axis: -2 }, input: [1, 2, 3, 2], more: [[1, 2, 1, 2]], output: [1, 2, 4, 2] },
  ],
  Conv2D: [
    {
      name: "3x3",
      options: { filters: 4, kernelSize: 3 },
      input: [3, 7, 7, 2],
      output: [3, 5, 5, 4],
      weights: { kernel: [3, 3, 2, 4], bias: [4] },
    },
    {
      name: "relu, one channel",
      options: { filters: 6, kernelSize: [3, 3], activation: "relu" },
      input: [2, 9, 8, 1],
      output: [2, 7, 6, 6],
      weights: { kernel: [3, 3, 1, 6], bias: [6] },
    },
    {
      name: "same with strides",
      options: { filters: 5, kernelSize: [3, 2], strides: 2, padding: "same" },
      input: [2, 9, 8, 3],
      output: [2, 5, 4, 5],
      weights: { kernel: [3, 2, 3, 5], bias: [5] },
    },
    {
      name: "strides that leave a border",
      options: { filters: 3, kernelSize: 3, strides: [2, 3] },
      input: [2, 8, 9, 2],
      output: [2, 3, 3, 3],
      weights: { kernel: [3, 3, 2, 3], bias: [3] },
    },
    {
      name: "dilated",
      options: { filters: 3, kernelSize: 3, dilationRate: 2, padding: "same", useBias: false },
      input: [1, 7, 6, 2],
      output: [1, 7, 6, 3],
      weights: { kernel: [3, 3, 2, 3] },
    },
    {
      name: "groups",
      options: { filters: 6, kernelSize: 3, groups: 2, activation: "tanh" },
      input: [2, 5, 5, 4],
      output: [2, 3, 3, 6],
      weights: { kernel: [3, 3, 2, 6], bias: [6] },
    },
    {
      name: "1x1",
      options: { filters: 7, kernelSize: 1 },
      input: [2, 4, 4, 5],
      output: [2, 4, 4, 7],
      weights: { kernel: [1, 1, 5, 7], bias: [7] },
    },
    {
      name: "the whole image",
      options: { filters: 3, kernelSize: 4 },
      input: [1, 4, 4, 2],
      output: [1, 1, 1, 3],
      weights: { kernel: [4, 4, 2, 3], bias: [3] },
    },
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
  DepthwiseConv2D: [
    {
      name: "3x3",
      options: { kernelSize: 3 },
      input: [3, 6, 7, 5],
      output: [3, 4, 5, 5],
      weights: { kernel: [3, 3, 5, 1], bias: [5] },
    },
    {
      name: "same, strides, two kernels each",
      options: { kernelSize: [3, 2], strides: 2, padding: "same", depthMultiplier: 2, activation: "tanh" },
      input: [2, 7, 6, 3],
      output: [2, 4, 3, 6],
      weights: { kernel: [3, 2, 3, 2], bias: [6] },
    },
    {
      name: "dilated, no bias",
      options: { kernelSize: 3, dilationRate: 2, padding: "same", useBias: false },
      input: [1, 7, 11, 8],
      output: [1, 7, 11, 8],
      weights: { kernel: [3, 3, 8, 1] },
    },
    {
      name: "one channel",
      options: { kernelSize: 1 },
      input: [2, 3, 3, 1],
      output: [2, 3, 3, 1],
      weights: { kernel: [1, 1, 1, 1], bias: [1] },
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
  Flatten: [
    { name: "images", options: {}, input: [2, 3, 5, 4], output: [2, 60] },
    { name: "vectors", options: {}, input: [3, 7], output: [3, 7] },
    { name: "numbers", options: {}, input: [5], output: [5, 1] },
  ],
  GlobalAveragePooling2D: [
    { name: "images", options: {}, input: [3, 5, 7, 6], output: [3, 6] },
    { name: "kept", options: { keepdims: true }, input: [2, 3, 1, 5], output: [2, 1, 1, 5] },
    { name: "one pixel", options: {}, input: [1, 1, 1, 3], output: [1, 3] },
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
  Reshape: [
    { name: "to an image", options: { targetShape: [2, 3, 1] }, input: [4, 6], output: [4, 2, 3, 1] },
    { name: "one axis left open", options: { targetShape: [6, -1] }, input: [2, 3, 4], output: [2, 6, 2] },
  ],
  SeparableConv2D: [
    {
      name: "3x3",
      options: { filters: 4, kernelSize: 3 },
      input: [2, 6, 5, 3],
      output: [2, 4, 3, 4],
      weights: { depthwise_kernel: [3, 3, 3, 1], pointwise_kernel: [1, 1, 3, 4], bias: [4] },
    },
    {
      name: "same, strides, three kernels each",
      options: {
        filters: 5,
        kernelSize: [2, 3],
        strides: 2,
        padding: "same",
        depthMultiplier: 3,
        activation: "sigmoid",
      },
      input: [3, 5, 7, 2],
      output: [3, 3, 4, 5],
      weights: { depthwise_kernel: [2, 3, 2, 3], pointwise_kernel: [1, 1, 6, 5], bias: [5] },
    },
    {
      name: "dilated, no bias",
      options: { filters: 1, kernelSize: 2, dilationRate: [1, 3], useBias: false },
      input: [1, 4, 7, 5],
      output: [1, 3, 4, 1],
      weights: { depthwise_kernel: [2, 2, 5, 1], pointwise_kernel: [1, 1, 5, 1] },
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
  ],
} satisfies { readonly [N in LayerName]: readonly LayerCase<ConstructorParameters<Barrel[N]>[0]>[] };
