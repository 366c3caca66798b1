/**
 * A training of Keras under mixed_float16 (bench/golden/mixed_precision.py): on the reference device that rounds as devices do which
 * store float16, on a GPU that stores it, and in float32 elsewhere.
 */
import { readFileSync } from "node:fs";
import { type DeviceName, modelFromJSON, Sequential, setDtypePolicy, type Tensor, tensor } from "fovea";
import { Dense, Embedding, Flatten } from "fovea/layers";
import { MeanSquaredError } from "fovea/losses";
import { type Sym, subtract } from "fovea/ops";
import { LossScaleOptimizer, SGD } from "fovea/optimizers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { GpuDevice } from "../../src/devices/gpu/gpu-device.ts";
import { ReferenceDevice } from "../../src/devices/reference/reference-device.ts";
import type { Device } from "../../src/ir/device.ts";
import type { KerasJson } from "../../src/train/config.ts";
import { hasFloat16 } from "../devices/float16-adapter.ts";
import { relativeError } from "../ir/closeness.ts";

/** What stands in the place of the device that a model asks for. */
let started: (() => Promise<Device>) | undefined;

vi.mock(import("../../src/engine/choose-device.ts"), async (importOriginal) => {
  const original = await importOriginal();
  const chooseDevice: typeof original.chooseDevice = async (...asked) =>
    started === undefined ? original.chooseDevice(...asked) : { device: await started(), notice: undefined };
  return { ...original, chooseDevice };
});

afterEach(() => {
  started = undefined;
  setDtypePolicy("float32");
});

interface Golden {
  readonly model: KerasJson;
  readonly weights: readonly { readonly path: string; readonly shape: readonly number[] }[];
  readonly optimizer: string;
  readonly scale: number;
  readonly rows: number;
  readonly images: { readonly shape: readonly number[]; readonly data: string };
  readonly labels: readonly number[];
  readonly losses: readonly number[];
  readonly initial: string;
  readonly final: string;
  readonly predictions: readonly number[];
}

const golden = JSON.parse(readFileSync(new URL("../golden/mixed-precision.json", import.meta.url), "utf8")) as Golden;

const floats = (base64: string) => new Float32Array(new Uint8Array(Buffer.from(base64, "base64")).buffer);

function weightsOf(base64: string) {
  let at = 0;
  return golden.weights.map(({ shape }) => {
    const size = shape.reduce((product, axis) => product * axis, 1);
    at += size;
    return tensor(floats(base64).slice(at - size, at), shape);
  });
}

const images = tensor(floats(golden.images.data), golden.images.shape);
const labels = tensor(Int32Array.from(golden.labels), [golden.labels.length]);

/** Trains Keras's model as Keras did. */
async function train(device: DeviceName) {
  // Configs hold the policies of layers; a model has that of the process which makes it.
  setDtypePolicy("mixed_float16");
  const model = modelFromJSON(golden.model);
  model.compile({
    optimizer: new SGD({ learningRate: 0.05, momentum: 0.9 }),
    loss: "sparse_categorical_crossentropy",
    device,
  });
  model.setWeights(weightsOf(golden.initial));
  const losses: number[] = [];
  for (let from = 0; from < golden.labels.length; from += golden.rows) {
    const to = from + golden.rows;
    const logs = await model.trainOnBatch(images.slice(from, to), labels.slice(from, to));
    losses.push(logs.loss!);
  }
  const predicted = (await model.predict(images.slice(0, golden.rows), { verbose: 0 })) as Tensor;
  const weights = model.getWeights().map(({ data }) => data);
  return { model, losses, weights, predictions: predicted.data };
}

/** How far the training on a device is from Keras's, which rounds gradients of weights, too. */
async function compare(device: DeviceName) {
  const { losses, weights, predictions, model } = await train(device);
  return {
    model,
    first: relativeError(losses.slice(0, 1), golden.losses.slice(0, 1)),
    losses: relativeError(losses, golden.losses),
    weights: Math.max(...weightsOf(golden.final).map(({ data }, i) => relativeError(weights[i]!, data, 0.1))),
    predictions: relativeError(predictions, golden.predictions),
  };
}

const followed = (gaps: Awaited<ReturnType<typeof compare>>) => {
  expect(gaps.losses).toBeLessThan(1e-3);
  expect(gaps.weights).toBeLessThan(1e-2);
  expect(gaps.predictions).toBeLessThan(2e-3);
};

const sentence = /policy "mixed_float16"; fovea computes in float32/;

