/** A model that answers while it trains: calls overlap, and none is lost or mixed up. */
import { input, Model, Sequential, setSeed, tensor } from "fovea";
import { Conv2D, Dense, Flatten, GlobalAveragePooling2D } from "fovea/layers";
import { SGD } from "fovea/optimizers";
import { expect, test } from "vitest";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { testSeed } from "../seed.ts";

const silent = { verbose: 0 } as const;

/** Rows [n, 3] that tell themselves apart. */
const rowsFrom = (first: number, count: number) =>
  tensor(
    Float32Array.from({ length: 3 * count }, (_, i) => first + Math.floor(i / 3) + (i % 3) / 10),
    [count, 3],
  );

function linear(rate: number, threads: number) {
  const model = new Sequential([new Dense({ units: 2, inputShape: [3] })]);
  model.compile({ optimizer: new SGD({ learningRate: rate }), loss: "mse", device: "cpu", threads });
  return model;
}

test.each([1, 2])("200 overlapping predictions of 20 callers while the model trains, %i threads", async (threads) => {
  setSeed(3);
  const model = linear(0, threads);
  const [kernel, bias] = model.getWeights();
  const expected = (x: ArrayLike<number>, row: number, unit: number) =>
    [0, 1, 2].reduce((sum, i) => sum + x[3 * row + i]! * kernel!.data[2 * i + unit]!, bias!.data[unit]!);
  const seed = testSeed;
  const stream = new RandomStream(keyOf(seed));
  const answers: string[] = [];
  const ask = async (caller: number) => {
    for (let call = 0; call < 10; call++) {
      const count = 1 + stream.below(40);
      const x = rowsFrom(100 * caller + call, count);
      const y = await model.predict(x, silent);
      expect(y.shape, `seed ${seed}`).toEqual([count, 2]);
      for (let row = 0; row < count; row++)
        for (const unit of [0, 1])
          expect(y.data[2 * row + unit], `caller ${caller}, call ${call}, seed ${seed}`).toBeCloseTo(
            expected(x.data, row, unit),
            2,
          );
      answers.push(`${caller}.${call}`);
    }
  };
  const callers: Promise<void>[] = [];
  let inside = 0;
  await model.fit(rowsFrom(0, 640), tensor(new Float32Array(1280), [640, 2]), {
    epochs: 6,
    batchSize: 16,
    ...silent,
    callbacks: {
      onTrainBegin: () => {
        for (let caller = 0; caller < 20; caller++) callers.push(ask(caller));
      },
      onEpochEnd: async () => {
        inside += (await model.predict(rowsFrom(0, 4), silent)).shape[0]!;
        inside += Object.keys(await model.evaluate(rowsFrom(0, 4), tensor(new Float32Array(8), [4, 2]), silent)).length;
      },
    },
  });
  await Promise.all(callers);
  expect(inside).toBe(6 * 5);
  expect(answers).toHaveLength(200);
  for (let caller = 0; caller < 20; caller++) {
    const own = answers.filter((answer) => answer.startsWith(`${caller}.`));
    expect(own).toEqual(Array.from({ length: 10 }, (_, call) => `${caller}.${call}`));
  }
});

test("what changes weights excludes its like; what reads them does not", async () => {
  const model = linear(1e-6, 1);
  const [x, y] = [rowsFrom(0, 64), tensor(new Float32Array(128), [64, 2])];
  const training = model.fit(x, y, { epochs: 2, ...silent });
  await expect(model.fit(x, y, silent)).rejects.toThrow(/still busy with an earlier call of fit/);
  await expect(model.trainOnBatch(x, y)).rejects.toThrow(/still busy/);
  expect(() => model.compile({ loss: "mse" })).toThrow(/still busy/);
  const [one, other, predicted] = await Promise.all([
    model.evaluate(x, y, silent),
    model.evaluate(x, y, { ...silent, batchSize: 7 }),
    model.predict(x, silent),
  ]);
  expect(Number.isFinite(one.loss) && Number.isFinite(other.loss)).toBe(true);
  expect(predicted.shape).toEqual([64, 2]);
  await training;
  // At rest, evaluations that overlap give the same mean.
  const [a, b] = await Promise.all([model.evaluate(x, y, silent), model.evaluate(x, y, { ...silent, batchSize: 7 })]);
  expect(a.loss! / b.loss!).toBeCloseTo(1, 5);
});

