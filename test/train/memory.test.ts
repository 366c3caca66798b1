/** What programs hold on the device stays bounded, whatever a server is asked for. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { input, Model, Sequential, tensor } from "fovea";
import { Conv2D, Dense, GlobalAveragePooling2D } from "fovea/layers";
import { SGD } from "fovea/optimizers";
import { describe, expect, test } from "vitest";
import { DeviceMemory } from "../../src/devices/cpu/device-memory.ts";
import type { AnyModel } from "../../src/train/model.ts";
import { seededCnn, silent, stripes } from "./small-models.ts";

const { images, labels } = stripes(128);

/** Bytes and number of the programs on the model's device. */
function held(model: {
  compiledSteps(): ReturnType<AnyModel["compiledSteps"]>;
}): readonly [bytes: number, count: number] {
  const steps = [...model.compiledSteps()!.steps.values()];
  return [steps.reduce((sum, { bytes }) => sum + bytes, 0), steps.length];
}

function anySizeModel(device: "reference" | "cpu") {
  const image = input({ shape: [null, null, 3] });
  const features = new Conv2D({ filters: 3, kernelSize: 3, padding: "same" }).apply(image);
  const outputs = new Dense({ units: 2 }).apply(new GlobalAveragePooling2D().apply(features));
  const model = new Model({ inputs: image, outputs });
  model.compile({ optimizer: new SGD(), loss: "mean_squared_error", device, threads: 1 });
  return model;
}

/** Numbers 0 … below-1 in an order without a pattern. */
const mixed = (i: number, below: number) => Math.floor((((i + 1) * 2654435761) % 2 ** 32) / (2 ** 32 / below));

describe.each(["reference", "cpu"] as const)("on %s", (device) => {
  test("1,000 predictions of 1 to 128 rows: the programs of the first hundred serve all", async () => {
    const model = seededCnn({ device, threads: 1 });
    let warm: readonly number[] = [];
    for (let i = 0; i < 1000; i++) {
      const rows = 1 + mixed(i, 128);
      const { shape } = await model.predict(images.slice(0, rows), silent);
      expect(shape).toEqual([rows, 3]);
      if (i === 99) warm = held(model);
    }
    expect(held(model)).toEqual(warm);
    expect(warm[1]).toBeLessThanOrEqual(6);
  });

  test("batches of any number of rows, from data sets and trainOnBatch, share programs too", async () => {
    const model = seededCnn({ device, threads: 1 });
    for (let i = 0; i < 60; i++) {
      const rows = 1 + mixed(i, 128);
      await model.predict([[images.slice(0, rows)]][Symbol.iterator](), silent);
      await model.trainOnBatch(images.slice(0, rows), labels.slice(0, rows));
    }
    expect(held(model)[1]).toBeLessThanOrEqual(16);
  });

  test("200 images of random sizes, alone and in one data set: old programs make way", async () => {
    const model = anySizeModel(device);
    const image = (i: number) => {
      const [height, width] = [3 + (i % 17), 3 + (i % 19)];
      return tensor(new Float32Array(height * width * 3).fill(1), [1, height, width, 3]);
    };
    for (let i = 0; i < 100; i++) await model.predict(image(i), silent);
    const [, count] = held(model);
    expect(count).toBeLessThanOrEqual(32);
    function* rest() {
      for (let i = 100; i < 200; i++) yield [image(i)];
    }
    expect((await model.predict(rest(), silent)).shape).toEqual([100, 2]);
    expect(held(model)[1]).toBe(count);
  });
});

test("predictions one at a time hold the memory of one; others are reserved when calls overlap", async () => {
  const model = seededCnn({ device: "cpu", threads: 1 });
  const predict = () => model.predict(images.slice(0, 1), silent);
  const expected = (await predict()).data;
  const [one] = held(model);
  await predict();
  expect(held(model)[0]).toBe(one);
  const answers = await Promise.all(Array.from({ length: 8 }, predict));
  for (const { data } of answers) expect(data).toEqual(expected);
  const [many] = held(model);
  expect(many).toBeGreaterThan(one);
  await Promise.all(Array.from({ length: 8 }, predict));
  expect(held(model)[0]).toBe(many);
});

test("few rows with a giant batch size take the memory of few rows", async () => {
  const [plain, giant] = [seededCnn({ device: "cpu", threads: 1 }), seededCnn({ device: "cpu", threads: 1 })];
  await plain.predict(images.slice(0, 4), { ...silent, batchSize: 4 });
  await giant.predict(images.slice(0, 4), { ...silent, batchSize: 1e6 });
  expect(held(giant)).toEqual(held(plain));
});

test("after a batch that the device has no memory for, the model works as before", async () => {
  const model = new Sequential([new Conv2D({ filters: 64, kernelSize: 1, inputShape: [64, 64, 1] })]);
  model.compile({ optimizer: new SGD({ learningRate: 0.5 }), loss: "mean_squared_error", device: "cpu", threads: 1 });
  const [x, y] = [new Float32Array(4096).fill(1), new Float32Array(4096 * 64)];
  const one = [tensor(x, [1, 64, 64, 1]), tensor(y, [1, 64, 64, 64])] as const;
  const before = (await model.predict(one[0], silent)).data;
  // 1 MiB of outputs for each row.
  const many = tensor(new Float32Array(4096 * 5000), [5000, 64, 64, 1]);
  for (let i = 0; i < 2; i++)
    await expect(model.predict(many, { ...silent, batchSize: 5000 })).rejects.toThrow("Use a smaller batch size");
  expect((await model.predict(one[0], silent)).data).toEqual(before);
  const { loss } = await model.trainOnBatch(...one);
  expect(loss).toBeCloseTo(
    Array.from(before).reduce((sum, value) => sum + value ** 2 / before.length, 0),
    5,
  );
  expect((await model.predict(one[0], silent)).data).not.toEqual(before);
});

test("a block that is refused leaves the memory as it was", () => {
  const memory = new DeviceMemory(false, 64);
  const first = memory.allocate(2 ** 20);
  expect(() => memory.allocate(2 ** 32)).toThrow("more than WebAssembly gives it here");
  const next = memory.allocate(2 ** 20);
  expect(next).toBe(first + 2 ** 20 + 64);
  memory.free(first, 2 ** 20);
  expect(memory.allocate(2 ** 20)).toBe(first);
  memory.floats(next, 2 ** 18).fill(1);
});

test.each(["reference", "cpu"] as const)(
  "answers, and models with their optimizers, are collected on %s",
  async (device) => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const model = seededCnn({ device, threads: 1 });
    const use = async () => {
      const answers: object[] = [
        await model.predict(images.slice(0, 3), silent),
        await model.evaluate(images, labels, silent),
      ];
      const other = seededCnn({ device, threads: 1 });
      await other.fit(images, labels, silent);
      answers.push(await other.predict(images, silent), other, other.optimizer!, other.runner.device.started!);
      return answers.map((each) => new WeakRef(each));
    };
    const used = await use();
    await model.predict(images, silent);
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve));
      collect();
    }
    expect(used.map((each) => each.deref())).toEqual(used.map(() => undefined));
  },
);
