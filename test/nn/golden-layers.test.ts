/** Layers of real Keras: the same weights and inputs, the same outputs and gradients. */
import { describe, expect, test } from "vitest";
import { toCamelCaseKeys } from "../../src/base/case.ts";
import { relativeError } from "../ir/closeness.ts";
import { goldenLayers } from "./golden-cases.ts";
import { makeLayer } from "./make.ts";
import { runLayer } from "./run-nn.ts";

/** Keras's numbers are float32; ours are float64 here. */
const TOLERANCE = 1e-5;

describe.each(goldenLayers)("$title", ({ golden }) => {
  const layer = makeLayer(golden.layer, toCamelCaseKeys(golden.config) as object);
  const run = runLayer(layer, golden.inputs, {
    training: golden.training,
    cotangent: golden.cotangent.data,
    weights: golden.weights.map(({ value }) => value.data),
  });

  test("has Keras's weights", () => {
    const own = layer.weights.map(({ name, shape, trainable }) => ({ name, shape: [...shape], trainable }));
    expect(own).toEqual(golden.weights.map(({ name, trainable, value: { shape } }) => ({ name, shape, trainable })));
  });

  test("gives Keras's output", () => {
    expect(run.shape).toEqual(golden.output.shape);
    expect(relativeError(run.output, golden.output.data)).toBeLessThan(TOLERANCE);
  });

  test("leaves Keras's weights behind", () => {
    const after = golden.weightsAfter ?? golden.weights.map(({ value }) => value);
    expect(run.weightsAfter).toHaveLength(after.length);
    after.forEach(({ data }, i) => {
      expect(relativeError(run.weightsAfter[i]!, data), golden.weights[i]!.name).toBeLessThan(1e-6);
    });
  });

  test("gives Keras's gradients", () => {
    golden.inputGrads.forEach(({ data }, i) => {
      expect(relativeError(run.inputGradients[i]!, data), `by input ${i}`).toBeLessThan(TOLERANCE);
    });
    expect(run.weightGradients).toHaveLength(golden.weightGrads.filter((gradient) => gradient !== null).length);
    golden.weightGrads.forEach((gradient, i) => {
      if (gradient === null) return;
      expect(relativeError(run.weightGradients[i]!, gradient.data), golden.weights[i]!.name).toBeLessThan(TOLERANCE);
    });
  });
});
