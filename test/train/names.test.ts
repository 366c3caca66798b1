/** Names are for people: whatever layers, inputs, outputs and metrics are called, the same numbers come out. */
import { type DeviceName, input, type KerasTensor, type Logs, Model, Sequential, setSeed, tensor } from "fovea";
import { EarlyStopping } from "fovea/callbacks";
import {
  BatchNormalization,
  Concatenate,
  Dense,
  DepthwiseConv2D,
  Dropout,
  Flatten,
  SeparableConv2D,
} from "fovea/layers";
import {
  BinaryAccuracy,
  MeanAbsoluteError,
  MeanMetricWrapper,
  MeanSquaredError,
  SparseCategoricalAccuracy,
} from "fovea/metrics";
import { negative } from "fovea/ops";
import { SGD } from "fovea/optimizers";
import { describe, expect, test } from "vitest";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { testSeed } from "../seed.ts";
import { powerRows, silent, weightValues, zeroModel } from "./small-models.ts";

describe('a metric named "loss"', () => {
  const metric = () => new MeanAbsoluteError({ name: "loss" });

  test("does not replace the loss", async () => {
    const model = zeroModel({ metrics: [metric()] });
    // The squares of 1, 2, 4, 8, and their absolute values.
    const [loss, mae] = [85 / 4, 15 / 4];
    const { history } = await model.fit(...powerRows(4), { validationData: powerRows(4), ...silent });
    expect({ ...history }).toEqual({ loss: [loss], loss_1: [mae], val_loss: [loss], val_loss_1: [mae] });
    expect(await model.evaluate(...powerRows(4), silent)).toEqual({ loss, loss_1: mae });
    expect(await model.trainOnBatch(...powerRows(4))).toEqual({ loss, loss_1: mae });
  });

  test("is not what EarlyStopping watches", async () => {
    // The loss w² becomes smaller with each step, and the metric -w larger.
    const model = new Sequential([new Dense({ units: 1, useBias: false, kernelInitializer: "ones", inputShape: [1] })]);
    const growing = new MeanMetricWrapper({ fn: (_yTrue, yPred) => negative(yPred), name: "loss" });
    model.compile({ optimizer: "sgd", loss: "mse", metrics: [growing], device: "reference" });
    expect(model.metricDirection("loss")).toBe("min");
    const stop = new EarlyStopping({ monitor: "loss", patience: 1 });
    const { history } = await model.fit([[1]], [0], { epochs: 5, callbacks: [stop], ...silent });
    expect(history.loss_1).toEqual([...history.loss_1!].sort((a, b) => a - b));
    expect(history.loss).toHaveLength(5);
    expect(stop.best).toBe(history.loss![4]);
  });

  test("is not what is checked for NaN", async () => {
    const model = zeroModel({ metrics: [(yTrue) => yTrue], loss: (_yTrue, yPred) => yPred });
    await expect(zeroModel({ metrics: [metric()] }).fit([[1]], [Number.NaN], silent)).rejects.toThrow(
      "The loss is NaN at step 1 of epoch 1.",
    );
    // And a metric that is NaN is no reason to stop.
    expect((await model.fit([[1]], [Number.NaN], silent)).history.loss).toEqual([0]);
  });
});

test("a metric is not mistaken for another one's validation", async () => {
  const model = zeroModel({
    metrics: [
      new MeanAbsoluteError({ name: "val_loss" }),
      new MeanAbsoluteError({ name: "a" }),
      new MeanAbsoluteError({ name: "val_a" }),
    ],
  });
  const { history } = await model.fit(...powerRows(2), { validationData: powerRows(3), ...silent });
  expect({ ...history }).toEqual({
    loss: [5 / 2],
    val_loss_1: [3 / 2],
    a: [3 / 2],
    val_a_1: [3 / 2],
    val_loss: [7],
    val_val_loss_1: [expect.closeTo(7 / 3, 6)],
    val_a: [expect.closeTo(7 / 3, 6)],
    val_val_a_1: [expect.closeTo(7 / 3, 6)],
  });
});

test("an output's loss is not mistaken for another loss's validation", async () => {
  // Both outputs are 0, so that the loss of targets t is t².
  const x = input({ shape: [1] });
  const zero = (name: string) => new Dense({ units: 1, kernelInitializer: "zeros", name }).apply(x);
  const outputs = Object.fromEntries(["val", "val_loss", "loss"].map((name, i) => [name, zero(`${i}`)]));
  const model = new Model({ inputs: x, outputs });
  model.compile({ optimizer: new SGD({ learningRate: 1e-30 }), loss: "mse", device: "reference" });
  const { history } = await model.fit(
    [[1]],
    { val: [1], val_loss: [2], loss: [3] },
    {
      validationData: [[[1]], { val: [4], val_loss: [5], loss: [6] }],
      ...silent,
    },
  );
  expect({ ...history }).toEqual({
    loss: [1 + 4 + 9],
    val_loss: [16 + 25 + 36],
    val_loss_1: [1],
    val_val_loss_1: [16],
    val_loss_loss: [4],
    val_val_loss_loss: [25],
    loss_loss_1: [9],
    val_loss_loss_1: [36],
  });
  const directions = Object.keys(history).map((name) => model.metricDirection(name));
  expect(directions).toEqual(directions.map(() => "min"));
});

