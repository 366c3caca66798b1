/** Every loss with the targets and outputs that break it. Data only. */
import type * as barrel from "../../src/nn/losses.ts";
import type { Loss } from "../../src/nn/losses.ts";
import { type CaseInput, rows } from "./op-case.ts";

type Barrel = typeof barrel;

export type LossName = {
  [Name in keyof Barrel]: Barrel[Name] extends new (...options: never) => Loss ? Name : never;
}[keyof Barrel];

export interface LossCase<Options = object> {
  readonly name: string;
  readonly options: Options;
  readonly yTrue: CaseInput;
  readonly yPred: CaseInput;
}

const oneHot = rows([4, 3], [0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0]);
const labels = rows([4], [2, 0, 1, 1]);
/** Certain and right, certain and wrong, beyond the clip on either side, not normalised. */
const certain = rows([4, 3], [0, 1, 0, 0, 0, 1, 1e-9, 1e-9, 1, 4, 2, 2]);
/** Far apart: exp would overflow without a shift. */
const farApart = rows([4, 3], [1000, -1000, 0, 0, 90, -90, 1e-3, 0, 2, -500, 500, 500]);

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
    },
    { name: "per pixel", options: {}, yTrue: rows([2, 2, 3], [0, 1, 2, 1]), yPred: rows([2, 2, 3, 3], "positive") },
  ],
  MeanSquaredError: [
    { name: "vectors", options: {}, yTrue: rows([5, 3]), yPred: rows([5, 3]) },
    { name: "one output", options: {}, yTrue: rows([5]), yPred: rows([5, 1]) },
    { name: "images", options: {}, yTrue: rows([2, 3, 2, 1]), yPred: rows([2, 3, 2, 1]) },
  ],
} satisfies { readonly [N in LossName]: readonly LossCase<ConstructorParameters<Barrel[N]>[0]>[] };
