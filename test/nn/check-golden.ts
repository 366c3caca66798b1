/** Real Keras's numbers on a device; each check throws an Error where they differ, in Node as in a browser. */
import { toCamelCaseKeys } from "../../src/base/case.ts";
import type { Device } from "../../src/ir/device.ts";
import { runGraph } from "../devices/run-graph.ts";
import { assertClose } from "../ir/closeness.ts";
import {
  type GoldenLayer,
  type GoldenLoss,
  type GoldenMetric,
  type GoldenOptimizer,
  goldenLayers,
  goldenLosses,
  goldenMetrics,
  goldenOptimizers,
} from "./golden-cases.ts";
import { makeLayer, makeLoss, makeMetric, makeOptimizer } from "./make.ts";
import { freshName, freshVariables, layerOnDevice } from "./on-device.ts";
import { mean, traceOptimizer, traceRows } from "./run-nn.ts";

/** Largest error, relative to the largest value of the tensor. */
export const TOLERANCE = 1e-5;

async function checkLayer(device: Device, golden: GoldenLayer): Promise<void> {
  const layer = makeLayer(golden.layer, toCamelCaseKeys(golden.config) as object);
  const { after, outputs } = await layerOnDevice(device, layer, {
    shapes: golden.inputs.map(({ shape }) => shape),
    training: golden.training,
    x: golden.inputs.map(({ data }) => data),
    cotangent: golden.cotangent.data,
    weights: golden.weights.map(({ value }) => value.data),
  });
  assertClose(outputs.y, golden.output.data, TOLERANCE, "output");
  golden.inputGrads.forEach(({ data }, i) => {
    assertClose(outputs[`dx${i}`], data, TOLERANCE, `gradient by input ${i}`);
  });
  golden.weightGrads.forEach((gradient, i) => {
    if (gradient === null) return;
    assertClose(outputs[`dw${i}`], gradient.data, TOLERANCE, `gradient by the ${golden.weights[i]!.name}`);
  });
  golden.weightsAfter?.forEach(({ data }, i) => {
    assertClose(after[i], data, TOLERANCE, `${golden.weights[i]!.name} after the step`);
  });
}

async function checkLoss(device: Device, golden: GoldenLoss): Promise<void> {
  const loss = makeLoss(golden.loss, toCamelCaseKeys(golden.config) as object);
  const rows = golden.yTrue.shape[0]!;
  const { outputs } = await runGraph(
    device,
    (builder) => {
      traceRows(builder, (t, p) => loss.emit(t, p), golden.yTrue.shape, golden.yPred.shape, true);
    },
    {
      target: Float32Array.from(golden.yTrue.data),
      prediction: Float32Array.from(golden.yPred.data),
      seed: new Float32Array(rows).fill(1 / rows),
    },
    rows,
  );
  const values = Array.from(outputs.values!);
  assertClose([mean(values)], [golden.value], TOLERANCE, "value");
  assertClose(outputs.gradient, golden.gradient.data, TOLERANCE, "gradient");
  const weighted = values.map((value, i) => value * golden.sampleWeight.data[i]!);
  assertClose([mean(weighted)], [golden.weighted], TOLERANCE, "weighted value");
}

async function checkMetric(device: Device, golden: GoldenMetric): Promise<void> {
  const metric = makeMetric(golden.metric, toCamelCaseKeys(golden.config) as object);
  const { outputs } = await runGraph(
    device,
    (builder) => traceRows(builder, (t, p) => metric.emit(t, p), golden.yTrue.shape, golden.yPred.shape, false),
    { target: Float32Array.from(golden.yTrue.data), prediction: Float32Array.from(golden.yPred.data) },
    golden.yTrue.shape[0]!,
  );
  const off = Math.abs(mean(outputs.values!) - golden.afterAll);
  if (!(off < 1e-6)) throw new Error(`value is off by ${off}`);
}

async function checkOptimizer(device: Device, golden: GoldenOptimizer): Promise<void> {
  const options = { ...(toCamelCaseKeys(golden.config) as object), name: freshName() };
  const optimizer = makeOptimizer(golden.optimizer, options);
  const weights = freshVariables(golden.initial);
  optimizer.build(weights);
  const state = [...weights, ...optimizer.variables];
  for (const [step, slopes] of golden.grads.entries()) {
    const run = await runGraph(
      device,
      (builder) => traceOptimizer(builder, optimizer, weights),
      Object.fromEntries(slopes.map(({ data }, i) => [`g${i}`, Float32Array.from(data)])),
      1,
      Object.fromEntries(state.map(({ path, shape, value }) => [path, { shape, value }])),
    );
    for (const variable of state) variable.value = run.variables[variable.path]!;
    golden.after[step]!.forEach(({ data }, i) => {
      assertClose(weights[i]!.value, data, TOLERANCE, `weight ${i} after step ${step}`);
    });
  }
}

export interface GoldenCheck {
  readonly title: string;
  run(device: Device): Promise<void>;
}

const checksOf = <T>(
  cases: readonly { readonly golden: T; readonly title: string }[],
  check: (device: Device, golden: T) => Promise<void>,
): GoldenCheck[] => cases.map(({ golden, title }) => ({ title, run: (device) => check(device, golden) }));

/** Every layer, loss, metric and optimizer whose numbers the project carries. */
export const goldenChecks: readonly GoldenCheck[] = [
  ...checksOf(goldenLayers, checkLayer),
  ...checksOf(goldenLosses, checkLoss),
  ...checksOf(goldenMetrics, checkMetric),
  ...checksOf(goldenOptimizers, checkOptimizer),
];
