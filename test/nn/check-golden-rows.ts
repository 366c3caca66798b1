/** Losses and metrics of real Keras on a device; each check throws an Error where numbers differ, in Node as in a browser. */
import { toCamelCaseKeys } from "../../src/base/case.ts";
import { sizeOf } from "../../src/base/shape.ts";
import type { Device } from "../../src/ir/device.ts";
import { GraphBuilder, meanOverInput } from "../../src/ir/graph.ts";
import type { Loss } from "../../src/nn/losses/index.ts";
import type { Metric } from "../../src/nn/metrics/index.ts";
import { loadGraph } from "../devices/run-graph.ts";
import { assertClose } from "../ir/closeness.ts";
import { type GoldenCheck, TOLERANCE } from "./check-golden-layer.ts";
import { type GoldenLoss, type GoldenMetric, goldenLosses, goldenMetrics } from "./golden-rows.ts";
import { makeLoss, makeMetric } from "./make-rows.ts";
import { freshName } from "./on-device.ts";
import { feedsOf, makeStates, type RowFeeds, traceLoss, traceMetric } from "./run-rows.ts";

/** A loss and the gradient of its sum by the predictions, for each number of rows. */
export async function lossOnDevice(device: Device, loss: Loss, feeds: RowFeeds, rowCounts: readonly number[]) {
  const builder = new GraphBuilder();
  traceLoss(builder, loss, feeds);
  const seed = new Float32Array(sizeOf(builder.finish().inputs.get("seed")!.spec.shape)).fill(1);
  const loaded = await loadGraph(device, (fresh) => traceLoss(fresh, loss, feeds));
  const runs = [];
  for (const rows of rowCounts) {
    const given = { ...feedsOf(feeds), seed, [meanOverInput]: Float32Array.of(rows) };
    runs.push((await loaded.run(given, rows)).outputs);
  }
  loaded.release();
  return runs;
}

/** The results of a metric after each of some updates of the same shapes, for each number of rows. */
export async function metricOnDevice(
  device: Device,
  metric: Metric,
  updates: readonly RowFeeds[],
  rowCounts: readonly number[],
) {
  makeStates(metric, updates[0]!);
  const prefix = freshName();
  for (const variable of metric.variables) variable.path = `${prefix}/${variable.name}`;
  const states = metric.variables.map(({ path, shape, value }) => [path, { shape, value }] as const);
  const trace = (builder: GraphBuilder) => traceMetric(builder, metric, updates[0]!);
  const loaded = await loadGraph(device, trace, Object.fromEntries(states));
  const runs = [];
  for (const rows of rowCounts) {
    let values = Object.fromEntries(states.map(([path, { value }]) => [path, value]));
    const results: ArrayLike<number>[] = [];
    for (const feeds of updates) {
      const { outputs, variables } = await loaded.run(feedsOf(feeds), rows, values);
      values = variables;
      results.push(outputs.result!);
    }
    runs.push(results);
  }
  loaded.release();
  return runs;
}

async function checkLoss(device: Device, golden: GoldenLoss): Promise<void> {
  const { yTrue, yPred, sampleWeight, value, gradient } = golden;
  const loss = makeLoss(golden.loss, toCamelCaseKeys(golden.config) as object);
  const feeds = { yTrue, yPred, weights: sampleWeight ?? undefined };
  const [run] = await lossOnDevice(device, loss, feeds, [yPred.shape[0]!]);
  const outputs = run!;
  assertClose(outputs.value, typeof value === "number" ? [value] : value.data, TOLERANCE, "value");
  if (gradient !== null) assertClose(outputs.gradient, gradient.data, TOLERANCE, "gradient");
}

/** Size of what a metric is the mean of: cosines of both signs cancel to nearly nothing, but for their rounding. */
const TERMS = 0.1;

async function checkMetric(device: Device, golden: GoldenMetric): Promise<void> {
  const metric = makeMetric(golden.metric, toCamelCaseKeys(golden.config) as object);
  const updates = golden.updates.map(({ yTrue, yPred, sampleWeight }) => ({
    yTrue: yTrue!,
    yPred,
    weights: sampleWeight ?? undefined,
  }));
  const [results] = await metricOnDevice(device, metric, updates, [updates[0]!.yPred.shape[0]!]);
  golden.results.forEach((result, i) => {
    const expected = typeof result === "number" ? [result] : result.data;
    assertClose(results![i], expected, TOLERANCE, `after update ${i + 1}`, TERMS);
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
