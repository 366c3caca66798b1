/** Keras's nouns on every device: real Keras's numbers, and the case tables against their float64 meaning, forward and back. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { sizeOf } from "../../src/base/shape.ts";
import type { Device } from "../../src/ir/device.ts";
import { deviceList } from "../devices/device-list.ts";
import { runGraph } from "../devices/run-graph.ts";
import { relativeError } from "../ir/closeness.ts";
import { drawInput } from "../ops/case-graph.ts";
import { goldenChecks, TOLERANCE } from "./check-golden.ts";
import {
  allLayerCases,
  allLossCases,
  allMetricCases,
  allOptimizerCases,
  makeLayer,
  makeLoss,
  makeMetric,
  makeOptimizer,
} from "./make.ts";
import { freshName, freshVariables, layerOnDevice } from "./on-device.ts";
import { buildFor, runLayer, runRows, stepOptimizer, traceOptimizer, traceRows } from "./run-nn.ts";

type Numbers = ArrayLike<number>;

function drawn(shape: readonly number[], seed: number, draw: Parameters<typeof drawInput>[0]["draw"] = "normal") {
  const values = drawInput({ shape, dtype: "float32", batched: true, draw }, new RandomStream(keyOf(seed)));
  return Float32Array.from(values);
}

describe.each(deviceList)("$name", ({ start }) => {
  let device: Device;
  beforeAll(async () => {
    device = await start();
  });
  afterAll(() => device.dispose());

  const close = (actual: Numbers | undefined, expected: Numbers, what: string) =>
    expect(relativeError(actual ?? [], expected), what).toBeLessThan(TOLERANCE);

  test.each(goldenChecks)("Keras: $title", ({ run }) => run(device));

  test.each(allLayerCases)(
    "$title",
    async ({ of, options, input, more = [], output, draw, drawWeights, training = false }) => {
      const layer = makeLayer(of, options);
      const shapes = [input, ...more];
      buildFor(layer, shapes);
      const weights = layer.weights.map(({ name, shape }, i) => drawn(shape, 3 + i, drawWeights?.[name]));
      const x = shapes.map((shape, i) => drawn(shape, i === 0 ? 1 : 100 + i, draw));
      const cotangent = drawn(output, 2);
      const capacity = input[0]!;
      for (const rows of new Set([capacity, 1])) {
        const part = (values: Float32Array, shape: readonly number[]) =>
          values.subarray(0, rows * sizeOf(shape.slice(1)));
        const expected = runLayer(
          layer,
          shapes.map((shape, i) => ({ shape: [rows, ...shape.slice(1)], data: part(x[i]!, shape) })),
          { training, cotangent: part(cotangent, output), weights },
        );
        const { after, outputs } = await layerOnDevice(device, layer, {
          shapes,
          training,
          x,
          cotangent,
          weights,
          rows,
        });
        close(outputs.y, expected.output, `output of ${rows} rows`);
        expected.inputGradients.forEach((gradient, i) => {
          close(outputs[`dx${i}`], gradient!, `gradient of ${rows} rows by input ${i}`);
        });
        expected.weightGradients.forEach((gradient, i) => {
          close(outputs[`dw${i}`], gradient!, `gradient of ${rows} rows by the ${layer.weights[i]!.name}`);
        });
        expected.weightsAfter.forEach((value, i) => {
          close(after[i], value, `${layer.weights[i]!.name} after ${rows} rows`);
        });
      }
    },
  );

  test.each(allLossCases)("$title", async ({ of, options, yTrue, yPred }) => {
    const loss = makeLoss(of, options);
    const [target, prediction] = [drawn(yTrue.shape, 1, yTrue.draw), drawn(yPred.shape, 2, yPred.draw)];
    const seed = drawn([yPred.shape[0]!], 3);
    const emit: typeof loss.emit = (t, p) => loss.emit(t, p);
    const wanted = (of: Float32Array, shape: readonly number[]) => ({ shape, data: of });
    const expected = runRows(emit, wanted(target, yTrue.shape), wanted(prediction, yPred.shape), seed);
    const { outputs } = await runGraph(
      device,
      (builder) => traceRows(builder, emit, yTrue.shape, yPred.shape, true),
      { target, prediction, seed },
      yPred.shape[0]!,
    );
    close(outputs.values, expected.values, "values");
    close(outputs.gradient, expected.gradient!, "gradient");
  });

  test.each(allMetricCases)("$title", async ({ of, options, yTrue, yPred, values }) => {
    const metric = makeMetric(of, options);
    const { outputs } = await runGraph(
      device,
      (builder) => traceRows(builder, (t, p) => metric.emit(t, p), yTrue.shape, yPred.shape, false),
      { target: drawn(yTrue.shape, 1, yTrue.draw), prediction: drawn(yPred.shape, 2, yPred.draw) },
      yPred.shape[0]!,
    );
    close(outputs.values, values, "values");
  });

  test.each(allOptimizerCases)("$title", async ({ of, options, weights }) => {
    const steps = 4;
    const made = (name: string) => {
      const optimizer = makeOptimizer(of, { ...options, name });
      const states = freshVariables(weights.map((shape, i) => ({ shape, data: drawn(shape, i) })));
      optimizer.build(states);
      return { optimizer, states };
    };
    const slopes = weights.map((shape, i) => drawn(shape, 10 + i));
    const expected = made(freshName());
    for (let step = 0; step < steps; step++) stepOptimizer(expected.optimizer, expected.states, slopes);
    const { optimizer, states } = made(freshName());
    const run = await runGraph(
      device,
      (builder) => traceOptimizer(builder, optimizer, states),
      Object.fromEntries(slopes.map((value, i) => [`g${i}`, value])),
      1,
      Object.fromEntries([...states, ...optimizer.variables].map(({ path, shape, value }) => [path, { shape, value }])),
      steps,
    );
    states.forEach(({ path }, i) => {
      close(run.variables[path], expected.states[i]!.value, `weight ${i}`);
    });
    optimizer.variables.forEach(({ path }, i) => {
      close(run.variables[path], expected.optimizer.variables[i]!.value, path);
    });
  });
});
