/** Every case of the layers' tables: shapes and weights as counted by hand; gradients against differences. */
import { describe, expect, test } from "vitest";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { sizeOf } from "../../src/base/shape.ts";
import { relativeError } from "../ir/closeness.ts";
import { drawInput } from "../ops/case-graph.ts";
import { allLayerCases, makeLayer } from "./make-layer.ts";
import { buildFor, runLayer } from "./run-layer.ts";

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
    ({ of, options, input, more = [], output, weights = {}, draw, drawWeights, training = false, indices = false }) => {
      const layer = makeLayer(of, options);
      const shapes = [input, ...more];
      const open = shapes.map((shape) => [null, ...shape.slice(1)]);
      expect(layer.computeOutputShape(layer.takesSeveral ? open : open[0]!)).toEqual([null, ...output.slice(1)]);
      const x = shapes.map((shape, i) => ({ shape, data: drawn(shape, i === 0 ? 1 : 100 + i, draw) }));
      const cotangent = drawn(output, 2);
      buildFor(layer, shapes);
      const values = layer.weights.map(({ name, shape }, i) => drawn(shape, 3 + i, drawWeights?.[name]));
      const run = runLayer(layer, x, { training, cotangent, weights: values });
      expect(run.shape).toEqual(output);
      expect(run.output).toHaveLength(sizeOf(output));
      const numbered = layer.weights.map(({ name, shape }, i) => {
        const before = layer.weights.slice(0, i).filter((other) => other.name === name).length;
        return [before === 0 ? name : `${name} ${before + 1}`, shape];
      });
      expect(Object.fromEntries(numbered)).toEqual(weights);
      expect(layer.countParams()).toBe(Object.values(weights).reduce((sum, shape) => sum + sizeOf(shape), 0));

      const sources = [
        ...(indices ? [] : x).map(({ data }, i) => ({
          value: data,
          gradient: run.inputGradients[i]!,
          name: `input ${i}`,
        })),
        ...layer.trainableWeights.map((weight, i) => ({
          value: values[layer.weights.indexOf(weight)]!,
          gradient: run.weightGradients[i]!,
          name: weight.name,
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
