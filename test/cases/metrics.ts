/** Metrics with ties, thresholds and shapes, counted by hand; Keras's numbers of all of them are in test/golden. Data only. */
import type * as barrel from "../../src/nn/metrics/index.ts";
import type { ClassNames } from "../../src/nn/registry.ts";
import { type CaseInput, rows } from "./op-case.ts";

type Barrel = typeof barrel;

export type MetricName = ClassNames<Barrel, barrel.Metric>;

export interface MetricCase<Options = object> {
  readonly name: string;
  readonly options: Options;
  readonly yTrue: CaseInput;
  readonly yPred: CaseInput;
  readonly weights?: CaseInput;
  /** Counted by hand. */
  readonly result: number | readonly number[];
}

/** Largest at 1; at 0 and 2, of which the first counts; at 2. */
const outputs = rows([3, 3], [0.1, 0.8, 0.1, 0.4, 0.2, 0.4, 0, 0.3, 0.7]);
const decisions = { yTrue: rows([5, 1], [1, 0, 1, 0, 1]), yPred: rows([5, 1], [0.9, 0.8, 0.5, 0.1, 0.6]) };

export const metricCases: { readonly [N in MetricName]?: readonly MetricCase<ConstructorParameters<Barrel[N]>[0]>[] } =
  {
    BinaryAccuracy: [
      {
        name: "the threshold itself is below",
        options: {},
        yTrue: rows([4, 1], [1, 0, 1, 0]),
        yPred: rows([4, 1], [0.51, 0.5, 0.5, 0.9]),
        result: 2 / 4,
      },
      {
        name: "several outputs, own threshold",
        options: { threshold: 0.7 },
        yTrue: rows([2, 4], [1, 0, 1, 0, 0, 0, 0, 1]),
        yPred: rows([2, 4], [0.8, 0.6, 0.6, 0.9, 0, 0.1, 0.7, 0.71]),
        result: 6 / 8,
      },
      {
        name: "targets without an axis",
        options: {},
        yTrue: rows([3], [1, 1, 0]),
        yPred: rows([3, 1], [0.9, 0.1, 0.2]),
        weights: rows([3], [1, 4, 3]),
        result: 4 / 8,
      },
    ],
    CategoricalAccuracy: [
      { name: "ties", options: {}, yTrue: rows([3, 3], [0, 1, 0, 0, 0, 1, 0, 0, 1]), yPred: outputs, result: 2 / 3 },
      {
        name: "per pixel",
        options: {},
        yTrue: rows([1, 2, 2], [1, 0, 0, 1]),
        yPred: rows([1, 2, 2], [0.9, 0.1, 0.6, 0.4]),
        result: 0.5,
      },
    ],
    SparseCategoricalAccuracy: [
      { name: "ties", options: {}, yTrue: rows([3], [1, 2, 2]), yPred: outputs, result: 2 / 3 },
      { name: "column of labels", options: {}, yTrue: rows([3, 1], [1, 0, 0]), yPred: outputs, result: 2 / 3 },
      {
        name: "weights of pixels",
        options: {},
        yTrue: rows([1, 3], [1, 2, 2]),
        yPred: rows([1, 3, 3], [0.1, 0.8, 0.1, 0.4, 0.2, 0.4, 0, 0.3, 0.7]),
        weights: rows([1, 3], [1, 5, 2]),
        result: 3 / 8,
      },
    ],
    MeanSquaredError: [
      {
        name: "vectors",
        options: {},
        yTrue: rows([2, 2], [0, 0, 1, 1]),
        yPred: rows([2, 2], [1, 3, 1, 0]),
        result: 11 / 4,
      },
    ],
    SparseTopKCategoricalAccuracy: [
      { name: "all of equals count", options: { k: 1 }, yTrue: rows([3], [1, 2, 0]), yPred: outputs, result: 2 / 3 },
      { name: "more than there are", options: { k: 9 }, yTrue: rows([3], [1, 2, 0]), yPred: outputs, result: 1 },
      {
        name: "masked logits",
        options: { k: 2 },
        yTrue: rows([2], [1, 0]),
        yPred: rows([2, 3], [-1e30, 2, 1, -1e30, 5, 6]),
        result: 0.5,
      },
    ],
    TopKCategoricalAccuracy: [
      {
        name: "second of three",
        options: { k: 2 },
        yTrue: rows([2, 3], [1, 0, 0, 0, 0, 1]),
        yPred: rows([2, 3], [0.3, 0.5, 0.2, 0.4, 0.5, 0.1]),
        result: 0.5,
      },
    ],
    Precision: [
      // Above one half: right, wrong, (one half is not), right.
      { name: "the threshold itself is below", options: {}, ...decisions, result: 2 / 3 },
      { name: "several thresholds", options: { thresholds: [0.4, 0.85] }, ...decisions, result: [3 / 4, 1] },
      { name: "nothing found", options: { thresholds: 1 }, ...decisions, result: 0 },
      {
        name: "the largest of a row",
        options: { topK: 1 },
        yTrue: rows([2, 3], [0, 1, 0, 0, 0, 1]),
        yPred: rows([2, 3], [0.1, 0.2, 0.1, 0.3, 0.3, 0.3]),
        result: 1 / 2,
      },
    ],
    Recall: [
      { name: "weights", options: {}, ...decisions, weights: rows([5], [1, 9, 2, 9, 4]), result: 5 / 7 },
      {
        name: "one class",
        options: { classId: 1 },
        yTrue: rows([3, 2], [1, 1, 1, 0, 1, 1]),
        yPred: rows([3, 2], [0, 0.9, 0, 0.9, 0, 0.1]),
        result: 1 / 2,
      },
    ],
    R2Score: [
      // 1 − 1 / 5.
      {
        name: "one output",
        options: {},
        yTrue: rows([4, 1], [1, 2, 3, 4]),
        yPred: rows([4, 1], [2, 2, 3, 4]),
        result: 0.8,
      },
      {
        name: "equal targets have score 0",
        options: { classAggregation: null },
        yTrue: rows([2, 2], [1, 5, 3, 5]),
        yPred: rows([2, 2], [2, 6, 3, 5]),
        result: [1 / 2, 0],
      },
    ],
    FalsePositives: [{ name: "one", options: {}, ...decisions, result: 1 }],
    AUC: [
      // Of six pairs of a positive and a negative one, four are in order.
      { name: "ranks", options: {}, ...decisions, result: 4 / 6 },
      { name: "perfect", options: { curve: "PR" }, yTrue: rows([2], [0, 1]), yPred: rows([2], [0, 1]), result: 1 },
    ],
    MeanIoU: [
      {
        name: "a class that does not occur",
        options: { numClasses: 3 },
        yTrue: rows([2, 2], [0, 0, 1, 1]),
        yPred: rows([2, 2], [0, 1, 1, 1]),
        result: (1 / 2 + 2 / 3) / 2,
      },
      {
        name: "weights",
        options: { numClasses: 2 },
        yTrue: rows([4], [0, 0, 1, 1]),
        yPred: rows([4], [0, 1, 0, 1]),
        weights: rows([4], [0.5, 0.25, 0.25, 1]),
        result: (0.5 / 1 + 1 / 1.5) / 2,
      },
      {
        name: "an ignored class",
        options: { numClasses: 2, ignoreClass: 1 },
        yTrue: rows([4], [0, 0, 1, 1]),
        yPred: rows([4], [0, 1, 0, 1]),
        result: (1 / 2 + 0) / 2,
      },
    ],
  };
