/** Layers of real Keras: the same weights and inputs, the same outputs, losses, gradients and configs. */
import { beforeAll, describe, expect, test } from "vitest";
import { toCamelCaseKeys, toSnakeCaseKeys } from "../../src/base/case.ts";
import type { Layer } from "../../src/nn/layers/layer.ts";
import { cellNames } from "../cases/layers.ts";
import augmentations from "../golden/augmentations.json" with { type: "json" };
import ofRecords from "../golden/image-records.json" with { type: "json" };
import preprocessing from "../golden/preprocessing.json" with { type: "json" };
import { relativeError } from "../ir/closeness.ts";
import { goldenLayers } from "./golden-layers.ts";
import { layerClasses, makeLayer } from "./make-layer.ts";
import { type LayerRun, runLayer } from "./run-layer.ts";
import { sequenceCases } from "./sequence-layers.ts";

/** Keras's numbers are float32; ours are float64 here. */
const TOLERANCE = 1e-5;

/** A layer's config in Keras's spelling. */
const kerasConfig = (layer: Layer) => toSnakeCaseKeys(layer.getConfig()) as Record<string, unknown>;

/** What two equal layers have in common; Keras keeps some numbers in float32. */
function comparable({ name: _, dtype, ...config }: Readonly<Record<string, unknown>>): unknown {
  const rounded = (_key: string, value: unknown) => (typeof value === "number" ? Math.fround(value) : value);
  return JSON.parse(JSON.stringify({ ...config, seed: null }, rounded));
}

describe.each(goldenLayers)("$title", ({ golden }) => {
  let layer: Layer;
  let run: LayerRun;
  beforeAll(() => {
    layer = makeLayer(golden.layer, toCamelCaseKeys(golden.config) as object);
    run = runLayer(layer, golden.inputs, {
      training: golden.training,
      cotangent: golden.cotangent.data,
      weights: golden.weights.map(({ value }) => value.data),
    });
  });

  test("has Keras's weights", () => {
    const own = layer.weights.map(({ name, shape, trainable }) => ({ name, shape: [...shape], trainable }));
    expect(own).toEqual(golden.weights.map(({ name, trainable, value: { shape } }) => ({ name, shape, trainable })));
  });

  test("gives Keras's output and losses", () => {
    expect(run.shape).toEqual(golden.output.shape);
    expect(relativeError(run.output, golden.output.data)).toBeLessThan(TOLERANCE);
    const losses = golden.losses ?? [];
    expect(run.losses).toHaveLength(losses.length);
    losses.forEach((loss, i) => {
      expect(relativeError([run.losses[i]!], [loss]), `loss ${i}`).toBeLessThan(TOLERANCE);
    });
    if (golden.outputShape == null) return;
    expect(layer.computeOutputShape([null, ...golden.inputs[0]!.shape.slice(1)])).toEqual(golden.outputShape);
  });

  test("leaves Keras's weights behind", () => {
    const after = golden.weightsAfter ?? golden.weights.map(({ value }) => value);
    expect(run.weightsAfter).toHaveLength(after.length);
    after.forEach(({ data }, i) => {
      expect(relativeError(run.weightsAfter[i]!, data), golden.weights[i]!.name).toBeLessThan(1e-6);
    });
  });

  test("gives Keras's gradients", () => {
    golden.inputGrads?.forEach((gradient, i) => {
      if (gradient === null) return;
      expect(relativeError(run.inputGradients[i]!, gradient.data), `by input ${i}`).toBeLessThan(TOLERANCE);
    });
    expect(run.weightGradients).toHaveLength(golden.weights.filter(({ trainable }) => trainable).length);
    golden.weightGrads.forEach((gradient, i) => {
      if (gradient === null) return;
      expect(relativeError(run.weightGradients[i]!, gradient.data), golden.weights[i]!.name).toBeLessThan(TOLERANCE);
    });
  });

  test.runIf(golden.kerasConfig !== undefined)("reads and writes Keras's config", () => {
    const given = golden.kerasConfig!;
    const made = new (layerClasses.get(golden.layer)!)(toCamelCaseKeys(given) as never);
    for (const each of [layer, made]) {
      expect(comparable(kerasConfig(each))).toEqual(comparable(given));
      expect(Object.keys(kerasConfig(each))).toEqual(Object.keys(given));
    }
  });
});

test("every layer has Keras's numbers, or no numbers of its own", () => {
  const golden = [...goldenLayers, ...sequenceCases].map((each) => each.golden);
  const layers = [...golden, ...preprocessing.cases, ...augmentations.cases, ...ofRecords.policies];
  const covered = new Set<string>(layers.map(({ layer }) => layer));
  const others = [...layerClasses.keys()].filter((name) => !covered.has(name) && !cellNames.includes(name));
  expect(others).toEqual(["InputLayer", "Lambda"]);
});
