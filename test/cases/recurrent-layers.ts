/** Recurrent layers and wrappers over time: one row, one step, both ends first. Data only. */
import { Dense, GRU, LSTM, LSTMCell, SimpleRNN } from "../../src/nn/layers/index.ts";
import type { CasesOf } from "./layer-case.ts";

export const recurrentCases = {
  Bidirectional: [
    {
      name: "sum",
      options: { layer: new SimpleRNN({ units: 2, returnSequences: true, name: "inner" }), mergeMode: "sum" },
      input: [2, 3, 2],
      output: [2, 3, 2],
      weights: {
        kernel: [2, 2],
        recurrent_kernel: [2, 2],
        bias: [2],
        "kernel 2": [2, 2],
        "recurrent_kernel 2": [2, 2],
        "bias 2": [2],
      },
    },
    {
      name: "side by side",
      options: { layer: new GRU({ units: 2, useBias: false }) },
      input: [1, 2, 3],
      output: [1, 4],
      weights: { kernel: [3, 6], recurrent_kernel: [2, 6], "kernel 2": [3, 6], "recurrent_kernel 2": [2, 6] },
    },
  ],
  ConvLSTM1D: [
    {
      name: "sequence",
      options: { filters: 1, kernelSize: 2, returnSequences: true },
      input: [2, 2, 3, 2],
      output: [2, 2, 2, 1],
      weights: { kernel: [2, 2, 4], recurrent_kernel: [2, 1, 4], bias: [4] },
    },
  ],
  ConvLSTM2D: [
    {
      name: "last step",
      options: { filters: 1, kernelSize: [1, 2], padding: "same", useBias: false },
      input: [2, 2, 2, 3, 1],
      output: [2, 2, 3, 1],
      weights: { kernel: [1, 2, 1, 4], recurrent_kernel: [1, 2, 1, 4] },
    },
  ],
  ConvLSTM3D: [
    {
      name: "strides, channels first",
      options: { filters: 1, kernelSize: [1, 2, 2], strides: [1, 1, 2], dataFormat: "channels_first" },
      input: [1, 2, 2, 2, 2, 3],
      output: [1, 1, 2, 1, 1],
      weights: { kernel: [1, 2, 2, 2, 4], recurrent_kernel: [1, 2, 2, 1, 4], bias: [4] },
    },
  ],
  GRU: [
    {
      name: "last step",
      options: { units: 3 },
      input: [3, 2, 4],
      output: [3, 3],
      weights: { kernel: [4, 9], recurrent_kernel: [3, 9], bias: [2, 9] },
    },
    {
      name: "reset before the product, from the end",
      options: { units: 2, resetAfter: false, goBackwards: true, returnSequences: true },
      input: [2, 3, 1],
      output: [2, 3, 2],
      weights: { kernel: [1, 6], recurrent_kernel: [2, 6], bias: [6] },
    },
    {
      name: "a mask for each gate",
      options: { units: 2, dropout: 0.5, recurrentDropout: 0.25, resetAfter: false, seed: 1 },
      input: [3, 3, 2],
      output: [3, 2],
      weights: { kernel: [2, 6], recurrent_kernel: [2, 6], bias: [6] },
      training: true,
    },
  ],
  LSTM: [
    {
      name: "sequence",
      options: { units: 3, returnSequences: true },
      input: [3, 2, 4],
      output: [3, 2, 3],
      weights: { kernel: [4, 12], recurrent_kernel: [3, 12], bias: [12] },
    },
    {
      name: "one step, no bias",
      options: { units: 1, useBias: false },
      input: [1, 1, 1],
      output: [1, 1],
      weights: { kernel: [1, 4], recurrent_kernel: [1, 4] },
    },
    {
      name: "dropout",
      options: { units: 2, dropout: 0.5, recurrentDropout: 0.25, seed: 1 },
      input: [3, 3, 2],
      output: [3, 2],
      weights: { kernel: [2, 8], recurrent_kernel: [2, 8], bias: [8] },
      training: true,
    },
  ],
  Masking: [
    { name: "zeros", options: {}, input: [2, 3, 2], output: [2, 3, 2] },
    { name: "ones", options: { maskValue: 1 }, input: [1, 2, 2], output: [1, 2, 2] },
  ],
  RNN: [
    {
      name: "one cell",
      options: { cell: new LSTMCell({ units: 2, unitForgetBias: false }) },
      input: [2, 3, 2],
      output: [2, 2],
      weights: { kernel: [2, 8], recurrent_kernel: [2, 8], bias: [8] },
    },
  ],
  SimpleRNN: [
    {
      name: "sequence",
      options: { units: 2, returnSequences: true },
      input: [3, 2, 4],
      output: [3, 2, 2],
      weights: { kernel: [4, 2], recurrent_kernel: [2, 2], bias: [2] },
    },
    {
      name: "relu from the end",
      options: { units: 2, activation: "sigmoid", goBackwards: true },
      input: [1, 3, 1],
      output: [1, 2],
      weights: { kernel: [1, 2], recurrent_kernel: [2, 2], bias: [2] },
    },
  ],
  TimeDistributed: [
    {
      name: "Dense",
      options: { layer: new Dense({ units: 3 }) },
      input: [2, 3, 4],
      output: [2, 3, 3],
      weights: { kernel: [4, 3], bias: [3] },
    },
    {
      name: "a sequence of sequences",
      options: { layer: new LSTM({ units: 2 }) },
      input: [2, 2, 2, 3],
      output: [2, 2, 2],
      weights: { kernel: [3, 8], recurrent_kernel: [2, 8], bias: [8] },
    },
  ],
} satisfies CasesOf<
  | "Bidirectional"
  | "ConvLSTM1D"
  | "ConvLSTM2D"
  | "ConvLSTM3D"
  | "GRU"
  | "LSTM"
  | "Masking"
  | "RNN"
  | "SimpleRNN"
  | "TimeDistributed"
>;
