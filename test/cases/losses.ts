/** Every loss with the targets and outputs that break it. Data only. */
import type * as barrel from "../../src/nn/losses/index.ts";
import type { ClassNames } from "../../src/nn/registry.ts";
import { type CaseInput, rows } from "./op-case.ts";

type Barrel = typeof barrel;

export type LossName = ClassNames<Barrel, barrel.Loss>;

export interface LossCase<Options = object> {
  readonly name: string;
  readonly options: Options;
  readonly yTrue: CaseInput;
  readonly yPred: CaseInput;
  /** Default: no weights. */
  readonly weights?: CaseInput;
}

const oneHot = rows([4, 3], [0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0]);
const labels = rows([4], [2, 0, 1, 1]);
/** Certain and right, certain and wrong, beyond the clip on either side, not normalised. */
const certain = rows([4, 3], [0, 1, 0, 0, 0, 1, 1e-9, 1e-9, 1, 4, 2, 2]);
/** Far apart: exp would overflow without a shift. */
const farApart = rows([4, 3], [1000, -1000, 0, 0, 90, -90, 1e-3, 0, 2, -500, 500, 500]);
const shares = rows([4, 3], [0.2, 0.7, 0.4, 0.9, 0.05, 0.6, 0.35, 0.8, 0.15, 0.55, 0.45, 0.3]);
const zerosAndOnes = rows([4, 3], [0, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1, 0]);
const signs = rows([4, 3], [-1, 1, 1, -1, -1, 1, 1, -1, 1, -1, 1, -1]);
const margins = rows([5, 3], [-1.7, 0.3, 2.2, 0.6, -0.4]);
const numbers = { yTrue: rows([5, 3], "positive"), yPred: rows([5, 3], { kinks: [0, 1] }) };

