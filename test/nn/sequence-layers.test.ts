/** Sequence and attention layers of real Keras, in float64 and on devices: the same numbers, shapes and configs. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flatten } from "../../src/base/structure.ts";
import type { Device } from "../../src/ir/device.ts";
import { GraphBuilder } from "../../src/ir/graph.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import { isBatchShape } from "../../src/nn/keras-tensor.ts";
import { ConvLSTM2D } from "../../src/nn/layers/conv-lstm2d.ts";
import { input } from "../../src/nn/layers/input-layer.ts";
import { describeLayer } from "../../src/train/config.ts";

import { classDevices } from "../devices/device-list.ts";
import { loadGraph } from "../devices/run-graph.ts";
import { evaluateGraph } from "../ir/evaluate-graph.ts";
import { freshName } from "./on-device.ts";
import { buildCase, checkNumbers, feedsOf, layersOf, makeFrom, sequenceCases, traceCase } from "./sequence-layers.ts";

const TOLERANCE = 1e-5;

/** A config without what two equal layers need not share: names, and the shapes that inner layers are built for. */
function comparable(value: unknown): unknown {
  if (typeof value === "number") return Math.fround(value);
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !["name", "build_config", "seed"].includes(key));
  return Object.fromEntries(kept.map(([key, each]) => [key, comparable(each)]));
}

describe.each(sequenceCases)("$title", ({ golden }) => {
  test("gives Keras's numbers", () => {
    const layers = layersOf(golden);
    buildCase(golden, layers);
    const weights = layers.flatMap((layer) => layer.weights);
    const own = weights.map(({ name, shape, trainable }) => ({ name, shape: [...shape], trainable }));
    expect(own).toEqual(golden.weights.map(({ name, trainable, value: { shape } }) => ({ name, shape, trainable })));
    const builder = new GraphBuilder();
    const outputs = traceCase(builder, golden, layers);
    const expected = golden.outputs ?? [golden.output!];
    expect(outputs.map(({ spec }) => spec.shape)).toEqual(expected.map(({ shape }) => shape));
    const values = Object.fromEntries(golden.weights.map(({ value }, i) => [`weight${i}`, value.data]));
    const rows = golden.inputs[0]!.shape[0]!;
    const made = evaluateGraph(verifyGraph(builder.finish()), feedsOf(golden), rows, values);
    const after = (place: number) => made.variables[`weight${place}`] ?? golden.weights[place]!.value.data;
    checkNumbers(golden, (name) => made.outputs[name], after, TOLERANCE);
  });

  test.runIf(golden.outputShape != null && golden.layer !== "Sequential")("states Keras's shape", () => {
    const [layer] = layersOf(golden);
    const shapes = golden.inputs.map(({ shape }) => [null, ...shape.slice(1)]);
    const stated = layer!.computeOutputShape(shapes.length === 1 ? shapes[0]! : shapes);
    expect(flatten(stated, isBatchShape).flat()).toEqual((golden.outputShape as unknown[]).flat());
  });

  test.runIf(golden.kerasConfig !== undefined && golden.layer !== "Sequential")("has Keras's config", () => {
    for (const config of [golden.config, golden.kerasConfig!]) {
      const layer = makeFrom(golden.layer, config);
      buildCase(golden, [layer]);
      const { config: written } = describeLayer(layer);
      expect(comparable(written)).toEqual(comparable(golden.kerasConfig));
      expect(Object.keys(written)).toEqual(Object.keys(golden.kerasConfig!));
    }
  });
});

test("a ConvLSTM of channels first gives and takes states with channels first", () => {
  const layer = new ConvLSTM2D({ filters: 3, kernelSize: 2, dataFormat: "channels_first", returnState: true });
  const [output, h, c] = layer.apply(input({ shape: [4, 2, 5, 6] }));
  expect([output, h, c].map(({ shape }) => shape)).toEqual(new Array(3).fill([null, 3, 4, 5]));
  expect(layer.apply(input({ shape: [4, 2, 5, 6] }), { initialState: [h, c] })[1].shape).toEqual([null, 3, 4, 5]);
  expect(() => layer.computeOutputShape([null, 2, 3, 4])).toThrow("[batch, time, channels, …sizes]");
});

// The float64 meaning is checked above, and threads by the layers' own cases.
const devices = classDevices.filter(({ name }) => name === "cpu, inline" || name === "gpu");

describe.each(devices)("$name", ({ start, choose }) => {
  let device: Device;
  beforeAll(async () => {
    device = await start();
  });
  afterAll(() => device.dispose());

  test.each(choose(sequenceCases))("$title", async ({ golden }) => {
    const layers = layersOf(golden);
    buildCase(golden, layers);
    const prefix = `${freshName()}/`;
    const shapes = golden.weights.map(({ value: { shape } }, i) => [`${prefix}weight${i}`, { shape }]);
    const loaded = await loadGraph(
      device,
      (builder) => void traceCase(builder, golden, layers, prefix),
      Object.fromEntries(shapes),
    );
    const rows = golden.inputs[0]!.shape[0]!;
    const values = golden.weights.map(({ value }, i) => [`${prefix}weight${i}`, Float32Array.from(value.data)]);
    const feeds = { ...feedsOf(golden), meanOver: Float32Array.of(rows) };
    const { outputs, variables } = await loaded.run(feeds, rows, Object.fromEntries(values));
    loaded.release();
    const after = (place: number) => variables[`${prefix}weight${place}`];
    checkNumbers(golden, (name) => outputs[name] as Float32Array, after, 2 * TOLERANCE);
  });
});
