/** Every case of the tables: shapes, weights and values as counted by hand; gradients against differences. */
import { describe, expect, test } from "vitest";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { sizeOf } from "../../src/base/shape.ts";
import { Variable } from "../../src/nn/variable.ts";
import { relativeError } from "../ir/closeness.ts";
import { drawInput } from "../ops/case-graph.ts";
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
import { buildFor, runLayer, runRows, stepOptimizer, type Value } from "./run-nn.ts";

const STEP = 1e-6;

/** Elements of a large input that are looked at. */
const SAMPLE = 20;

/** Slopes of `project` by some elements of `at`, by central differences. */
function differences(at: Float64Array, elements: readonly number[], project: (moved: Float64Array) => number) {
  return elements.map((i) => (project(at.with(i, at[i]! + STEP)) - project(at.with(i, at[i]! - STEP))) / (2 * STEP));
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (value, i) => value * b[i]!).reduce((sum, value) => sum + value, 0);

function drawn(shape: readonly number[], seed: number, draw: Parameters<typeof drawInput>[0]["draw"] = "normal") {
  const values = drawInput({ shape, dtype: "float32", batched: true, draw }, new RandomStream(keyOf(seed)));
  return Float64Array.from(values);
}

describe("layers", () => {
  test.each(allLayerCases)(
    "$title",
    ({ of, options, input, more = [], output, weights = {}, draw, drawWeights, training = false }) => {
      const layer = makeLayer(of, options);
      const shapes = [input, ...more];
      const [first, ...others] = shapes.map((shape) => [null, ...shape.slice(1)]);
      expect(layer.computeOutputShape(first!, ...others)).toEqual([null, ...output.slice(1)]);
      const x = shapes.map((shape, i) => ({ shape, data: drawn(shape, i === 0 ? 1 : 100 + i, draw) }));
      const cotangent = drawn(output, 2);
      buildFor(layer, shapes);
      const values = layer.weights.map(({ name, shape }, i) => drawn(shape, 3 + i, drawWeights?.[name]));
      const run = runLayer(layer, x, { training, cotangent, weights: values });
      expect(run.shape).toEqual(output);
      expect(run.output).toHaveLength(sizeOf(output));
      expect(Object.fromEntries(layer.weights.map(({ name, shape }) => [name, shape]))).toEqual(weights);
      expect(layer.countParams()).toBe(Object.values(weights).reduce((sum, shape) => sum + sizeOf(shape), 0));

      const sources = [
        ...x.map(({ data }, i) => ({ value: data, gradient: run.inputGradients[i]!, name: `input ${i}` })),
        ...run.weightGradients.map((gradient, i) => ({
          value: values[i]!,
          gradient: gradient!,
          name: layer.weights[i]!.name,
        })),
      ];
      const random = new RandomStream(keyOf(9));
      sources.forEach(({ value, gradient, name }) => {
        expect(gradient).toHaveLength(value.length);
        const elements = [...random.permutation(value.length)].slice(0, SAMPLE);
        const slopes = differences(value, elements, (moved) => {
          const inputs = x.map(({ shape, data }) => ({ shape, data: data === value ? moved : data }));
          const changed = values.map((each) => (each === value ? moved : each));
          return dot(runLayer(layer, inputs, { training, weights: changed }).output, cotangent);
        });
        const actual = elements.map((i) => gradient[i]!);
        expect(relativeError(actual, slopes), name).toBeLessThan(1e-5);
      });
    },
  );
});

describe("losses", () => {
  test.each(allLossCases)("$title", ({ of, options, yTrue, yPred, name }) => {
    const loss = makeLoss(of, options);
    const target: Value = { shape: yTrue.shape, data: drawn(yTrue.shape, 1, yTrue.draw) };
    const prediction = drawn(yPred.shape, 2, yPred.draw);
    const weights = drawn([yPred.shape[0]!], 3);
    const run = (data: Float64Array, seed?: Float64Array) =>
      runRows((t, p) => loss.emit(t, p), target, { shape: yPred.shape, data }, seed);
    const { values, gradient } = run(prediction, weights);
    expect(values).toHaveLength(yPred.shape[0]!);
    expect([...values, ...gradient!].every(Number.isFinite)).toBe(true);
    // The clip of probabilities near 0 and 1 has a kink that differences would step over.
    if (name === "certain") return;
    const elements = [...prediction.keys()];
    const slopes = differences(prediction, elements, (moved) => dot(run(moved).values, weights));
    expect(relativeError(gradient!, slopes)).toBeLessThan(1e-5);
  });
});

describe("metrics", () => {
  test.each(allMetricCases)("$title", ({ of, options, yTrue, yPred, values }) => {
    const metric = makeMetric(of, options);
    const value = ({ shape, draw }: typeof yTrue): Value => ({ shape, data: drawn(shape, 1, draw) });
    const run = runRows((t, p) => metric.emit(t, p), value(yTrue), value(yPred));
    expect(relativeError(run.values, values)).toBeLessThan(1e-6);
  });
});

describe("optimizers", () => {
  test.each(allOptimizerCases)("$title", ({ of, options, weights, variables }) => {
    const optimizer = makeOptimizer(of, options);
    const states = weights.map((shape, i) => {
      const value = Float32Array.from(drawn(shape, i));
      return new Variable({ name: `w${i}`, shape, trainable: true, value });
    });
    const before = states.map(({ value }) => Float32Array.from(value));
    // Gradients that point uphill from a minimum at 0: every optimizer must come nearer.
    for (let step = 0; step < 5; step++)
      stepOptimizer(
        optimizer,
        states,
        states.map(({ value }) => value),
      );
    expect(optimizer.variables.map(({ path }) => path.replace(`${optimizer.name}/`, ""))).toEqual(variables);
    expect(optimizer.iteration.value[0]).toBe(5);
    states.forEach(({ value }, i) => {
      expect(dot(value, value)).toBeLessThan(dot(before[i]!, before[i]!));
    });
  });
});