export const lossCases = {
  CategoricalCrossentropy: [
    { name: "probabilities", options: {}, yTrue: oneHot, yPred: rows([4, 3], "positive") },
    { name: "certain", options: {}, yTrue: oneHot, yPred: certain },
    { name: "logits", options: { fromLogits: true }, yTrue: oneHot, yPred: rows([4, 3]) },
    { name: "logits far apart", options: { fromLogits: true }, yTrue: oneHot, yPred: farApart },
    { name: "smoothed", options: { labelSmoothing: 0.1 }, yTrue: oneHot, yPred: rows([4, 3], "positive") },
    {
      name: "per pixel",
      options: {},
      yTrue: rows([2, 2, 2, 3], [0, 1, 0, 1, 0, 0]),
      yPred: rows([2, 2, 2, 3], "positive"),
      weights: rows([2], [0.5, 3]),
    },
  ],
  SparseCategoricalCrossentropy: [
    { name: "probabilities", options: {}, yTrue: labels, yPred: rows([4, 3], "positive") },
    { name: "column of labels", options: {}, yTrue: rows([4, 1], [2, 0, 1, 1]), yPred: rows([4, 3], "positive") },
    { name: "certain", options: {}, yTrue: labels, yPred: certain },
    { name: "logits", options: { fromLogits: true }, yTrue: labels, yPred: rows([4, 3]) },
    {
      name: "ignored",
      options: { ignoreClass: -1 },
      yTrue: rows([4], [2, -1, 1, -1]),
      yPred: rows([4, 3], "positive"),
      weights: rows([4], "positive"),
    },
    {
      name: "per pixel, with an axis of size 1",
      options: {},
      yTrue: rows([2, 2, 3, 1], [0, 1, 2, 1]),
      yPred: rows([2, 2, 3, 3], "positive"),
      weights: rows([2, 1, 1], [2, 0.25]),
    },
  ],
  BinaryCrossentropy: [
    { name: "probabilities", options: {}, yTrue: zerosAndOnes, yPred: shares },
    { name: "certain", options: {}, yTrue: zerosAndOnes, yPred: rows([4, 3], [1, 0, 1, 1e-9, 1, 0]) },
    { name: "logits", options: { fromLogits: true }, yTrue: zerosAndOnes, yPred: rows([4, 3]) },
    { name: "logits of 0", options: { fromLogits: true }, yTrue: rows([3, 1], [0, 1, 0.5]), yPred: rows([3, 1], [0]) },
    { name: "logits far apart", options: { fromLogits: true }, yTrue: zerosAndOnes, yPred: farApart },
    { name: "one output", options: { labelSmoothing: 0.2 }, yTrue: rows([3], [0, 1, 1]), yPred: rows([3, 1], [0.3]) },
  ],
  BinaryFocalCrossentropy: [
    { name: "probabilities", options: {}, yTrue: zerosAndOnes, yPred: shares },
    { name: "certain", options: {}, yTrue: zerosAndOnes, yPred: rows([4, 3], [1, 0, 1, 1e-9, 1, 0]) },
    {
      name: "balanced logits",
      options: { applyClassBalancing: true, fromLogits: true, gamma: 1.5 },
      yTrue: zerosAndOnes,
      yPred: rows([4, 3]),
    },
  ],
  CategoricalFocalCrossentropy: [
    { name: "probabilities", options: { gamma: 0.5 }, yTrue: oneHot, yPred: rows([4, 3], "positive") },
    { name: "certain", options: {}, yTrue: oneHot, yPred: certain },
    { name: "logits", options: { fromLogits: true, labelSmoothing: 0.1 }, yTrue: oneHot, yPred: rows([4, 3]) },
  ],
  CategoricalGeneralizedCrossEntropy: [{ name: "probabilities", options: { q: 0.7 }, yTrue: labels, yPred: shares }],
  KLDivergence: [{ name: "distributions", options: {}, yTrue: rows([4, 3], [0.2, 0.5, 0.3]), yPred: shares }],
  Poisson: [{ name: "counts", options: {}, yTrue: rows([4, 3], [0, 3, 7, 1]), yPred: rows([4, 3], "positive") }],
  MeanSquaredError: [
    { name: "vectors", options: {}, yTrue: rows([5, 3]), yPred: rows([5, 3]) },
    { name: "one output", options: {}, yTrue: rows([5]), yPred: rows([5, 1]), weights: rows([5, 1], "positive") },
    { name: "images", options: { reduction: "sum" }, yTrue: rows([2, 3, 2, 1]), yPred: rows([2, 3, 2, 1]) },
    { name: "numbers without an axis", options: {}, yTrue: rows([5]), yPred: rows([5]) },
    {
      name: "mean by weights",
      options: { reduction: "mean_with_sample_weight" },
      yTrue: rows([5, 3]),
      yPred: rows([5, 3]),
      weights: rows([5], "positive"),
    },
  ],
  MeanAbsoluteError: [{ name: "vectors", options: {}, yTrue: rows([5, 3], [9]), yPred: rows([5, 3]) }],
  MeanAbsolutePercentageError: [{ name: "vectors", options: {}, yTrue: rows([5, 3], [9]), yPred: rows([5, 3]) }],
  MeanSquaredLogarithmicError: [{ name: "vectors", options: {}, ...numbers }],
  Huber: [
    {
      name: "squares and lines",
      options: { delta: 0.5 },
      yTrue: rows([5, 3], [0]),
      yPred: rows([5, 3], { kinks: [-0.5, 0.5] }),
    },
  ],
  LogCosh: [
    { name: "vectors", options: {}, yTrue: rows([5, 3]), yPred: rows([5, 3]) },
    { name: "far apart", options: {}, yTrue: rows([4, 3], [0]), yPred: farApart },
  ],
  CosineSimilarity: [
    { name: "vectors", options: {}, yTrue: rows([5, 3]), yPred: rows([5, 3]) },
    { name: "along another axis", options: { axis: 1 }, yTrue: rows([2, 3, 5]), yPred: rows([2, 3, 5]) },
  ],
  Hinge: [
    { name: "signs", options: {}, yTrue: signs, yPred: rows([4, 3], [-1.7, 0.3, 2.2, 0.6]) },
    { name: "zeros and ones", options: {}, yTrue: zerosAndOnes, yPred: rows([4, 3], [-1.7, 0.3, 2.2, 0.6]) },
  ],
  SquaredHinge: [{ name: "signs", options: {}, yTrue: rows([5, 3], [1, -1]), yPred: margins }],
  CategoricalHinge: [{ name: "one-hot", options: {}, yTrue: oneHot, yPred: rows([4, 3], "distinct") }],
  Dice: [
    { name: "whole batch", options: {}, yTrue: zerosAndOnes, yPred: shares },
    { name: "rows", options: { axis: [1] }, yTrue: zerosAndOnes, yPred: shares, weights: rows([4], "positive") },
  ],
  Circle: [
    {
      name: "classes",
      options: { gamma: 4 },
      yTrue: labels,
      yPred: rows([4, 3], [0.6, -0.8, 0, 0.48, 0.6, 0.64, 0, 0.8, 0.6, -0.6, 0, 0.8]),
    },
    { name: "one row of each class", options: {}, yTrue: rows([3], [0, 1, 2]), yPred: rows([3, 2], [0.6, 0.8, 1, 0]) },
    {
      name: "with itself",
      options: { gamma: 2, margin: 0.3, removeDiagonal: false },
      yTrue: rows([5, 1], [0, 1, 0]),
      yPred: rows([5, 2], [0.6, 0.8, 1, 0, 0, -1]),
      weights: rows([5], "positive"),
    },
  ],
  CTC: [
    {
      name: "labels of all lengths",
      options: {},
      yTrue: rows([4, 3], [2, 2, 1, 1, 0, 0, 0, 0, 0, 1, 2, 0]),
      yPred: rows([4, 6, 3]),
    },
    {
      name: "one label",
      options: {},
      yTrue: rows([3, 1], [1, 2, 0]),
      yPred: rows([3, 2, 3]),
      weights: rows([3], "positive"),
    },
  ],
  Tversky: [{ name: "whole batch", options: { alpha: 0.3, beta: 0.9 }, yTrue: zerosAndOnes, yPred: shares }],
} satisfies { readonly [N in LossName]: readonly LossCase<ConstructorParameters<Barrel[N]>[0]>[] };