describe("Keras's training under mixed_float16", () => {
  test("the reference device rounds values as Keras does: the first loss is Keras's to the last digits", async () => {
    started = async () => new ReferenceDevice({ float16: true });
    const gaps = await compare("reference");
    followed(gaps);
    expect(gaps.first).toBeLessThan(1e-5);
    expect(gaps.model.runner.takeNotices()).toEqual([]);
  });

  test("in float32 it is not, and the run says once that it computes in float32", async () => {
    const gaps = await compare("reference");
    followed(gaps);
    expect(gaps.first).toBeGreaterThan(1e-4);
    expect(gaps.model.runner.takeNotices().join()).toMatch(sentence);
  });

  test("the optimizer scales the loss by itself, unless it is told not to", async () => {
    const { optimizer } = (await train("reference")).model;
    expect(optimizer?.className).toBe(golden.optimizer);
    expect((optimizer as LossScaleOptimizer).dynamicScale.value).toEqual(Float32Array.of(golden.scale));
    setDtypePolicy("mixed_float16");
    const model = new Sequential([new Dense({ units: 1, inputShape: [1] })]);
    model.compile({ optimizer: "sgd", loss: "mse", autoScaleLoss: false });
    expect(model.optimizer).toBeInstanceOf(SGD);
    const own = new LossScaleOptimizer({ innerOptimizer: "sgd", initialScale: 8 });
    model.compile({ optimizer: own, loss: "mse" });
    expect(model.optimizer).toBe(own);
    setDtypePolicy("float16");
    const other = new Sequential([new Dense({ units: 1, inputShape: [1] })]);
    other.compile({ optimizer: "sgd", loss: "mse" });
    expect(other.optimizer).toBeInstanceOf(SGD);
  });
});

test("losses and metrics are computed in float32, of outputs in float16, too", async () => {
  const seen: (string | undefined)[] = [];
  class Watched extends MeanSquaredError {
    override call(yTrue: Sym, yPred: Sym): Sym {
      seen.push(yPred.precision);
      return super.call(yTrue, yPred);
    }
  }
  const metric = (yTrue: Sym, yPred: Sym) => {
    seen.push(yPred.precision);
    return subtract(yTrue, yPred);
  };
  setDtypePolicy("mixed_float16");
  const model = new Sequential([new Dense({ units: 1, inputShape: [2] })]);
  model.compile({ optimizer: "sgd", loss: new Watched(), metrics: [metric], device: "reference" });
  await model.trainOnBatch(tensor([[1, 2]]), tensor([[3]]));
  expect(new Set(seen)).toEqual(new Set(["float32"]));
  expect(seen.length).toBeGreaterThan(1);
});

/** A value above 65504 on the way: infinite in float16, and not in float32. */
const large = (device: DeviceName) => {
  setDtypePolicy("mixed_float16");
  const model = new Sequential([
    new Dense({ units: 1, kernelInitializer: "ones", useBias: false, inputShape: [2] }),
    new Dense({ units: 1, kernelInitializer: "ones", useBias: false }),
  ]);
  model.compile({ optimizer: "sgd", loss: "mse", device });
  return model;
};

test("what exceeds float16 is infinite, and a gradient that does halves the scale and moves nothing", async () => {
  started = async () => new ReferenceDevice({ float16: true });
  const model = large("reference");
  const predicted = await model.predict(
    tensor([
      [40000, 40000],
      [300, 0.0625],
    ]),
    { verbose: 0 },
  );
  expect([...predicted.data]).toEqual([Number.POSITIVE_INFINITY, 300]);
  const before = model.getWeights().map(({ data }) => [...data]);
  // The loss, 2 · 300 · 2¹⁵ as a gradient, is no float16.
  await model.trainOnBatch(tensor([[300, 0]]), tensor([[0]]));
  expect(model.getWeights().map(({ data }) => [...data])).toEqual(before);
  expect((model.optimizer as LossScaleOptimizer).dynamicScale.value).toEqual(Float32Array.of(2 ** 14));
  started = undefined;
  const plain = await large("reference").predict(tensor([[40000, 40000]]), { verbose: 0 });
  expect(plain.data[0]).toBe(80000);
});

test("numbers of rows are not rounded: an Embedding finds row 4095", async () => {
  started = async () => new ReferenceDevice({ float16: true });
  setDtypePolicy("mixed_float16");
  const model = new Sequential([new Embedding({ inputDim: 4096, outputDim: 1, inputShape: [1] }), new Flatten()]);
  model.setWeights([
    tensor(
      Float32Array.from({ length: 4096 }, (_, i) => (i === 4095 ? 0.5 : -1)),
      [4096, 1],
    ),
  ]);
  model.compile({ device: "reference" });
  expect([...(await model.predict(tensor([[4095], [4094]]), { verbose: 0 })).data]).toEqual([0.5, -1]);
});

describe.skipIf(!hasFloat16)("on a GPU with shader-f16 (npm run test:deno-gpu)", () => {
  test("the training is Keras's, with its roundings but those within fused operations", async () => {
    const gaps = await compare("gpu");
    followed(gaps);
    expect(gaps.first).toBeLessThan(5e-5);
    expect(gaps.model.runner.takeNotices()).toEqual([]);
  });

  test("what exceeds float16 is infinite", async () => {
    const predicted = await large("gpu").predict(
      tensor([
        [40000, 40000],
        [300, 0.0625],
      ]),
      { verbose: 0 },
    );
    expect([...predicted.data]).toEqual([Number.POSITIVE_INFINITY, 300]);
  });
});

test("a GPU without shader-f16 computes in float32, and says so and why", async () => {
  started = () => GpuDevice.start({ float16: false });
  const gaps = await compare("gpu");
  followed(gaps);
  const notices = gaps.model.runner.takeNotices().join();
  expect(notices).toMatch(sentence);
  expect(notices).toContain("This GPU lacks 16-bit floats (the feature shader-f16).");
});