test.each(["constructor", "__proto__", "valueof"])("%s names nothing of ours", async (name) => {
  const asked = name as "mse";
  expect(() => zeroModel({ loss: asked })).toThrow(`Unknown loss "${name}"`);
  expect(() => zeroModel({ optimizer: asked as "sgd" })).toThrow(`Unknown optimizer "${name}"`);
  expect(() => zeroModel({ metrics: [asked] })).toThrow(`Unknown metric "${name}"`);
  const stop = new EarlyStopping({ monitor: name, mode: "min" });
  const { epoch } = await zeroModel().fit(...powerRows(2), { epochs: 3, callbacks: [stop], ...silent });
  expect(epoch).toHaveLength(3);
});

/** Names that meet ours, JavaScript's or each other. */
const awkward = [
  ...["loss", "loss_1", "val_loss", "train", "test", "rows", "meanOver", "metrics", "optimizer", "iteration", "call"],
  ...["constructor", "__proto__", "toString", "hasOwnProperty", "x", "x_depthwise", "x_pointwise", "x0", "y0", "w0"],
  ...["log loss", "minimized 0", "model", "größer", "a b", "%", "val_", "val"],
];

interface Names {
  readonly model: string;
  readonly layers: readonly string[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly metrics: readonly string[];
}

const plain: Names = {
  model: "plain",
  layers: Array.from({ length: 11 }, (_, i) => `layer_${i}`),
  inputs: ["image", "row"],
  outputs: ["kind", "size"],
  metrics: ["first", "second", "third"],
};

/** A table with any keys. */
const record = <T>(names: readonly string[], values: readonly T[]) =>
  Object.fromEntries(names.map((name, i) => [name, values[i]!]));

function makeModel({ model, layers, inputs, outputs, metrics }: Names, device: DeviceName) {
  setSeed(5);
  const named = (index: number) => ({ name: layers[index]! });
  const image = input({ shape: [5, 5, 2], ...named(0) });
  const row = input({ shape: [3], ...named(1) });
  let x: KerasTensor = new SeparableConv2D({ filters: 3, kernelSize: 3, ...named(2) }).apply(image);
  x = new DepthwiseConv2D({ kernelSize: 2, ...named(3) }).apply(x);
  x = new Flatten(named(5)).apply(new BatchNormalization(named(4)).apply(x));
  const side = new Dense({ units: 4, activation: "tanh", ...named(6) }).apply(row);
  const both = new Dropout({ rate: 0.2, ...named(8) }).apply(new Concatenate(named(7)).apply([x, side]));
  const kind = new Dense({ units: 3, activation: "softmax", ...named(9) }).apply(both);
  const size = new Dense({ units: 1, activation: "sigmoid", ...named(10) }).apply(both);
  const made = new Model({ inputs: record(inputs, [image, row]), outputs: record(outputs, [kind, size]), name: model });
  const [first, second, third] = metrics;
  made.compile({
    optimizer: "adam",
    loss: record(outputs, ["sparse_categorical_crossentropy", "mse"] as const),
    lossWeights: record(outputs, [1, 0.5]),
    metrics: record(outputs, [
      [new SparseCategoricalAccuracy({ name: first })],
      [new MeanSquaredError({ name: second }), new BinaryAccuracy({ name: third })],
    ]),
    device,
    threads: 2,
  });
  return made;
}

/** Everything that comes of a training, without the names. */
async function train(names: Names, device: DeviceName) {
  const model = makeModel(names, device);
  const random = new RandomStream(keyOf(3));
  const numbers = (...shape: number[]) =>
    tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.uniform()),
      shape,
    );
  const x = record(names.inputs, [numbers(10, 5, 5, 2), numbers(10, 3)]);
  const y = record(names.outputs, [tensor(Int32Array.from({ length: 10 }, (_, i) => i % 3)), numbers(10, 1)]);
  const { history } = await model.fit(x, y, { epochs: 2, batchSize: 4, validationSplit: 0.2, ...silent });
  const columns = (logs: Readonly<Logs> | typeof history) =>
    Object.values(logs)
      .map((each) => JSON.stringify(each))
      .sort();
  return {
    loss: history.loss,
    history: columns(history),
    scores: columns(await model.evaluate(x, y, silent)),
    batch: columns(await model.trainOnBatch(x, y)),
    weights: weightValues(model),
    predictions: Object.values(await model.predict(x, silent)).map(({ data }) => [...data]),
  };
}

describe.each(["reference", "cpu"] as const)("any names, on %s", (device) => {
  const seed = testSeed;

  test(`train bit-identically (seed ${seed})`, async () => {
    const expected = await train(plain, device);
    expect(expected.history).toHaveLength(12);
    const random = new RandomStream(keyOf(seed));
    const draw = (count: number) => {
      const left = [...awkward];
      return Array.from({ length: count }, () => left.splice(Math.floor(random.uniform() * left.length), 1)[0]!);
    };
    for (let trial = 0; trial < 5; trial++) {
      const names: Names = {
        model: draw(1)[0]!,
        layers: draw(11),
        inputs: draw(2),
        outputs: draw(2),
        metrics: draw(3),
      };
      expect(await train(names, device), JSON.stringify(names)).toEqual(expected);
    }
  });
});
