import { Sequential, tensor } from "fovea";
import { Dense } from "fovea/layers";
import { MeanSquaredError } from "fovea/metrics";
import { Adam } from "fovea/optimizers";
import { describe, expect, test } from "vitest";
import { LogBook, powerRows, rowsIn, silent, smallCnn, stripes, zeroModel } from "./small-models.ts";

/** Rows of each batch of one epoch. */
async function batchesOf(count: number, batchSize: number, shuffle: boolean | "batch", model = zeroModel()) {
  const book = new LogBook();
  await model.fit(...powerRows(count), { batchSize, shuffle, callbacks: [book], ...silent });
  const sizes = book.batches.map((_, i) => Math.min(batchSize, count - i * batchSize));
  return book.batchSums(sizes).map(rowsIn);
}

describe("batches", () => {
  test("without shuffling the rows come in order, and the last short batch is used", async () => {
    expect(await batchesOf(12, 5, false)).toEqual([
      [0, 1, 2, 3, 4],
      [5, 6, 7, 8, 9],
      [10, 11],
    ]);
  });

  test("a batch larger than the data holds all of it", async () => {
    expect(await batchesOf(3, 100, true)).toEqual([[0, 1, 2]]);
  });

  test("shuffled, each row is visited once per epoch, in an order that changes", async () => {
    const model = zeroModel();
    const orders = [];
    for (let epoch = 0; epoch < 4; epoch++) orders.push((await batchesOf(12, 1, true, model)).flat());
    for (const order of orders) expect(order.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(new Set(orders.map(String)).size).toBeGreaterThan(1);
  });

  test("the order changes from epoch to epoch of one fit", async () => {
    const book = new LogBook();
    await zeroModel().fit(...powerRows(10), { batchSize: 1, epochs: 3, callbacks: [book], ...silent });
    const orders = [0, 1, 2].map((epoch) =>
      String(book.batches.slice(10 * epoch, 10 * (epoch + 1)).map(({ loss }) => loss)),
    );
    expect(new Set(orders).size).toBe(3);
  });

  test('shuffle "batch" keeps the batches in place', async () => {
    const batches = await batchesOf(12, 4, "batch");
    expect(batches.map((rows) => rows.toSorted((a, b) => a - b))).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 10, 11],
    ]);
  });
});

describe("reported numbers", () => {
  test("logs of a batch are means over the rows seen so far in the epoch", async () => {
    const book = new LogBook();
    const history = await zeroModel().fit(...powerRows(5), {
      batchSize: 2,
      epochs: 2,
      shuffle: false,
      callbacks: [book],
      ...silent,
    });
    const means = [5 / 2, 85 / 4, 341 / 5];
    expect(book.batches.map(({ loss }) => loss)).toEqual([...means, ...means].map(Math.fround));
    expect(history.history.loss).toEqual([68.2, 68.2].map(Math.fround));
  });

  test("history has a list per key, in alphabetical order, and 0-based epochs", async () => {
    const { images, labels } = stripes(12);
    const model = smallCnn({
      metrics: ["accuracy", new MeanSquaredError({ name: "zeta" })],
      loss: "categorical_crossentropy",
    });
    const targets = tensor(
      Float32Array.from({ length: 36 }, (_, i) => (labels.data[Math.floor(i / 3)] === i % 3 ? 1 : 0)),
      [12, 3],
    );
    const history = await model.fit(images, targets, { epochs: 3, validationData: [images, targets], ...silent });
    expect(history.epoch).toEqual([0, 1, 2]);
    const names = ["accuracy", "loss", "val_accuracy", "val_loss", "val_zeta", "zeta"];
    expect(Object.keys(history.history)).toEqual(names);
    for (const values of Object.values(history.history)) {
      expect(values).toHaveLength(3);
      for (const value of values) expect(value).toBe(Math.fround(value));
    }
    expect(model.history).toBe(history);
  });

  test("initialEpoch numbers the epochs and epochs is where they end", async () => {
    const model = zeroModel();
    const history = await model.fit(...powerRows(2), { initialEpoch: 3, epochs: 5, ...silent });
    expect(history.epoch).toEqual([3, 4]);
    const none = await model.fit(...powerRows(2), { initialEpoch: 5, epochs: 5, ...silent });
    expect(none.epoch).toEqual([]);
    expect(none.history).toEqual({});
  });
});

