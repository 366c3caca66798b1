/** Losses and metrics of real Keras on a device; each check throws an Error where numbers differ, in Node as in a browser. */
import { toCamelCaseKeys } from "../../src/base/case.ts";
import { sizeOf } from "../../src/base/shape.ts";
import type { Device } from "../../src/ir/device.ts";
import { GraphBuilder, meanOverInput } from "../../src/ir/graph.ts";
import type { Loss } from "../../src/nn/losses/index.ts";
import type { Metric } from "../../src/nn/metrics/index.ts";
import { runGraph } from "../devices/run-graph.ts";
import { assertClose } from "../ir/closeness.ts";
import { type GoldenCheck, TOLERANCE } from "./check-golden-layer.ts";
import { type GoldenLoss, type GoldenMetric, goldenLosses, goldenMetrics } from "./golden-rows.ts";
import { makeLoss, makeMetric } from "./make-rows.ts";
import { freshName } from "./on-device.ts";
import { feedsOf, makeStates, type RowFeeds, traceLoss, traceMetric } from "./run-rows.ts";

/** A loss and the gradient of its sum by the predictions, of the first `rows` rows. */
export async function lossOnDevice(device: Device, loss: Loss, feeds: RowFeeds, rows: number) {
  const builder = new GraphBuilder();
  traceLoss(builder, loss, feeds);
  const seed = new Float32Array(sizeOf(builder.finish().inputs.get("seed")!.spec.shape)).fill(1);
  const given = { ...feedsOf(feeds), seed, [meanOverInput]: Float32Array.of(rows) };
  const { outputs } = await runGraph(device, (fresh) => traceLoss(fresh, loss, feeds), given, rows);
  return outputs;
}

/** The results of a metric after each update with the first `rows` rows. */
export async function metricOnDevice(device: Device, metric: Metric, updates: readonly RowFeeds[], rows: number) {
  makeStates(metric, updates[0]!);
  let states = metric.variables.map(({ shape, value }) => ({ shape, value }));
  const results: ArrayLike<number>[] = [];
  for (const feeds of updates) {
    const prefix = freshName();
    for (const variable of metric.variables) variable.path = `${prefix}/${variable.name}`;
    const { outputs, variables } = await runGraph(
      device,
      (builder) => traceMetric(builder, metric, feeds),
      feedsOf(feeds),
      rows,
      Object.fromEntries(metric.variables.map(({ path }, i) => [path, states[i]!])),
    );
    states = metric.variables.map(({ path, shape }) => ({ shape, value: variables[path]! }));
    results.push(outputs.result!);
  }
  return results;
}

async function checkLoss(device: Device, golden: GoldenLoss): Promise<void> {
  const { yTrue, yPred, sampleWeight, value, gradient } = golden;
  const loss = makeLoss(golden.loss, toCamelCaseKeys(golden.config) as object);
  const feeds = { yTrue, yPred, weights: sampleWeight ?? undefined };
  const outputs = await lossOnDevice(device, loss, feeds, yPred.shape[0]!);
  assertClose(outputs.value, typeof value === "number" ? [value] : value.data, TOLERANCE, "value");
  if (gradient !== null) assertClose(outputs.gradient, gradient.data, TOLERANCE, "gradient");
}

async function checkMetric(device: Device, golden: GoldenMetric): Promise<void> {
  const metric = makeMetric(golden.metric, toCamelCaseKeys(golden.config) as object);
  const updates = golden.updates.map(({ yTrue, yPred, sampleWeight }) => ({
    yTrue: yTrue!,
    yPred,
    weights: sampleWeight ?? undefined,
  }));
  const results = await metricOnDevice(device, metric, updates, updates[0]!.yPred.shape[0]!);
  golden.results.forEach((result, i) => {
    const expected = typeof result === "number" ? [result] : result.data;
    assertClose(results[i], expected, TOLERANCE, `after update ${i + 1}`);
  });
}

export const lossChecks: readonly GoldenCheck[] = goldenLosses.map(({ golden, title }) => ({
  title,
  run: (device) => checkLoss(device, golden),
}));

/** Every metric whose numbers the project carries, but for those of values without targets. */
export const metricChecks: readonly GoldenCheck[] = goldenMetrics
  .filter(({ golden }) => golden.updates.every(({ yTrue }) => yTrue !== null))
  .map(({ golden, title }) => ({ title, run: (device) => checkMetric(device, golden) }));
