/** Layers under mixed_float16, forward and back, against their float64 meaning: as far from it as 11 bits may be. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { GpuDevice } from "../../src/devices/gpu/gpu-device.ts";
import { ReferenceDevice } from "../../src/devices/reference/reference-device.ts";
import type { Device } from "../../src/ir/device.ts";
import { classDevices } from "../devices/device-list.ts";
import { hasFloat16 } from "../devices/float16-adapter.ts";
import { relativeError } from "../ir/closeness.ts";
import { drawInput } from "../ops/case-graph.ts";
import { allLayerCases, makeLayer } from "./make-layer.ts";
import { layerOnDevice } from "./on-device.ts";
import { buildFor, runLayer } from "./run-layer.ts";

const TOLERANCE = 3e-2;

function drawn(shape: readonly number[], seed: number, draw: Parameters<typeof drawInput>[0]["draw"] = "normal") {
  const values = drawInput({ shape, dtype: "float32", batched: true, draw }, new RandomStream(keyOf(seed)));
  return Float32Array.from(values);
}

const { choose } = classDevices.find(({ name }) => name === "gpu")!;

describe.each([
  {
    title: "reference, rounding",
    runs: true,
    start: async () => new ReferenceDevice({ float16: true }),
    cases: allLayerCases,
  },
  {
    title: "gpu with shader-f16 (npm run test:deno-gpu)",
    runs: hasFloat16,
    start: () => GpuDevice.start(),
    cases: choose(allLayerCases),
  },
])("$title", ({ runs, start, cases }) => {
  let device: Device;
  beforeAll(async () => {
    if (runs) device = await start();
  });
  afterAll(() => device?.dispose());

  test.skipIf(!runs).each(cases)(
    "$title",
    async ({ of, options, input, more = [], output, draw, drawWeights, training = false }) => {
      const layer = makeLayer(of, { ...options, dtype: "mixed_float16" });
      const shapes = [input, ...more];
      buildFor(layer, shapes);
      const weights = layer.weights.map(({ name, shape }, i) => drawn(shape, 3 + i, drawWeights?.[name]));
      const x = shapes.map((shape, i) => drawn(shape, i === 0 ? 1 : 100 + i, draw));
      const cotangent = drawn(output, 2);
      const given = { shapes, training, x, cotangent, weights };
      const [run] = await layerOnDevice(device, layer, given, [input[0]!]);
      const { outputs, after } = run!;
      const expected = runLayer(
        layer,
        shapes.map((shape, i) => ({ shape, data: x[i]! })),
        { training, cotangent, weights },
      );
      const close = (actual: ArrayLike<number> | undefined, wanted: ArrayLike<number>, what: string) =>
        expect(relativeError(actual ?? [], wanted, 0.1), what).toBeLessThan(TOLERANCE);
      close(outputs.y, expected.output, "output");
      expected.inputGradients.forEach((gradient, i) => {
        if (gradient !== undefined) close(outputs[`dx${i}`], gradient, `gradient by input ${i}`);
      });
      expected.weightGradients.forEach((gradient, i) => {
        close(outputs[`dw${i}`], gradient!, `gradient by the ${layer.trainableWeights[i]!.name}`);
      });
      expected.weightsAfter.forEach((value, i) => {
        close(after[i], value, `${layer.weights[i]!.name} after`);
      });
    },
  );
});