describe("validation", () => {
  test("validationSplit takes the last rows, before shuffling", async () => {
    const book = new LogBook();
    const history = await zeroModel().fit(...powerRows(11), {
      validationSplit: 0.25,
      batchSize: 3,
      callbacks: [book],
      ...silent,
    });
    // ⌊11 · 0.75⌋ = 8 rows train.
    expect(rowsIn(history.history.loss![0]! * 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(rowsIn(history.history.val_loss![0]! * 3)).toEqual([8, 9, 10]);
    expect(book.batches).toHaveLength(3);
  });

  test("sampleWeight is split with the rows", async () => {
    const sampleWeight = [1, 1, 1, 1, 2, 3];
    const history = await zeroModel().fit(...powerRows(6), { validationSplit: 0.34, sampleWeight, ...silent });
    expect(history.history.loss![0]! * 3).toBeCloseTo(1 + 4 + 16, 4);
    expect(history.history.val_loss![0]! * 3).toBeCloseTo(64 + 2 * 256 + 3 * 1024, 3);
  });

  test("validationData goes before validationSplit, with its own weights and batch size", async () => {
    const [x, y] = powerRows(6);
    const history = await zeroModel().fit(x, y, {
      validationData: [x.slice(0, 3), y.slice(0, 3), [1, 0, 2]],
      validationSplit: 0.5,
      validationBatchSize: 2,
      ...silent,
    });
    expect(rowsIn(history.history.loss![0]! * 6)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(history.history.val_loss![0]! * 3).toBeCloseTo(1 + 2 * 16, 4);
  });

  test("validationFreq: every so many epochs, or after the epochs of a list", async () => {
    const [x, y] = powerRows(3);
    const run = async (validationFreq: number | number[]) => {
      const book = new LogBook();
      await zeroModel().fit(x, y, { epochs: 5, validationData: [x, y], validationFreq, callbacks: [book], ...silent });
      return book.epochs.map((logs) => "val_loss" in logs);
    };
    expect(await run(2)).toEqual([false, true, false, true, false]);
    expect(await run([1, 4])).toEqual([true, false, false, true, false]);
  });

  test("validation looks at the weights as the epoch left them", async () => {
    const { images, labels } = stripes(20);
    const model = smallCnn();
    const history = await model.fit(images, labels, {
      epochs: 2,
      batchSize: 7,
      validationData: [images, labels],
      ...silent,
    });
    const scores = await model.evaluate(images, labels, silent);
    expect(scores.loss).toBeCloseTo(history.history.val_loss![1]!, 6);
    expect(scores.accuracy).toBeCloseTo(history.history.val_accuracy![1]!, 6);
  });
});

describe("weights of rows", () => {
  test("sampleWeight multiplies each row's loss; the mean is over the number of rows", async () => {
    const history = await zeroModel().fit(...powerRows(4), { sampleWeight: [0, 2, 0.5, 1], ...silent });
    expect(history.history.loss![0]).toBeCloseTo((2 * 4 + 0.5 * 16 + 64) / 4, 4);
  });

  test("metrics ignore the weights", async () => {
    const model = zeroModel({ metrics: ["mse"] });
    const history = await model.fit(...powerRows(4), { sampleWeight: [0, 0, 0, 1], ...silent });
    expect(history.history).toEqual({ loss: [16], mse: [21.25] });
  });

  test("classWeight weighs by label, 1 where it names none, also with one-hot targets", async () => {
    const model = new Sequential([
      new Dense({ units: 3, activation: "softmax", kernelInitializer: "zeros", inputShape: [2] }),
    ]);
    const x = tensor(new Float32Array(8).fill(1), [4, 2]);
    // Every class has probability 1/3, so each row costs ln 3, times its weight.
    const expected = (Math.log(3) * (2 + 1 + 0 + 2)) / 4;
    const classWeight = { 0: 2, 2: 0 };
    model.compile({ optimizer: "sgd", loss: "sparse_categorical_crossentropy", device: "reference" });
    const sparse = await model.fit(x, tensor(Int32Array.of(0, 1, 2, 0)), { classWeight, ...silent });
    expect(sparse.history.loss![0]).toBeCloseTo(expected, 5);
    model.setWeights([new Float32Array(6), new Float32Array(3)].map((data, i) => tensor(data, i === 0 ? [2, 3] : [3])));
    model.compile({ optimizer: "sgd", loss: "categorical_crossentropy", device: "reference" });
    const hot = [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0];
    const wide = await model.fit(x, tensor(Float32Array.from(hot), [4, 3]), { classWeight, ...silent });
    expect(wide.history.loss![0]).toBeCloseTo(expected, 5);
  });

  test("a weighted step moves the weights by the weighted gradient", async () => {
    // w = 0, x = 1, y = 1: dL/dw = Σ weight · 2(0 - 1) / 2 = -(0.5 + 3) = -3.5.
    const model = zeroModel({ optimizer: "sgd" });
    await model.fit(tensor([[1], [1]]), [1, 1], { sampleWeight: [0.5, 3], ...silent });
    expect(model.getWeights()[0]!.data[0]).toBeCloseTo(0.035, 6);
  });
});

describe("what does not fit is said before anything happens", () => {
  const [x, y] = powerRows(4);
  test.each<[string, Parameters<ReturnType<typeof zeroModel>["fit"]>, string]>([
    ["rows", [x, y.slice(0, 3)], "fit: x has 4 rows and y has 3; every row needs its target."],
    [
      "input shape",
      [tensor([[1, 2]]), [1]],
      "fit: x has shape (1, 2), but the model's input \"NAME\" takes (None, 1). Reshape x or change the model's inputShape.",
    ],
    ["no rows", [tensor(new Float32Array(), [0, 1]), tensor(new Float32Array())], "fit: x has no rows."],
    ["epochs", [x, y, { epochs: 0 }], "fit: epochs is 0, expected a whole number of 1 or more."],
    ["batchSize", [x, y, { batchSize: 2.5 }], "fit: batchSize is 2.5, expected a whole number of 1 or more."],
    ["initialEpoch", [x, y, { initialEpoch: -1 }], "fit: initialEpoch is -1, expected a whole number of 0 or more."],
    [
      "validationFreq",
      [x, y, { validationFreq: 0 }],
      "fit: validationFreq is 0, expected a whole number of 1 or more.",
    ],
    [
      "validationBatchSize",
      [x, y, { validationBatchSize: 0 }],
      "fit: validationBatchSize is 0, expected a whole number of 1 or more.",
    ],
    [
      "validationSplit",
      [x, y, { validationSplit: 1 }],
      "validationSplit is 1; expected a fraction between 0 and 1, such as 0.2.",
    ],
    [
      "validation rows",
      [x, y, { validationData: [x, y.slice(1)] }],
      "fit: validationData: x has 4 rows and y has 3; every row needs its target.",
    ],
    [
      "sampleWeight",
      [x, y, { sampleWeight: [1, 2] }],
      "fit: sampleWeight has shape (2,), expected one weight per row: (4,).",
    ],
    [
      "two weights",
      [x, y, { sampleWeight: [1, 1, 1, 1], classWeight: { 0: 1 } }],
      "fit: give classWeight or sampleWeight, not both.",
    ],
    [
      "class names",
      [x, y, { classWeight: { cat: 2 } as Record<number, number> }],
      'fit: classWeight maps class numbers to finite weights, got "cat": 2.',
    ],
    [
      "a class that is none",
      [x, y, { classWeight: { [-1]: 9 } }],
      "fit: classWeight has a weight for class -1, but the classes are 0 … .",
    ],
  ])("%s", async (_name, call, message) => {
    const model = zeroModel();
    const before = model.getWeights()[0]!.data[0];
    const text = message.replace("NAME", model.graph.inputs[0]!.layer.name);
    await expect(model.fit(call[0], call[1], { ...call[2], ...silent })).rejects.toThrow(
      expect.objectContaining({ message: text }),
    );
    expect(model.getWeights()[0]!.data[0]).toBe(before);
    await expect(model.fit(x, y, silent)).resolves.toBeDefined();
  });

  test("a misspelt option", async () => {
    const wrong = { batchsize: 2, ...silent };
    await expect(zeroModel().fit(x, y, wrong)).rejects.toThrow(
      'fit: unknown option "batchsize". Did you mean "batchSize"?',
    );
  });

  test("a misspelt shuffle", async () => {
    await expect(zeroModel().fit(x, y, { shuffle: "batches" as "batch", ...silent })).rejects.toThrow(
      'shuffle is "batches", expected true, false or "batch".',
    );
  });
});

test("on the CPU device a moment without gradients decays to zero, and not to the smallest number there is", async () => {
  const model = new Sequential([new Dense({ units: 1, useBias: false, inputShape: [2] })]);
  const optimizer = new Adam();
  model.compile({ optimizer, loss: "mse", device: "cpu", threads: 1 });
  const momentum = () => optimizer.variables.find(({ path }) => path.endsWith("momentum"))!.value;
  await model.fit(tensor([[1, 1]]), tensor([[5]]), silent);
  expect(momentum()[1]).toBeLessThan(0);
  const steps = 900;
  const x = tensor(
    Float32Array.from({ length: 2 * steps }, (_, i) => 1 - (i % 2)),
    [steps, 2],
  );
  await model.fit(x, tensor(new Float32Array(steps).fill(5), [steps, 1]), { ...silent, batchSize: 1 });
  expect(momentum()[0]).toBeLessThan(0);
  expect(momentum()[1]).toBe(0);
});

describe("options are checked before the work", () => {
  const controller = new AbortController();
  test.each([
    ["signal", controller, "fit: signal is an AbortController, expected an AbortSignal. Pass controller.signal."],
    ["signal", true, "fit: signal is true, expected an AbortSignal."],
    ["write", "out.txt", 'fit: write is "out.txt", expected a function that takes a text.'],
    ["verbose", 3, "fit: verbose is 3, expected auto, 0, 1, 2, json."],
    [
      "classWeight",
      5,
      "fit: classWeight is 5, expected an object or a Map from class numbers to weights: { 0: 1, 1: 5 }.",
    ],
  ])("%s: %s", async (name, value, message) => {
    const model = zeroModel();
    await expect(model.fit(...powerRows(2), { [name]: value, epochs: 1 })).rejects.toThrow(message);
    expect(model.history).toBeUndefined();
  });
});

test.each([
  [1e-60, "which is 0 as float32."],
  [1e39, "which is Infinity as float32."],
])("a learning rate of %s is refused", (learningRate, message) => {
  expect(() => new Adam({ learningRate })).toThrow(message);
});

test("a learning rate of 0, a warm-up's first step, is taken", () => {
  expect(new Adam({ learningRate: 0 }).learningRate).toBe(0);
});
