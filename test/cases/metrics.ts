/** Every metric with ties, thresholds and shapes. Data only. */
import type * as barrel from "../../src/nn/metrics.ts";
import type { Metric } from "../../src/nn/metrics.ts";
import { type CaseInput, rows } from "./op-case.ts";

type Barrel = typeof barrel;

export type MetricName = {
  [Name in keyof Barrel]: Barrel[Name] extends new (...options: never) => Metric ? Name : never;
}[keyof Barrel];

export interface MetricCase<Options = object> {
  readonly name: string;
  readonly options: Options;
  readonly yTrue: CaseInput;
  readonly yPred: CaseInput;
  /** One value per row, counted by hand. */
  readonly values: readonly number[];
}

/** Largest at 1; at 0 and 2, of which the first counts; at 2. */
const outputs = rows([3, 3], [0.1, 0.8, 0.1, 0.4, 0.2, 0.4, 0, 0.3, 0.7]);

export const metricCases = {
  BinaryAccuracy: [
    {
      name: "the threshold itself is below",
      options: {},
      yTrue: rows([4, 1], [1, 0, 1, 0]),
      yPred: rows([4, 1], [0.51, 0.5, 0.5, 0.9]),
      values: [1, 1, 0, 0],
    },
    {
      name: "several outputs, own threshold",
      options: { threshold: 0.7 },
      yTrue: rows([2, 4], [1, 0, 1, 0, 0, 0, 0, 1]),
      yPred: rows([2, 4], [0.8, 0.6, 0.6, 0.9, 0, 0.1, 0.7, 0.71]),
      values: [0.5, 1],
    },
    {
      name: "targets without an axis",
      options: {},
      yTrue: rows([3], [1, 1, 0]),
      yPred: rows([3, 1], [0.9, 0.1, 0.2]),
      values: [1, 0, 1],
    },
  ],
  CategoricalAccuracy: [
    { name: "ties", options: {}, yTrue: rows([3, 3], [0, 1, 0, 0, 0, 1, 0, 0, 1]), yPred: outputs, values: [1, 0, 1] },
    {
      name: "per pixel",
      options: {},
      yTrue: rows([1, 2, 2], [1, 0, 0, 1]),
      yPred: rows([1, 2, 2], [0.9, 0.1, 0.6, 0.4]),
      values: [0.5],
    },
  ],
  SparseCategoricalAccuracy: [
    { name: "ties", options: {}, yTrue: rows([3], [1, 2, 2]), yPred: outputs, values: [1, 0, 1] },
    { name: "column of labels", options: {}, yTrue: rows([3, 1], [1, 0, 0]), yPred: outputs, values: [1, 1, 0] },
  ],
  MeanSquaredError: [
    {
      name: "vectors",
      options: {},
      yTrue: rows([2, 2], [0, 0, 1, 1]),
      yPred: rows([2, 2], [1, 3, 1, 0]),
      values: [5, 0.5],
    },
  ],
} satisfies { readonly [N in MetricName]: readonly MetricCase<ConstructorParameters<Barrel[N]>[0]>[] };
