/** Convolutions, with options and shapes that break them: one row, odd sizes, borders that no window reads. Data only. */
import type { CasesOf } from "./layer-case.ts";

export const convolutionCases = {
  Conv1D: [
    {
      name: "causal",
      options: { filters: 4, kernelSize: 3, padding: "causal", dilationRate: 2 },
      input: [2, 7, 3],
      output: [2, 7, 4],
      weights: { kernel: [3, 3, 4], bias: [4] },
    },
    {
      name: "strides, groups, relu",
      options: { filters: 6, kernelSize: 2, strides: 3, groups: 2, padding: "same", activation: "relu" },
      input: [3, 11, 4],
      output: [3, 4, 6],
      weights: { kernel: [2, 2, 6], bias: [6] },
    },
    {
      name: "one step",
      options: { filters: 1, kernelSize: [1], useBias: false },
      input: [1, 1, 5],
      output: [1, 1, 1],
      weights: { kernel: [1, 5, 1] },
    },
    {
      name: "causal, channels first",
      options: { filters: 4, kernelSize: 3, padding: "causal", dataFormat: "channels_first" },
      input: [2, 3, 7],
      output: [2, 4, 7],
      weights: { kernel: [3, 3, 4], bias: [4] },
    },
  ],
  Conv1DTranspose: [
    {
      name: "strides",
      options: { filters: 3, kernelSize: 3, strides: 2 },
      input: [2, 5, 2],
      output: [2, 11, 3],
      weights: { kernel: [3, 3, 2], bias: [3] },
    },
    {
      name: "same, output padding, channels first",
      options: {
        filters: 2,
        kernelSize: 4,
        strides: 3,
        padding: "same",
        outputPadding: 1,
        dataFormat: "channels_first",
        activation: "softmax",
        useBias: false,
      },
      input: [1, 3, 4],
      output: [1, 2, 10],
      weights: { kernel: [4, 2, 3] },
    },
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
    {
      name: "groups, channels first, relu",
      options: {
        filters: 6,
        kernelSize: [3, 2],
        strides: 2,
        groups: 2,
        padding: "same",
        dataFormat: "channels_first",
        activation: "relu",
      },
      input: [2, 4, 5, 7],
      output: [2, 6, 3, 4],
      weights: { kernel: [3, 2, 2, 6], bias: [6] },
    },
    {
      name: "channels first, softmax of the last axis",
      options: { filters: 2, kernelSize: 3, dataFormat: "channels_first", activation: "softmax", useBias: false },
      input: [1, 3, 5, 6],
      output: [1, 2, 3, 4],
      weights: { kernel: [3, 3, 3, 2] },
    },
  ],
  Conv2DTranspose: [
    {
      name: "strides",
      options: { filters: 3, kernelSize: 3, strides: 2 },
      input: [2, 3, 5, 2],
      output: [2, 7, 11, 3],
      weights: { kernel: [3, 3, 3, 2], bias: [3] },
    },
    {
      name: "same, oblong, tanh",
      options: { filters: 2, kernelSize: [2, 5], strides: [3, 1], padding: "same", activation: "tanh" },
      input: [3, 2, 5, 1],
      output: [3, 6, 5, 2],
      weights: { kernel: [2, 5, 2, 1], bias: [2] },
    },
    {
      name: "output padding, no bias",
      options: { filters: 1, kernelSize: 3, strides: 2, outputPadding: [1, 0], padding: "same", useBias: false },
      input: [1, 3, 4, 3],
      output: [1, 6, 7, 1],
      weights: { kernel: [3, 3, 1, 3] },
    },
    {
      name: "dilated",
      options: { filters: 2, kernelSize: 2, dilationRate: 3 },
      input: [2, 1, 3, 2],
      output: [2, 4, 6, 2],
      weights: { kernel: [2, 2, 2, 2], bias: [2] },
    },
    {
      name: "same, channels first",
      options: { filters: 2, kernelSize: 3, strides: 2, padding: "same", dataFormat: "channels_first" },
      input: [1, 3, 2, 4],
      output: [1, 2, 4, 8],
      weights: { kernel: [3, 3, 2, 3], bias: [2] },
    },
  ],
  Conv3D: [
    {
      name: "3x2x2",
      options: { filters: 4, kernelSize: [3, 2, 2] },
      input: [2, 4, 3, 4, 3],
      output: [2, 2, 2, 3, 4],
      weights: { kernel: [3, 2, 2, 3, 4], bias: [4] },
    },
    {
      name: "same, strides, groups, channels first",
      options: {
        filters: 4,
        kernelSize: 3,
        strides: [2, 1, 2],
        padding: "same",
        groups: 2,
        activation: "tanh",
        dataFormat: "channels_first",
      },
      input: [1, 4, 5, 2, 3],
      output: [1, 4, 3, 2, 2],
      weights: { kernel: [3, 3, 3, 2, 4], bias: [4] },
    },
    {
      name: "dilated, no bias",
      options: { filters: 2, kernelSize: 2, dilationRate: [2, 1, 3], useBias: false },
      input: [1, 4, 2, 5, 1],
      output: [1, 2, 1, 2, 2],
      weights: { kernel: [2, 2, 2, 1, 2] },
    },
    {
      name: "strides above the window",
      options: { filters: 2, kernelSize: 1, strides: 3 },
      input: [2, 4, 5, 3, 2],
      output: [2, 2, 2, 1, 2],
      weights: { kernel: [1, 1, 1, 2, 2], bias: [2] },
    },
  ],
  Conv3DTranspose: [
    {
      name: "strides",
      options: { filters: 3, kernelSize: [2, 3, 2], strides: [2, 1, 2] },
      input: [2, 2, 2, 3, 2],
      output: [2, 4, 4, 6, 3],
      weights: { kernel: [2, 3, 2, 3, 2], bias: [3] },
    },
    {
      name: "same, output padding, channels first",
      options: {
        filters: 2,
        kernelSize: 3,
        strides: 2,
        padding: "same",
        outputPadding: [1, 0, 1],
        dataFormat: "channels_first",
      },
      input: [1, 3, 2, 2, 1],
      output: [1, 2, 4, 3, 2],
      weights: { kernel: [3, 3, 3, 2, 3], bias: [2] },
    },
    {
      name: "strides above the window, dilated nowhere",
      options: { filters: 1, kernelSize: [1, 2, 1], strides: 3, useBias: false },
      input: [1, 2, 1, 2, 2],
      output: [1, 6, 3, 6, 1],
      weights: { kernel: [1, 2, 1, 1, 2] },
    },
  ],
  DepthwiseConv1D: [
    {
      name: "same, strides, two kernels each",
      options: { kernelSize: 3, strides: 2, padding: "same", depthMultiplier: 2, activation: "tanh" },
      input: [3, 7, 3],
      output: [3, 4, 6],
      weights: { kernel: [3, 3, 2], bias: [6] },
    },
    {
      name: "dilated, channels first",
      options: { kernelSize: 2, dilationRate: 3, useBias: false, dataFormat: "channels_first" },
      input: [1, 5, 7],
      output: [1, 5, 4],
      weights: { kernel: [2, 5, 1] },
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
    {
      name: "channels first",
      options: { kernelSize: 3, depthMultiplier: 2, dataFormat: "channels_first" },
      input: [2, 3, 6, 5],
      output: [2, 6, 4, 3],
      weights: { kernel: [3, 3, 3, 2], bias: [6] },
    },
  ],
  SeparableConv1D: [
    {
      name: "same, strides, three kernels each",
      options: { filters: 5, kernelSize: 3, strides: 2, padding: "same", depthMultiplier: 3, activation: "sigmoid" },
      input: [3, 7, 2],
      output: [3, 4, 5],
      weights: { depthwise_kernel: [3, 2, 3], pointwise_kernel: [1, 6, 5], bias: [5] },
    },
    {
      name: "dilated, channels first",
      options: { filters: 1, kernelSize: 2, dilationRate: 3, useBias: false, dataFormat: "channels_first" },
      input: [1, 3, 7],
      output: [1, 1, 4],
      weights: { depthwise_kernel: [2, 3, 1], pointwise_kernel: [1, 3, 1] },
    },
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
    {
      name: "channels first",
      options: { filters: 4, kernelSize: 3, dataFormat: "channels_first" },
      input: [2, 3, 6, 5],
      output: [2, 4, 4, 3],
      weights: { depthwise_kernel: [3, 3, 3, 1], pointwise_kernel: [1, 1, 3, 4], bias: [4] },
    },
  ],
} satisfies CasesOf<
  | "Conv1D"
  | "Conv1DTranspose"
  | "Conv2D"
  | "Conv2DTranspose"
  | "Conv3D"
  | "Conv3DTranspose"
  | "DepthwiseConv1D"
  | "DepthwiseConv2D"
  | "SeparableConv1D"
  | "SeparableConv2D"
>;
