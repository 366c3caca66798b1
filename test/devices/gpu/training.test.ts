/** Whole models on the GPU: as on the CPU, and what is left of them when the GPU goes away. */
import { DeviceError, type Logs, Sequential, setSeed, tensor } from "fovea";
import { Callback } from "fovea/callbacks";
import { BatchNormalization, Conv2D, Dense, Dropout, Flatten, MaxPooling2D } from "fovea/layers";
import { expect, test, vi } from "vitest";
import { CpuDevice } from "../../../src/devices/cpu/cpu-device.ts";
import { GpuDevice } from "../../../src/devices/gpu/gpu-device.ts";
import { randomUniform } from "../../../src/ops/random-uniform.ts";
import { LogBook, silent, stripes, weightValues } from "../../train/small-models.ts";
import { turns } from "../../turns.ts";
import { runGraph } from "../run-graph.ts";

const { images, labels } = stripes(80);

function cnn(device: "cpu" | "gpu"): Sequential {
  setSeed(3);
  const model = new Sequential([
    new Conv2D({ filters: 8, kernelSize: 3, padding: "same", inputShape: [6, 6, 1] }),
    new BatchNormalization(),
    new MaxPooling2D(),
    new Dropout({ rate: 0.25 }),
    new Flatten(),
    new Dense({ units: 3, activation: "softmax" }),
  ]);
  model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", metrics: ["accuracy"], device });
  return model;
}

async function gpuOf(model: Sequential): Promise<GpuDevice> {
  const device = (await model.compiledSteps())?.device;
  if (!(device instanceof GpuDevice)) throw new Error("The model does not run on the GPU.");
  return device;
}

test("random numbers are the CPU's, bit for bit", async () => {
  const devices = [await CpuDevice.start({ threads: 2 }), await GpuDevice.start()];
  const drawn = await Promise.all(
    devices.map(async (device) => {
      const feeds = { step: Float32Array.of(70_000), x: new Float32Array(77) };
      const { outputs } = await runGraph(
        device,
        (builder) => {
          const step = builder.input("step", { shape: [], dtype: "float32", batched: false });
          const like = builder.input("x", { shape: [77, 1], dtype: "float32", batched: true });
          builder.output("y", randomUniform(step, like, [0xdeadbeef, 0x12345678], [131]));
        },
        feeds,
        77,
      );
      device.dispose();
      return outputs.y;
    }),
  );
  expect(drawn[1]).toEqual(drawn[0]);
  expect(new Set(drawn[0]).size).toBeGreaterThan(10_000);
});

test("losses of a model with dropout and batch normalisation follow the CPU's within 1e-3, step by step", async () => {
  const books = [];
  for (const device of ["cpu", "gpu"] as const) {
    const book = new LogBook();
    await cnn(device).fit(images, labels, { epochs: 3, batchSize: 8, callbacks: [book], ...silent });
    books.push(book.batches.map(({ loss }) => loss!));
  }
  const [cpu, gpu] = books as [number[], number[]];
  expect(cpu).toHaveLength(30);
  cpu.forEach((loss, i) => {
    expect(Math.abs(gpu[i]! - loss) / loss, `step ${i}`).toBeLessThan(1e-3);
  });
});

/** The weights after each step. */
class WeightLog extends Callback {
  readonly weights: number[][][] = [];
  override onTrainBatchEnd(): void {
    this.weights.push(weightValues(this.model!));
  }
}

test("a GPU destroyed in the midst of fit is an error, and the model keeps the weights of the last finished step", async () => {
  const log = new WeightLog();
  await cnn("gpu").fit(images, labels, { epochs: 4, batchSize: 8, callbacks: [log], ...silent });

  const model = cnn("gpu");
  const before = weightValues(model);
  const epochs: Logs[] = [];
  class Destroyer extends Callback {
    override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
      epochs.push(logs);
      // The steps of the next epoch are on their way when it happens.
      if (epoch === 1) setTimeout(async () => (await gpuOf(model)).device.destroy(), 5);
    }
  }
  const fitted = model.fit(images, labels, { epochs: 400, batchSize: 8, callbacks: [new Destroyer()], ...silent });
  await expect(fitted).rejects.toBeInstanceOf(DeviceError);
  await expect(fitted).rejects.toThrow(/The GPU was destroyed.*keeps the weights of its last finished step/);
  expect(weightValues(model)).not.toEqual(before);
  const kept = JSON.stringify(weightValues(model));
  const after = log.weights.findIndex((weights) => JSON.stringify(weights) === kept);
  const finished = model.history!.latest!;
  if (finished.epoch < 4) expect(after).toBe(10 * finished.epoch + finished.step);
  expect(epochs.length).toBeGreaterThanOrEqual(2);

  // The next call starts the GPU anew, with the weights that were kept.
  const twin = cnn("cpu");
  twin.setWeights(model.getWeights());
  const [own, other] = [await model.predict(images, silent), await twin.predict(images, silent)];
  expect(Math.max(...own.data.map((value, i) => Math.abs(value - other.data[i]!)))).toBeLessThan(1e-4);
  expect(JSON.stringify(weightValues(model))).toBe(kept);
  await model.fit(images, labels, { batchSize: 8, ...silent });
  expect(JSON.stringify(weightValues(model))).not.toBe(kept);
});

test("aborting leaves nothing running, and the model can go on", async () => {
  const model = cnn("gpu");
  const controller = new AbortController();
  class Aborter extends Callback {
    override onEpochEnd(): void {
      setTimeout(() => controller.abort(), 1);
    }
  }
  const fitted = model.fit(images, labels, {
    epochs: 500,
    batchSize: 8,
    callbacks: [new Aborter()],
    signal: controller.signal,
    ...silent,
  });
  await expect(fitted).rejects.toThrow(/abort/i);
  const { device } = await gpuOf(model);
  const submit = vi.spyOn(device.queue, "submit");
  await device.queue.onSubmittedWorkDone();
  await turns();
  expect(submit).not.toHaveBeenCalled();
  submit.mockRestore();
  await model.fit(images, labels, { batchSize: 8, ...silent });
});

test("bytes are fed as they are, in batches whose length is no multiple of four", async () => {
  const bytes = tensor(
    Uint8Array.from({ length: 5 * 7 }, (_, i) => (i * 37) % 256),
    [5, 7],
  );
  const predicted: ArrayLike<number>[] = [];
  for (const device of ["cpu", "gpu"] as const) {
    setSeed(1);
    const model = new Sequential([new Dense({ units: 2, inputShape: [7] })]);
    model.compile({ optimizer: "sgd", loss: "mse", device });
    predicted.push((await model.predict(bytes, { batchSize: 3, verbose: 0 })).data);
  }
  const [cpu, gpu] = predicted as [ArrayLike<number>, ArrayLike<number>];
  expect(cpu).toHaveLength(10);
  Array.from(cpu).forEach((value, i) => {
    expect(gpu[i]).toBeCloseTo(value, 2);
  });
});
