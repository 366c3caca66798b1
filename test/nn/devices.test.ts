/** Keras's nouns on every device: real Keras's numbers, and the case tables against their float64 meaning, forward and back. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toCamelCaseKeys } from "../../src/base/case.ts";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { sizeOf } from "../../src/base/shape.ts";
import type { Device } from "../../src/ir/device.ts";
import type { Layer } from "../../src/nn/layers/layer.ts";
import { Variable } from "../../src/nn/variable.ts";
import { deviceList } from "../devices/device-list.ts";
import { runGraph } from "../devices/run-graph.ts";
import { relativeError } from "../ir/closeness.ts";
import { drawInput } from "../ops/case-graph.ts";
import { goldenLayers, goldenLosses, goldenMetrics, goldenOptimizers } from "./golden-cases.ts";
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
import { buildFor, mean, runLayer, runRows, stepOptimizer, traceLayer, traceOptimizer, traceRows } from "./run-nn.ts";

type Numbers = ArrayLike<number>;

/** Largest error, relative to the largest value of the tensor. */
const TOLERANCE = 1e-5;

function drawn(shape: readonly number[], seed: number, draw: Parameters<typeof drawInput>[0]["draw"] = "normal") {
  const values = drawInput({ shape, dtype: "float32", batched: true, draw }, new RandomStream(keyOf(seed)));
  return Float32Array.from(values);
}

describe.each(deviceList)("$name", ({ start }) => {
  let device: Device;
  /** Variables stay on a device, so each case has names of its own. */
  let count = 0;
  beforeAll(async () => {
    device = await start();
  });
  afterAll(() => device.dispose());

  const close = (actual: Numbers | undefined, expected: Numbers, what: string) =>
    expect(relativeError(actual ?? [], expected), what).toBeLessThan(TOLERANCE);

  interface LayerFeeds {
    readonly shapes: readonly (readonly number[])[];
    readonly training: boolean;
    readonly x: readonly Numbers[];
    readonly cotangent: Numbers;
    readonly weights: readonly Numbers[];
    /** Default: all. */
    readonly rows?: number;
  }

  async function layerOnDevice(layer: Layer, { shapes, training, x, cotangent, weights, rows }: LayerFeeds) {
    const prefix = `case${count++}/`;
    buildFor(layer, shapes);
    const values = layer.weights.map(({ shape }, i) => [
      `${prefix}weight${i}`,
      { shape, value: Float32Array.from(weights[i]!) },
    ]);
    const { outputs, variables } = await runGraph(
      device,
      (builder) => void traceLayer(builder, layer, shapes, { training, withGradients: true, prefix }),
      {
        ...Object.fromEntries(x.map((values, i) => [`x${i}`, Float32Array.from(values)])),
        seed: Float32Array.from(cotangent),
      },
      rows ?? shapes[0]![0]!,
      Object.fromEntries(values),
    );
    return { outputs, after: layer.weights.map((_, i) => variables[`${prefix}weight${i}`]!) };
  }

  test.each(goldenLayers)("Keras: $title", async ({ golden }) => {
    const layer = makeLayer(golden.layer, toCamelCaseKeys(golden.config) as object);
    const { after, outputs } = await layerOnDevice(layer, {
      shapes: golden.inputs.map(({ shape }) => shape),
      training: golden.training,
      x: golden.inputs.map(({ data }) => data),
      cotangent: golden.cotangent.data,
      weights: golden.weights.map(({ value }) => value.data),
    });
    close(outputs.y, golden.output.data, "output");
    golden.inputGrads.forEach(({ data }, i) => {
      close(outputs[`dx${i}`], data, `gradient by input ${i}`);
    });
    golden.weightGrads.forEach((gradient, i) => {
      if (gradient === null) return;
      close(outputs[`dw${i}`], gradient.data, `gradient by the ${golden.weights[i]!.name}`);
    });
    golden.weightsAfter?.forEach(({ data }, i) => {
      close(after[i], data, `${golden.weights[i]!.name} after the step`);
    });
  });

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
        const { after, outputs } = await layerOnDevice(layer, { shapes, training, x, cotangent, weights, rows });
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

  test.each(goldenLosses)("Keras: $title", async ({ golden }) => {
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
    close([mean(values)], [golden.value], "value");
    close(outputs.gradient, golden.gradient.data, "gradient");
    const weighted = values.map((value, i) => value * golden.sampleWeight.data[i]!);
    close([mean(weighted)], [golden.weighted], "weighted value");
  });

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

  test.each(goldenMetrics)("Keras: $title", async ({ golden }) => {
    const metric = makeMetric(golden.metric, toCamelCaseKeys(golden.config) as object);
    const { outputs } = await runGraph(
      device,
      (builder) => traceRows(builder, (t, p) => metric.emit(t, p), golden.yTrue.shape, golden.yPred.shape, false),
      { target: Float32Array.from(golden.yTrue.data), prediction: Float32Array.from(golden.yPred.data) },
      golden.yTrue.shape[0]!,
    );
    expect(mean(outputs.values!)).toBeCloseTo(golden.afterAll, 6);
  });

  /** Weights with names of their own, and what a run gives them after some steps of the same gradients. */
  function variables(values: readonly { readonly shape: readonly number[]; readonly data: Numbers }[]) {
    const prefix = `case${count++}/`;
    return values.map(({ shape, data }, i) => {
      const variable = new Variable({ name: `w${i}`, shape, trainable: true, value: Float32Array.from(data) });
      variable.path = `${prefix}w${i}`;
      return variable;
    });
  }

  test.each(goldenOptimizers)("Keras: $title", async ({ golden }) => {
    const prefix = `golden${count++}`;
    const optimizer = makeOptimizer(golden.optimizer, { ...(toCamelCaseKeys(golden.config) as object), name: prefix });
    const weights = variables(golden.initial);
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
        close(weights[i]!.value, data, `weight ${i} after step ${step}`);
      });
    }
  });

  test.each(allOptimizerCases)("$title", async ({ of, options, weights }) => {
    const steps = 4;
    const made = (name: string) => {
      const optimizer = makeOptimizer(of, { ...options, name });
      const states = variables(weights.map((shape, i) => ({ shape, data: drawn(shape, i) })));
      optimizer.build(states);
      return { optimizer, states };
    };
    const slopes = weights.map((shape, i) => drawn(shape, 10 + i));
    const expected = made(`expected${count}`);
    for (let step = 0; step < steps; step++) stepOptimizer(expected.optimizer, expected.states, slopes);
    const { optimizer, states } = made(`actual${count}`);
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
