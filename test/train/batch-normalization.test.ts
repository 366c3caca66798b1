/** BatchNormalization in whole training steps: moving statistics, short batches, frozen and shared layers, guards. */
import { type DeviceName, input, Model, Sequential, setSeed, type Tensor, tensor } from "fovea";
import { BatchNormalization, Dense } from "fovea/layers";
import { SGD } from "fovea/optimizers";
import { beforeEach, describe, expect, test } from "vitest";
import { NumericError } from "../../src/base/errors.ts";

const devices: { device: DeviceName; threads: number }[] = [
  { device: "reference", threads: 1 },
  { device: "cpu", threads: 1 },
  { device: "cpu", threads: 2 },
  { device: "gpu", threads: 1 },
];

/** Seven rows of two values, far from 0. */
const rows = [
  [101, -3],
  [104, -8],
  [99, 5],
  [107, 1],
  [100, 0],
  [103, 2],
  [105, -6],
];

const moments = (values: readonly number[]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
};

/** The moving statistics of one channel after steps over these batches. */
function follow(batches: readonly (readonly number[])[], momentum: number) {
  let [mean, variance] = [0, 1];
  for (const batch of batches) {
    const now = moments(batch);
    mean = mean * momentum + now.mean * (1 - momentum);
    variance = variance * momentum + now.variance * (1 - momentum);
  }
  return { mean, variance };
}

const named = (model: Model, name: string) => model.weights.find((weight) => weight.name === name)!.value;

const zeros = (count: number): Tensor => tensor(new Float32Array(count), [count, 1]);

describe.each(devices)("on $device, $threads thread(s)", ({ device, threads }) => {
  beforeEach(() => setSeed(5));

  function build(options: ConstructorParameters<typeof BatchNormalization>[0] = {}) {
    const model = new Sequential([
      new BatchNormalization({ momentum: 0.9, inputShape: [2], ...options }),
      new Dense({ units: 1 }),
    ]);
    model.compile({ optimizer: new SGD({ learningRate: 1e-3 }), loss: "mean_squared_error", device, threads });
    return model;
  }

  test("the last short batch counts its own rows only", async () => {
    const model = build();
    await model.fit(rows, zeros(7), { batchSize: 4, shuffle: false, verbose: 0 });
    for (const channel of [0, 1]) {
      const values = rows.map((row) => row[channel]!);
      const { mean, variance } = follow([values.slice(0, 4), values.slice(4)], 0.9);
      expect(named(model, "moving_mean")[channel]).toBeCloseTo(mean, 4);
      expect(named(model, "moving_variance")[channel]).toBeCloseTo(variance, 4);
    }
  });

  test("evaluation and prediction use the moving statistics and leave them alone", async () => {
    const model = build();
    await model.fit(rows, zeros(7), { epochs: 2, batchSize: 7, validationData: [rows, zeros(7)], verbose: 0 });
    const [mean, variance] = [named(model, "moving_mean"), named(model, "moving_variance")].map((v) => [...v]);
    const [gamma, beta, kernel, bias] = ["gamma", "beta", "kernel", "bias"].map((name) => [...named(model, name)]);
    expect(variance).not.toEqual([1, 1]);
    const predicted = await model.predict(rows, { batchSize: 3, verbose: 0 });
    rows.forEach((row, i) => {
      const expected = row.reduce(
        (sum, x, c) =>
          sum + (((x - mean![c]!) / Math.sqrt(variance![c]! + 1e-3)) * gamma![c]! + beta![c]!) * kernel![c]!,
        bias![0]!,
      );
      expect(predicted.data[i]).toBeCloseTo(expected, 3);
    });
    await model.evaluate(rows, zeros(7), { verbose: 0 });
    expect([...named(model, "moving_mean")]).toEqual(mean);
    expect([...named(model, "moving_variance")]).toEqual(variance);
  });

  test("frozen it is in inference mode, in training too", async () => {
    const model = build({ trainable: false });
    const before = await model.predict(rows, { verbose: 0 });
    const { loss } = await model.trainOnBatch(rows, zeros(7));
    expect(loss).toBeCloseTo(moments([...before.data]).variance + moments([...before.data]).mean ** 2, 1);
    expect([...named(model, "moving_mean")]).toEqual([0, 0]);
    expect([...named(model, "moving_variance")]).toEqual([1, 1]);
    expect([...named(model, "gamma")]).toEqual([1, 1]);
  });

  test("a layer that is called twice follows both calls, one after the other", async () => {
    const x = input({ shape: [2] });
    const shared = new BatchNormalization({ momentum: 0.5 });
    const model = new Model({ inputs: x, outputs: new Dense({ units: 1 }).apply(shared.apply(shared.apply(x))) });
    model.compile({ optimizer: new SGD(), loss: "mean_squared_error", device, threads });
    await model.trainOnBatch(rows, zeros(7));
    for (const channel of [0, 1]) {
      const values = rows.map((row) => row[channel]!);
      const { mean, variance } = moments(values);
      const second = values.map((value) => (value - mean) / Math.sqrt(variance + 1e-3));
      const expected = follow([values, second], 0.5);
      expect(named(model, "moving_mean")[channel]).toBeCloseTo(expected.mean, 4);
      expect(named(model, "moving_variance")[channel]).toBeCloseTo(expected.variance, 4);
    }
  });

  test("after a bad loss the moving statistics are those of the last good step", async () => {
    const model = build();
    const bad = rows.map((row, i) => (i === 5 ? [Number.NaN, 0] : row));
    const fit = model.fit(bad, zeros(7), { batchSize: 4, shuffle: false, verbose: 0 });
    await expect(fit).rejects.toThrow(NumericError);
    const { mean, variance } = follow([rows.slice(0, 4).map(([first]) => first!)], 0.9);
    expect(named(model, "moving_mean")[0]).toBeCloseTo(mean, 4);
    expect(named(model, "moving_variance")[0]).toBeCloseTo(variance, 4);
  });
});

test("a mean far from 0 costs no digits of the variance", async () => {
  const far = rows.map(([a, b]) => [a! + 1e5, b! - 1e5]);
  const model = new Sequential([new BatchNormalization({ momentum: 0, inputShape: [2] }), new Dense({ units: 1 })]);
  model.compile({ optimizer: "sgd", loss: "mean_squared_error", device: "cpu", threads: 1 });
  await model.trainOnBatch(far, zeros(7));
  for (const channel of [0, 1])
    expect(named(model, "moving_variance")[channel]! / moments(far.map((row) => row[channel]!)).variance).toBeCloseTo(
      1,
      3,
    );
});

test("the summary counts moving statistics as not trainable", () => {
  const model = new Sequential([new BatchNormalization({ inputShape: [4, 4, 3] }), new Dense({ units: 2 })]);
  const text = model.summary({ print: () => {} });
  expect(text).toMatch(/Total params: 20 /);
  expect(text).toMatch(/Trainable params: 14 /);
  expect(text).toMatch(/Non-trainable params: 6 /);
});
