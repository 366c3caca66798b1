/** The same seed gives the same run; threads and devices change no more than the rounding. */
import { type CompileOptions, Sequential, setSeed } from "fovea";
import { BatchNormalization, Conv2D, Dense, Dropout, Flatten, MaxPooling2D } from "fovea/layers";
import { describe, expect, test } from "vitest";
import { LogBook, silent, stripes, weightValues } from "./small-models.ts";

const { images, labels } = stripes(37);

/** Three epochs of ten steps, the last one short: dropout, shuffling, everything that is random. */
async function train(device: Partial<CompileOptions>, seed: number) {
  setSeed(seed);
  const model = new Sequential([
    new Conv2D({ filters: 8, kernelSize: 3, padding: "same", activation: "relu", inputShape: [6, 6, 1] }),
    // Enough channels for Winograd's kernels.
    new Conv2D({ filters: 12, kernelSize: 3, padding: "same", activation: "relu" }),
    new MaxPooling2D(),
    new Conv2D({ filters: 4, kernelSize: 2, activation: "tanh" }),
    new Flatten(),
    new Dropout({ rate: 0.3 }),
    new Dense({ units: 3, activation: "softmax" }),
  ]);
  model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", metrics: ["accuracy"], ...device });
  const book = new LogBook();
  const { history } = await model.fit(images, labels, {
    epochs: 3,
    batchSize: 4,
    validationSplit: 0.02,
    callbacks: [book],
    ...silent,
  });
  expect(book.batches).toHaveLength(27);
  return { history, batches: book.batches, weights: weightValues(model) };
}

describe.each([
  { device: "reference" },
  { device: "cpu", threads: 1 },
  { device: "cpu", threads: 3 },
  { device: "gpu" },
] as const)("on $device, $threads thread(s)", (device) => {
  test("the same seed twice is the same run, bit for bit; another seed is another run", async () => {
    const [first, second, other] = [await train(device, 1), await train(device, 1), await train(device, 2)];
    expect(second).toEqual(first);
    expect(other.history.loss).not.toEqual(first.history.loss);
  });
});

test.each([2, 3])("with %i threads it makes no difference which thread takes which rows", async (threads) => {
  const { images, labels } = stripes(96);
  const models = [1, 2, 3].map(() => {
    setSeed(7);
    const model = new Sequential([
      new Conv2D({ filters: 8, kernelSize: 3, padding: "same", activation: "relu", inputShape: [6, 6, 1] }),
      new Conv2D({ filters: 12, kernelSize: 3, activation: "relu" }),
      new BatchNormalization(),
      new Flatten(),
      // So many units that the gradient of its kernel is begun by whoever has no rows left.
      new Dense({ units: 64, activation: "relu" }),
      new Dense({ units: 3, activation: "softmax" }),
    ]);
    model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", device: "cpu", threads });
    return model;
  });
  // Side by side they keep each other's threads waiting, so that each shares its rows out in another way.
  const options = { epochs: 8, batchSize: 40, shuffle: false, ...silent };
  const histories = await Promise.all(models.map((model) => model.fit(images, labels, options)));
  const [first, ...others] = models.map((model, i) => ({
    history: histories[i]!.history,
    weights: weightValues(model),
  }));
  for (const other of others) expect(other).toEqual(first);
});

describe("30 steps", () => {
  const reference = train({ device: "reference" }, 4);

  test.each([
    { device: "cpu", threads: 1 },
    { device: "cpu", threads: 2 },
    { device: "cpu", threads: 3 },
    { device: "cpu", threads: 4 },
    { device: "gpu" },
  ] as const)("on $device, $threads thread(s), are those of the reference", async (device) => {
    const [expected, actual] = [await reference, await train(device, 4)];
    expect(actual.batches).toHaveLength(expected.batches.length);
    actual.batches.forEach(({ loss, accuracy }, i) => {
      expect(Math.abs(loss! - expected.batches[i]!.loss!), `loss of step ${i}`).toBeLessThan(1e-5);
      expect(accuracy, `accuracy of step ${i}`).toBeCloseTo(expected.batches[i]!.accuracy!, 6);
    });
    actual.weights.forEach((values, i) => {
      // In the norm: where a gradient is next to nothing, Adam makes a whole step of its rounding error.
      const error = Math.hypot(...values.map((value, j) => value - expected.weights[i]![j]!));
      expect(error / Math.hypot(...expected.weights[i]!), `weight ${i}`).toBeLessThan(3e-5);
    });
  });
});

test("without a seed two models differ", () => {
  const make = () => weightValues(new Sequential([new Dense({ units: 3, inputShape: [3] })]));
  expect(make()).not.toEqual(make());
});
