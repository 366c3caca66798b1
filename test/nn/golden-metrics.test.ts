/** Metrics of real Keras: results after one update and after two. */
import { describe, expect, test } from "vitest";
import { toCamelCaseKeys } from "../../src/base/case.ts";
import * as barrel from "../../src/nn/metrics/index.ts";
import { classesOf } from "../../src/nn/registry.ts";
import { relativeError } from "../ir/closeness.ts";
import { type GoldenMetric, goldenMetrics } from "./golden-rows.ts";
import { makeMetric } from "./make-rows.ts";
import { type RowFeeds, runMetric } from "./run-rows.ts";

test("every metric has numbers of Keras", () => {
  const made = new Set(goldenMetrics.map(({ golden }) => golden.metric));
  // A wrapper of a function that a test gives: metrics.test.ts.
  made.add("MeanMetricWrapper");
  expect([...classesOf({ barrel, base: barrel.Metric }).keys()].filter((name) => !made.has(name))).toEqual([]);
});

/** Mean and Sum take values and weights, and no targets. */
function feedsOf({ yTrue, yPred, sampleWeight }: GoldenMetric["updates"][number]): RowFeeds {
  const weights = sampleWeight ?? undefined;
  return yTrue === null ? { yTrue: yPred, yPred: weights ?? yPred } : { yTrue, yPred, weights };
}

describe.each(goldenMetrics)("$title", ({ golden }) => {
  test("gives Keras's results", () => {
    const metric = makeMetric(golden.metric, toCamelCaseKeys(golden.config) as object);
    const unweighted = golden.updates[0]!.yTrue === null && golden.updates[0]!.sampleWeight === null;
    const results = runMetric(metric, golden.updates.map(feedsOf), { valuesOnly: unweighted });
    golden.results.forEach((result, i) => {
      const expected = typeof result === "number" ? [result] : result.data;
      expect(relativeError(results[i]!, expected), `after update ${i + 1}`).toBeLessThan(1e-5);
    });
  });
});
