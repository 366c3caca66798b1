/** The case tables of losses and metrics: gradients against differences, results as counted by hand. */
import { describe, expect, test } from "vitest";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import type { CaseInput } from "../cases/op-case.ts";
import { relativeError } from "../ir/closeness.ts";
import { drawInput } from "../ops/case-graph.ts";
import { allLossCases, allMetricCases, makeLoss, makeMetric } from "./make-rows.ts";
import { runLoss, runMetric } from "./run-rows.ts";

const STEP = 1e-6;

const drawn = (input: CaseInput, seed: number) => ({
  shape: input.shape,
  data: Float64Array.from(drawInput(input, new RandomStream(keyOf(seed)))),
});

describe("losses", () => {
  test.each(allLossCases)("$title", ({ of, options, yTrue, yPred, weights, name }) => {
    const loss = makeLoss(of, options);
    const feeds = { yTrue: drawn(yTrue, 1), yPred: drawn(yPred, 2), weights: weights && drawn(weights, 3) };
    const { value, gradient } = runLoss(loss, feeds);
    expect(value).toHaveLength(1);
    expect([...value, ...gradient!].every(Number.isFinite)).toBe(true);
    // The clip of probabilities near 0 and 1 has a kink that differences would step over.
    if (name === "certain") return;
    const at = feeds.yPred.data;
    const moved = (i: number, by: number) =>
      runLoss(loss, { ...feeds, yPred: { shape: yPred.shape, data: at.with(i, at[i]! + by) } }).value[0]!;
    const slopes = at.map((_, i) => (moved(i, STEP) - moved(i, -STEP)) / (2 * STEP));
    expect(relativeError(gradient!, slopes)).toBeLessThan(1e-5);
  });

  test.each(allLossCases)("$title: NaN stays NaN", ({ of, options, yTrue, yPred, weights }) => {
    const spoilt = drawn(yPred, 2);
    spoilt.data[0] = Number.NaN;
    const feeds = { yTrue: drawn(yTrue, 1), yPred: spoilt, weights: weights && drawn(weights, 3) };
    expect(runLoss(makeLoss(of, options), feeds).value[0]).toBeNaN();
  });
});

describe("metrics", () => {
  test.each(allMetricCases)("$title", ({ of, options, yTrue, yPred, weights, result }) => {
    const feeds = { yTrue: drawn(yTrue, 1), yPred: drawn(yPred, 2), weights: weights && drawn(weights, 3) };
    const [once, twice] = runMetric(makeMetric(of, options), [feeds, feeds]);
    expect(relativeError(once!, [result].flat())).toBeLessThan(1e-6);
    // Twice the same batch: counts double, and everything else stays.
    const again = [result].flat().map((value) => (of === "FalsePositives" ? 2 * value : value));
    expect(relativeError(twice!, again)).toBeLessThan(1e-6);
  });
});