test("weights that are set while the model trains are taken before the next step", async () => {
  const model = linear(0, 2);
  const zeros = model.getWeights().map(({ shape, size }) => tensor(new Float32Array(size), shape));
  const ones = tensor(new Float32Array(128).fill(1), [64, 2]);
  const losses: number[] = [];
  await model.fit(rowsFrom(0, 64), ones, {
    epochs: 4,
    batchSize: 64,
    shuffle: false,
    ...silent,
    callbacks: {
      onEpochBegin: (epoch) => {
        if (epoch === 2) model.setWeights(zeros);
      },
      onEpochEnd: (_epoch, logs) => losses.push(logs.loss!),
    },
  });
  expect(losses[0]).not.toBeCloseTo(1, 3);
  expect(losses[1]).toBe(losses[0]);
  expect(losses.slice(2)).toEqual([1, 1]);
  expect(model.getWeights().flatMap(({ data }) => [...data])).toEqual(new Array(8).fill(0));
});

test("a callback that reads weights after each batch sees them as the batch left them", async () => {
  setSeed(5);
  const reference = linear(0.001, 1);
  setSeed(5);
  const model = linear(0.001, 1);
  const [x, y] = [rowsFrom(0, 96), tensor(new Float32Array(192), [96, 2])];
  const seen: number[][] = [];
  await model.fit(x, y, {
    batchSize: 8,
    shuffle: false,
    ...silent,
    callbacks: { onTrainBatchEnd: () => seen.push([...model.getWeights()[0]!.data]) },
  });
  expect(seen).toHaveLength(12);
  for (let batch = 0; batch < 12; batch++) {
    await reference.trainOnBatch(x.slice(8 * batch, 8 * batch + 8), y.slice(8 * batch, 8 * batch + 8));
    expect(seen[batch], `batch ${batch}`).toEqual([...reference.getWeights()[0]!.data]);
  }
});

test("images of any size: programs of old sizes are released, and the numbers are those of a model of fixed size", async () => {
  setSeed(7);
  const any = input({ shape: [null, null, 1] });
  const conv = new Conv2D({ filters: 3, kernelSize: 3, activation: "relu" });
  const top = new Dense({ units: 2 });
  const model = new Model({ inputs: any, outputs: top.apply(new GlobalAveragePooling2D().apply(conv.apply(any))) });
  model.compile({ loss: "mse", device: "cpu", threads: 1 });
  const image = (height: number, width: number) =>
    tensor(
      Float32Array.from({ length: height * width }, (_, i) => Math.sin(i)),
      [1, height, width, 1],
    );
  let held = 0;
  const seed = testSeed;
  const stream = new RandomStream(keyOf(seed));
  for (let i = 0; i < 200; i++) {
    const [height, width] = [3 + stream.below(40), 3 + stream.below(40)];
    const y = await model.predict(image(height, width), silent);
    expect(y.shape).toEqual([1, 2]);
    const steps = [...model.compiledSteps()!.steps.values()];
    held = Math.max(held, steps.length);
  }
  expect(held, `seed ${seed}`).toBeLessThanOrEqual(65);
  const fixed = new Sequential([
    new Conv2D({ filters: 3, kernelSize: 3, activation: "relu", inputShape: [9, 11, 1] }),
    new GlobalAveragePooling2D(),
    new Dense({ units: 2 }),
  ]);
  fixed.compile({ loss: "mse", device: "reference" });
  fixed.setWeights(model.getWeights());
  const [a, b] = [await model.predict(image(9, 11), silent), await fixed.predict(image(9, 11), silent)];
  a.data.forEach((value, i) => {
    expect(value).toBeCloseTo(b.data[i]!, 5);
  });
});

test("1,000 predictions of random numbers of rows use few programs, and as little memory as rows need", async () => {
  const model = new Sequential([new Flatten({ inputShape: [8, 8] }), new Dense({ units: 4 })]);
  model.compile({ loss: "mse", device: "cpu", threads: 1 });
  const seed = testSeed;
  const stream = new RandomStream(keyOf(seed));
  const bytes = () => [...model.compiledSteps()!.steps.values()].reduce((sum, step) => sum + step.bytes, 0);
  for (let i = 0; i < 1000; i++) {
    const rows = 1 + stream.below(70);
    await model.predict(tensor(new Float32Array(64 * rows), [rows, 8, 8]), silent);
  }
  // A call of 70 rows has at most three batches in flight, so a program reserves at most three slots; how many, the clock decides.
  // Slots for 1, 2, 4, 8, 16 and 32 rows of 64 + 4 numbers, three of each, are 51 kB; the weights and what is between are the rest.
  expect(bytes(), `seed ${seed}`).toBeLessThan(2 ** 16);
  expect(model.compiledSteps()!.steps.size).toBeLessThanOrEqual(6);
  // Room for the rows that there are, not for the batch size.
  await model.predict(tensor(new Float32Array(256), [4, 8, 8]), { ...silent, batchSize: 1e6 });
  expect(bytes()).toBeLessThan(2 ** 20);
});
