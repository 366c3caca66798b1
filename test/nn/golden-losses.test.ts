/** Losses and metrics of real Keras. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { toCamelCaseKeys } from "../../src/base/case.ts";
import type { Loss } from "../../src/nn/losses.ts";
import type { LossName } from "../cases/losses.ts";
import type { MetricName } from "../cases/metrics.ts";
import { relativeError } from "../ir/closeness.ts";
import { makeLoss, makeMetric } from "./make.ts";
import { mean, runRows, type Value } from "./run-nn.ts";

interface GoldenPair {
  readonly config: Readonly<Record<string, unknown>>;
  readonly yTrue: Value;
  readonly yPred: Value;
}

interface GoldenLoss extends GoldenPair {
  readonly loss: LossName;
  readonly value: number;
  readonly gradient: Value;
  readonly sampleWeight: Value;
  readonly weighted: number;
}

interface GoldenMetric extends GoldenPair {
  readonly metric: MetricName;
  readonly afterHalf: number;
  readonly afterAll: number;
}

const file = new URL("../golden/losses-metrics.json", import.meta.url);
const golden = JSON.parse(readFileSync(file, "utf8")) as { losses: GoldenLoss[]; metrics: GoldenMetric[] };
const titled = <T extends GoldenPair>(cases: readonly T[], name: (each: T) => string) =>
  cases.map((each) => ({ each, title: `${name(each)} ${JSON.stringify(each.config)}` }));

describe.each(titled(golden.losses, ({ loss }) => loss))("$title", ({ each }) => {
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

describe.each(titled(golden.metrics, ({ metric }) => metric))("$title", ({ each }) => {
  const metric = makeMetric(each.metric, toCamelCaseKeys(each.config) as object);

  test("gives Keras's running value", () => {
    const { values } = runRows((yTrue, yPred) => metric.emit(yTrue, yPred), each.yTrue, each.yPred);
    expect(mean(values.subarray(0, values.length / 2))).toBeCloseTo(each.afterHalf, 6);
    expect(mean(values)).toBeCloseTo(each.afterAll, 6);
  });
});
