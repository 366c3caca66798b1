/** Attention, and products by Einstein's sums: one place, unequal sizes. Data only. */
import type { CasesOf } from "./layer-case.ts";

export const attentionCases = {
  AdditiveAttention: [
    {
      name: "two inputs",
      options: {},
      input: [2, 2, 3],
      more: [[2, 4, 3]],
      output: [2, 2, 3],
      weights: { scale: [3] },
    },
    { name: "one place", options: { useScale: false }, input: [1, 1, 2], more: [[1, 1, 2]], output: [1, 1, 2] },
  ],
  Attention: [
    {
      name: "a key of its own",
      options: { useScale: true },
      input: [2, 2, 3],
      more: [
        [2, 4, 5],
        [2, 4, 3],
      ],
      output: [2, 2, 5],
      weights: { scale: [] },
    },
    {
      name: "concat",
      options: { scoreMode: "concat" },
      input: [1, 2, 3],
      more: [[1, 1, 3]],
      output: [1, 2, 3],
      weights: { concat_score_weight: [] },
    },
    {
      name: "dropout",
      options: { dropout: 0.5, seed: 1 },
      input: [2, 2, 3],
      more: [[2, 3, 3]],
      output: [2, 2, 3],
      training: true,
    },
  ],
  EinsumDense: [
    {
      name: "heads",
      options: { equation: "abc,cde->abde", outputShape: [3, 2, 3], biasAxes: "e" },
      input: [2, 3, 4],
      output: [2, 3, 2, 3],
      weights: { kernel: [4, 2, 3], bias: [3] },
    },
    {
      name: "behind the dots",
      options: { equation: "...b,bc->...c", outputShape: 2, activation: "tanh" },
      input: [1, 2, 2, 3],
      output: [1, 2, 2, 2],
      weights: { kernel: [3, 2] },
    },
  ],
  GroupQueryAttention: [
    {
      name: "two groups",
      options: { headDim: 2, numQueryHeads: 4, numKeyValueHeads: 2, useBias: false },
      input: [2, 2, 3],
      more: [[2, 3, 3]],
      output: [2, 2, 3],
      weights: { kernel: [3, 4, 2], "kernel 2": [3, 2, 2], "kernel 3": [3, 2, 2], "kernel 4": [4, 2, 3] },
    },
  ],
  MultiHeadAttention: [
    {
      name: "two heads",
      options: { numHeads: 2, keyDim: 2, valueDim: 1, useBias: false },
      input: [2, 2, 3],
      more: [[2, 3, 4]],
      output: [2, 2, 3],
      weights: { kernel: [3, 2, 2], "kernel 2": [4, 2, 2], "kernel 3": [4, 2, 1], "kernel 4": [2, 1, 3] },
    },
    {
      name: "two axes of places",
      options: { numHeads: 1, keyDim: 2, useBias: false, outputShape: 1 },
      input: [1, 2, 2, 3],
      more: [[1, 2, 2, 3]],
      output: [1, 2, 2, 1],
      weights: { kernel: [3, 1, 2], "kernel 2": [3, 1, 2], "kernel 3": [3, 1, 2], "kernel 4": [1, 2, 1] },
    },
  ],
  ReversibleEmbedding: [
    {
      name: "words",
      options: { inputDim: 5, outputDim: 3 },
      input: [2, 4],
      output: [2, 4, 3],
      weights: { embeddings: [5, 3] },
      draw: [0, 4, 1, 2, 4, 4, 3, 0],
      indices: true,
    },
  ],
} satisfies CasesOf<
  | "AdditiveAttention"
  | "Attention"
  | "EinsumDense"
  | "GroupQueryAttention"
  | "MultiHeadAttention"
  | "ReversibleEmbedding"
>;
