/** Losses and metrics of real Keras. */
import { describe, expect, test } from "vitest";
import { toCamelCaseKeys } from "../../src/base/case.ts";
import type { Loss } from "../../src/nn/losses.ts";
import { relativeError } from "../ir/closeness.ts";
import { goldenLosses, goldenMetrics } from "./golden-cases.ts";
import { makeLoss, makeMetric } from "./make.ts";
import { mean, runRows } from "./run-nn.ts";

describe.each(goldenLosses)("$title", ({ golden: each }) => {
  const loss = makeLoss(each.loss, toCamelCaseKeys(each.config) as object);
  const rows = each.yTrue.shape[0]!;
  const emit: Loss["emit"] = (yTrue, yPred) => loss.emit(yTrue, yPred);
  const even = new Array<number>(rows).fill(1 / rows);
  const run = runRows(emit, each.yTrue, each.yPred, even);

  test("gives Keras's value", () => {
    expect(run.values).toHaveLength(rows);
    expect(mean(run.values)).toBeCloseTo(each.value, 5);
  });

  test("gives Keras's gradient", () => {
    expect(relativeError(run.gradient!, each.gradient.data)).toBeLessThan(1e-5);
  });

  test("gives Keras's weighted value: divided by the rows, not by the weights", () => {
    const weighted = run.values.map((value, i) => value * each.sampleWeight.data[i]!);
    expect(mean(weighted)).toBeCloseTo(each.weighted, 5);
  });
});

describe.each(goldenMetrics)("$title", ({ golden: each }) => {
  const metric = makeMetric(each.metric, toCamelCaseKeys(each.config) as object);

  test("gives Keras's running value", () => {
    const { values } = runRows((yTrue, yPred) => metric.emit(yTrue, yPred), each.yTrue, each.yPred);
    expect(mean(values.subarray(0, values.length / 2))).toBeCloseTo(each.afterHalf, 6);
    expect(mean(values)).toBeCloseTo(each.afterAll, 6);
  });
});
