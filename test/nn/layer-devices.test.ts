/** Layers on every device: real Keras's numbers, and the case tables against their float64 meaning, forward and back. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { sizeOf } from "../../src/base/shape.ts";
import type { Device } from "../../src/ir/device.ts";
import { classDevices } from "../devices/device-list.ts";
import { relativeError } from "../ir/closeness.ts";
import { drawInput } from "../ops/case-graph.ts";
import { layerChecks, TOLERANCE } from "./check-golden-layer.ts";
import { allLayerCases, makeLayer } from "./make-layer.ts";
import { layerOnDevice } from "./on-device.ts";
import { buildFor, runLayer } from "./run-layer.ts";

type Numbers = ArrayLike<number>;

function drawn(shape: readonly number[], seed: number, draw: Parameters<typeof drawInput>[0]["draw"] = "normal") {
  const values = drawInput({ shape, dtype: "float32", batched: true, draw }, new RandomStream(keyOf(seed)));
  return Float32Array.from(values);
}

describe.each(classDevices)("$name", ({ start, choose }) => {
  let device: Device;
  beforeAll(async () => {
    device = await start();
  });
  afterAll(() => device.dispose());

  const close = (actual: Numbers | undefined, expected: Numbers, what: string) =>
    expect(relativeError(actual ?? [], expected), what).toBeLessThan(TOLERANCE);

  test.each(choose(layerChecks))("Keras: $title", ({ run }) => run(device));

  test.each(choose(allLayerCases))(
    "$title",
    async ({ of, options, input, more = [], output, draw, drawWeights, training = false }) => {
      const layer = makeLayer(of, options);
      const shapes = [input, ...more];
      buildFor(layer, shapes);
      const weights = layer.weights.map(({ name, shape }, i) => drawn(shape, 3 + i, drawWeights?.[name]));
      const x = shapes.map((shape, i) => drawn(shape, i === 0 ? 1 : 100 + i, draw));
      const cotangent = drawn(output, 2);
      const given = { shapes, training, x, cotangent, weights };
      for (const { rows, after, outputs } of await layerOnDevice(device, layer, given, [...new Set([input[0]!, 1])])) {
        const part = (values: Float32Array, shape: readonly number[]) =>
          values.subarray(0, rows * sizeOf(shape.slice(1)));
        const expected = runLayer(
          layer,
          shapes.map((shape, i) => ({ shape: [rows, ...shape.slice(1)], data: part(x[i]!, shape) })),
          { training, cotangent: part(cotangent, output), weights },
        );
        close(outputs.y, expected.output, `output of ${rows} rows`);
        expected.inputGradients.forEach((gradient, i) => {
          if (gradient !== undefined) close(outputs[`dx${i}`], gradient, `gradient of ${rows} rows by input ${i}`);
        });
        expected.weightGradients.forEach((gradient, i) => {
          close(outputs[`dw${i}`], gradient!, `gradient of ${rows} rows by the ${layer.trainableWeights[i]!.name}`);
        });
        expected.weightsAfter.forEach((value, i) => {
          close(after[i], value, `${layer.weights[i]!.name} after ${rows} rows`);
        });
      }
    },
  );
});
