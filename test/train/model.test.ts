import { ArgumentError, input, Model, Sequential, ShapeError, StateError, setSeed, tensor } from "fovea";
import { Conv2D, Dense, Dropout, Flatten, InputLayer, MaxPooling2D, Reshape } from "fovea/layers";
import { Adam, SGD } from "fovea/optimizers";
import { describe, expect, test } from "vitest";
import { powerRows, seededCnn, silent, smallCnn, stripes, weightValues, zeroModel } from "./small-models.ts";

const { images, labels } = stripes(20);

describe("building", () => {
  test("with an inputShape each layer is built as it is added", () => {
    const model = new Sequential();
    expect(model.built).toBe(false);
    model.add(new Conv2D({ filters: 2, kernelSize: 3, inputShape: [6, 6, 1] }));
    model.add(new MaxPooling2D());
    model.add(new Flatten());
    expect(model.countParams()).toBe(20);
    expect(model.graph.outputs[0]!.shape).toEqual([null, 8]);
  });

  test("an InputLayer or batchInputShape does the same", () => {
    const first = new Sequential([new InputLayer({ shape: [3] }), new Dense({ units: 2 })]);
    const second = new Sequential([new Dense({ units: 2, batchInputShape: [null, 3] })]);
    for (const model of [first, second]) expect(model.countParams()).toBe(8);
    expect(first.layers).toHaveLength(1);
  });

  test("without one the first data decide", async () => {
    const model = new Sequential([new Dense({ units: 2 })]);
    expect(() => model.countParams()).toThrow(
      new StateError(
        `Sequential "${model.name}" is not built, so its weights are not counted: state the shape of its input, or build it first.`,
      ),
    );
    expect((await model.predict([[1, 2, 3]], silent)).shape).toEqual([1, 2]);
    expect(model.countParams()).toBe(8);
  });

  test("a layer that does not fit is refused and leaves the model as it was", () => {
    const model = new Sequential([new Conv2D({ filters: 2, kernelSize: 3, inputShape: [4, 4, 1] })]);
    expect(() => model.add(new Conv2D({ filters: 2, kernelSize: 3, name: "big" }))).toThrow(
      'Conv2D "big": kernel 3x3 does not fit input 2x2 (padding "valid"). Use padding "same" or kernelSize <= 2.',
    );
    expect(() => model.add(new Reshape({ targetShape: [5], name: "odd" }))).toThrow(
      'Reshape "odd": rows of shape (2, 2, 2) (8 values) cannot become (5,).',
    );
    model.add(new Flatten());
    expect(model.layers).toHaveLength(2);
    expect(() => model.add(new Conv2D({ filters: 2, kernelSize: 3, name: "late" }))).toThrow(
      'Conv2D "late" takes inputs of 4 axes [batch, height, width, channels], got 2: (None, 8). Set inputShape or add a Reshape layer.',
    );
    expect(model.graph.outputs[0]!.shape).toEqual([null, 8]);
  });

  test("two layers of one name", () => {
    const model = new Sequential([new Dense({ units: 2, name: "same", inputShape: [2] })], { name: "twins" });
    expect(() => model.add(new Dense({ units: 2, name: "same" }))).toThrow(
      new ArgumentError('Sequential "twins" has a layer named "same" already; give the new one another `name`.'),
    );
    const x = input({ shape: [2] });
    const y = new Dense({ units: 2, name: "same" }).apply(new Dense({ units: 2, name: "same" }).apply(x));
    expect(() => new Model({ inputs: x, outputs: y })).toThrow(
      new ArgumentError('Two layers of one model are named "same"; give one of them another `name`.'),
    );
  });

  test("an InputLayer that comes late, a model without layers", () => {
    const model = new Sequential([new Dense({ units: 1, inputShape: [1] })], { name: "late" });
    expect(() => model.add(new InputLayer({ shape: [2] }))).toThrow(
      'Sequential "late": an InputLayer can only come first.',
    );
    expect(() => new Sequential([], { name: "none" }).build([null, 2])).toThrow(
      'Sequential "none" has no layers; add some first.',
    );
  });

  test("a functional model whose ends do not meet", () => {
    const [a, b] = [input({ shape: [2], name: "a" }), input({ shape: [2], name: "b" })];
    expect(() => new Model({ inputs: a, outputs: new Dense({ units: 1 }).apply(b) })).toThrow(
      'The model\'s outputs need the input "b", which is not among its inputs.',
    );
  });

  test("getLayer by name and by index", () => {
    const model = new Sequential([
      new Dense({ units: 2, name: "hidden", inputShape: [2] }),
      new Dense({ units: 1, name: "out" }),
    ]);
    expect(model.getLayer("out")).toBe(model.layers[1]);
    expect(model.getLayer(0)).toBe(model.layers[0]);
    expect(() => model.getLayer("hiden")).toThrow('Unknown layer "hiden". Did you mean "hidden"? Known: hidden, out.');
    expect(() => model.getLayer(2)).toThrow("getLayer: index 2 of 2 layers.");
  });
});

describe("compile", () => {
  test.each<[string, object, string]>([
    ["optimizer", { optimizer: "adma", loss: "mse" }, 'Unknown optimizer "adma". Did you mean "adam"?'],
    ["loss", { optimizer: "adam", loss: "categorical_crosentropy" }, 'Did you mean "categorical_crossentropy"?'],
    [
      "metric",
      { optimizer: "adam", loss: "mse", metrics: ["acuracy"] },
      'Unknown metric "acuracy". Did you mean "accuracy"?',
    ],
    ["device", { optimizer: "adam", loss: "mse", device: "cpuu" }, 'Unknown device "cpuu". Did you mean "cpu"?'],
    [
      "option",
      { optimizer: "adam", loss: "mse", metric: ["accuracy"] },
      'compile: unknown option "metric". Did you mean "metrics"?',
    ],
    [
      "threads",
      { optimizer: "adam", loss: "mse", threads: 0 },
      "threads: got 0, expected a whole number from 1 to 256.",
    ],
  ])("a misspelt or wrong %s is refused, and what was compiled before stays", async (_name, options, message) => {
    const model = zeroModel();
    const { optimizer } = model;
    expect(() => model.compile(options as Parameters<Model["compile"]>[0])).toThrow(message);
    expect(model.optimizer).toBe(optimizer);
    await expect(model.fit(...powerRows(2), silent)).resolves.toBeDefined();
  });

  test.each(["fit", "evaluate", "trainOnBatch", "testOnBatch"] as const)("%s needs it", async (method) => {
    const model = new Sequential([new Dense({ units: 1, inputShape: [1] })], { name: "raw" });
    const run: Promise<unknown> = (model[method] as typeof model.trainOnBatch)([[1]], [1]);
    await expect(run).rejects.toThrow(
      new StateError(`${method}: model "raw" is not compiled. Call model.compile({ optimizer, loss }) first.`),
    );
  });

  test("predict does not need it", async () => {
    const model = new Sequential([new Dense({ units: 1, kernelInitializer: "ones", inputShape: [2] })]);
    expect(Array.from((await model.predict([[1, 2]], silent)).data)).toEqual([3]);
  });

  test("anew keeps the weights, also on another device", async () => {
    const model = seededCnn({ device: "cpu", threads: 2 });
    await model.fit(images, labels, { epochs: 2, ...silent });
    const [weights, before] = [weightValues(model), await model.evaluate(images, labels, silent)];
    model.compile({
      optimizer: "sgd",
      loss: "sparse_categorical_crossentropy",
      metrics: ["accuracy"],
      device: "reference",
    });
    expect(weightValues(model)).toEqual(weights);
    const after = await model.evaluate(images, labels, silent);
    expect(after.loss).toBeCloseTo(before.loss!, 5);
    expect(after.accuracy).toBe(before.accuracy);
  });

  test("with every layer frozen there is nothing to train", async () => {
    const model = new Sequential([new Dense({ units: 1, trainable: false, inputShape: [1] })]);
    model.compile({ optimizer: "sgd", loss: "mse", device: "reference" });
    await expect(model.fit(...powerRows(2), silent)).rejects.toThrow(
      "SGD: no weight has a gradient, so there is nothing to train. Is every layer frozen (trainable false)?",
    );
  });

  test("a frozen layer keeps its weights while the others train", async () => {
    const model = new Sequential([
      new Dense({ units: 4, trainable: false, inputShape: [36] }),
      new Dense({ units: 3, activation: "softmax" }),
    ]);
    model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", device: "cpu", threads: 1 });
    const before = weightValues(model);
    await model.fit(images.reshape([20, 36]), labels, silent);
    const after = weightValues(model);
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(after[2]).not.toEqual(before[2]);
  });

  test("the learning rate that is set holds from the next fit on", async () => {
    const optimizer = new SGD({ learningRate: 0.25 });
    const model = zeroModel({ optimizer, device: "cpu", threads: 1 });
    await model.fit([[0]], [1], silent);
    // b += lr · 2 · (1 - b)
    expect(weightValues(model)[1]).toEqual([0.5]);
    optimizer.learningRate = 0.125;
    await model.fit([[0]], [1], silent);
    expect(weightValues(model)[1]).toEqual([0.625]);
    expect(optimizer.learningRate).toBe(0.125);
  });
});

describe("weights", () => {
  test("come and go in Keras's order, as copies", () => {
    const model = seededCnn();
    expect(model.getWeights().map(({ shape }) => shape)).toEqual([[3, 3, 1, 4], [4], [64, 3], [3]]);
    const weights = model.getWeights();
    weights[1]!.data[0] = 7;
    expect(model.getWeights()[1]!.data[0]).toBe(0);
    model.setWeights(weights);
    weights[1]!.data[0] = 9;
    expect(model.getWeights()[1]!.data[0]).toBe(7);
    model.setWeights(model.getWeights().map((weight) => weight.toArray()));
    expect(model.getWeights()[1]!.data[0]).toBe(7);
  });

  test("a wrong number or shape changes nothing", () => {
    const model = new Sequential([new Dense({ units: 2, name: "only", inputShape: [3] })], { name: "m" });
    const before = weightValues(model);
    const [kernel, bias] = model.getWeights();
    expect(() => model.setWeights([kernel!])).toThrow(
      new ArgumentError('setWeights: Sequential "m" has 2 weights, 1 were given.'),
    );
    expect(() => model.setWeights([tensor(new Float32Array(6), [3, 2]), tensor([1, 2, 3])])).toThrow(
      new ShapeError('setWeights: weight 1 ("m/only/bias") has shape (2,), got (3,).'),
    );
    expect(weightValues(model)).toEqual(before);
    expect(bias!.shape).toEqual([2]);
  });

  test.each(["reference", "cpu"] as const)(
    "that are set between calls are those that compute, on %s",
    async (device) => {
      const model = zeroModel({ device, threads: 1 });
      expect((await model.predict([[2]], silent)).data[0]).toBe(0);
      model.setWeights([tensor([[3]]), tensor([1])]);
      expect((await model.predict([[2]], silent)).data[0]).toBe(7);
      expect((await model.evaluate([[2]], [7], silent)).loss).toBe(0);
      await model.fit([[2]], [7], silent);
      model.setWeights([tensor([[1]]), tensor([0])]);
      expect((await model.testOnBatch([[2]], [0])).loss).toBe(4);
    },
  );

  test("the optimizer's state goes on from one fit to the next", async () => {
    const [first, second] = [seededCnn({ optimizer: new Adam() }), seededCnn({ optimizer: new Adam() })];
    await first.fit(images, labels, { epochs: 4, shuffle: false, ...silent });
    for (let i = 0; i < 4; i++) await second.fit(images, labels, { shuffle: false, ...silent });
    expect(weightValues(second)).toEqual(weightValues(first));
    expect(second.optimizer!.iteration.value[0]).toBe(4);
  });
});

describe("data", () => {
  test("images without the channel axis are taken for (height, width, 1)", async () => {
    const model = seededCnn();
    const flat = images.reshape([20, 6, 6]);
    expect(await model.evaluate(flat, labels, silent)).toEqual(await model.evaluate(images, labels, silent));
    expect((await model.predict(flat, silent)).data).toEqual((await model.predict(images, silent)).data);
    await expect(model.fit(flat, labels, silent)).resolves.toBeDefined();
  });

  test("a channel axis too many is taken off", async () => {
    const model = new Sequential([new Dense({ units: 1, kernelInitializer: "ones", inputShape: [2] })]);
    expect((await model.predict(tensor([1, 2, 3, 4], [2, 2, 1]), silent)).toArray()).toEqual([[3], [7]]);
  });

  test.each(["reference", "cpu"] as const)(
    "uint8 images and int32 numbers count as they are, on %s",
    async (device) => {
      const model = seededCnn({ device, threads: 2 });
      const bytes = tensor(
        Uint8Array.from(images.data, (value) => value * 200),
        images.shape,
      );
      const floats = tensor(bytes, undefined, "float32");
      const wholes = tensor(bytes, undefined, "int32");
      const expected = await model.predict(floats, silent);
      for (const same of [bytes, wholes]) expect((await model.predict(same, silent)).data).toEqual(expected.data);
      const other = seededCnn({ device, threads: 2 });
      const options = { epochs: 2, shuffle: false, ...silent };
      const history = await model.fit(bytes, labels, options);
      expect(await other.fit(floats, labels, options)).toEqual(history);
    },
  );

  test.each(["reference", "cpu"] as const)("rows that fill no whole number of batches, on %s", async (device) => {
    const model = seededCnn({ device, threads: 2 });
    const all = await model.predict(images, { batchSize: 20, ...silent });
    expect(all.shape).toEqual([20, 3]);
    for (const batchSize of [1, 7, 19, 64]) {
      const some = await model.predict(images, { batchSize, ...silent });
      expect(some.shape).toEqual([20, 3]);
      some.data.forEach((value, i) => {
        expect(value).toBeCloseTo(all.data[i]!, 6);
      });
      const scores = await model.evaluate(images, labels, { batchSize, ...silent });
      expect(scores.loss).toBeCloseTo((await model.testOnBatch(images, labels)).loss!, 5);
    }
    expect((await model.predictOnBatch(images.slice(3, 4))).shape).toEqual([1, 3]);
  });

  test.each<[string, (model: Sequential) => Promise<unknown>, string]>([
    [
      "one-hot targets for a sparse loss",
      (model) => model.fit(images, tensor(new Float32Array(60), [20, 3]), silent),
      "sparse_categorical_crossentropy: y has shape (20, 3), which looks one-hot; this loss takes class numbers (None,). " +
        'Use loss "categorical_crossentropy", or y.argMax().',
    ],
    [
      "labels out of range",
      (model) => model.fit(images, tensor(Int32Array.from(labels.data, (label, i) => (i === 4 ? 3 : label))), silent),
      "sparse_categorical_crossentropy: label 3 in row 4 is not a class of the model's output; expected whole numbers 0 … 2.",
    ],
    [
      "rows",
      (model) => model.evaluate(images, labels.slice(1), silent),
      "evaluate: x has 20 rows and y has 19; every row needs its target.",
    ],
    [
      "images of another size",
      (model) => model.predict(tensor(new Float32Array(50), [2, 5, 5]), silent),
      `predict: x has shape (2, 5, 5), but the model's input "INPUT" takes (None, 6, 6, 1). Reshape x or change the model's inputShape.`,
    ],
    ["no rows", (model) => model.predict(images.slice(0, 0), silent), "predict: x has no rows."],
    [
      "batch size",
      (model) => model.predict(images, { batchSize: 0, ...silent }),
      "predict: batchSize is 0, expected a whole number of 1 or more.",
    ],
    [
      "batch size of evaluate",
      (model) => model.evaluate(images, labels, { batchSize: -1, ...silent }),
      "evaluate: batchSize is -1, expected a whole number of 1 or more.",
    ],
    [
      "an option of predict",
      (model) => model.predict(images, { batchsize: 4 } as object),
      'predict: unknown option "batchsize". Did you mean "batchSize"?',
    ],
    [
      "an option of evaluate",
      (model) => model.evaluate(images, labels, { sampleWeights: [1] } as object),
      'evaluate: unknown option "sampleWeights". Did you mean "sampleWeight"?',
    ],
    [
      "an option of trainOnBatch",
      (model) => model.trainOnBatch(images, labels, { sampleWeights: [1] } as object),
      'trainOnBatch: unknown option "sampleWeights". Did you mean "sampleWeight"?',
    ],
  ])("%s: refused, and the model goes on", async (_name, call, message) => {
    const model = smallCnn();
    const text = message.replace("INPUT", model.graph.inputs[0]!.layer.name);
    await expect(call(model)).rejects.toThrow(text);
    await expect(model.evaluate(images, labels, silent)).resolves.toBeDefined();
  });

  test("class numbers for a categorical loss", async () => {
    const model = smallCnn({ loss: "categorical_crossentropy" });
    await expect(model.fit(images, labels, silent)).rejects.toThrow(
      "categorical_crossentropy: y has shape (20,), but the model's output is (None, 3). " +
        'These look like class numbers: use toCategorical(y, 3), or loss "sparse_categorical_crossentropy".',
    );
  });
});

describe("single batches", () => {
  test("trainOnBatch gives the loss before the update and moves the weights once", async () => {
    const model = zeroModel({ optimizer: "sgd", metrics: ["mse"] });
    const [x, y] = powerRows(3);
    expect(await model.trainOnBatch(x, y)).toEqual({ loss: 7, mse: 7 });
    expect(model.optimizer!.iteration.value[0]).toBe(1);
    // dL/db = 2 · mean(0 - y) = -14/3.
    expect(weightValues(model)[1]![0]).toBeCloseTo(0.14 / 3, 6);
    expect((await model.trainOnBatch(x, y)).loss).toBeLessThan(7);
  });

  test("each call begins its metrics anew, and weights of rows and classes are used", async () => {
    const model = zeroModel();
    const [x, y] = powerRows(2);
    expect(await model.trainOnBatch(x, y, { sampleWeight: [1, 0.5] })).toEqual({ loss: 1.5 });
    expect(await model.trainOnBatch(x, y, { classWeight: { 2: 3 } })).toEqual({ loss: 6.5 });
    expect(await model.testOnBatch(x, y)).toEqual({ loss: 2.5 });
    expect(await model.testOnBatch(x, y, { sampleWeight: [0, 1] })).toEqual({ loss: 2 });
    await expect(model.trainOnBatch(x, y, { sampleWeight: [1, 1], classWeight: {} })).rejects.toThrow(
      "trainOnBatch: give classWeight or sampleWeight, not both.",
    );
  });

  test("calls with any numbers of rows share a few programs, and give what single rows give", async () => {
    const model = seededCnn({ device: "cpu" });
    const alone = (await model.predict(images, { batchSize: 1, verbose: 0 })).data;
    for (const rows of [20, 19, 18, 17, 9]) {
      const { data } = await model.predictOnBatch(images.slice(0, rows));
      expect(data).toHaveLength(3 * rows);
      data.forEach((value, i) => {
        expect(value).toBeCloseTo(alone[i]!, 5);
      });
    }
    const whole = await model.testOnBatch(images, labels);
    const [some, rest] = [
      await model.testOnBatch(images.slice(0, 17), labels.slice(0, 17)),
      await model.testOnBatch(images.slice(17), labels.slice(17)),
    ];
    expect((17 * some.loss! + 3 * rest.loss!) / 20).toBeCloseTo(whole.loss!, 5);
    const { steps } = (await model.compiledSteps())!;
    expect([...steps.keys()].map((key) => key.split(" ").slice(0, 2).join(" ")).sort()).toEqual([
      "predict 1",
      "predict 16",
      "predict 32",
      "test 32",
      "test 4",
    ]);
  });

  test("testOnBatch and evaluate learn nothing", async () => {
    const model = seededCnn();
    const before = weightValues(model);
    await model.testOnBatch(images, labels);
    await model.evaluate(images, labels, { sampleWeight: labels, ...silent });
    expect(weightValues(model)).toEqual(before);
    expect(model.optimizer!.iteration.value[0]).toBe(0);
  });

  test("batches one by one are what fit does", async () => {
    const [one, other] = [seededCnn({ device: "cpu", threads: 2 }), seededCnn({ device: "cpu", threads: 2 })];
    await one.fit(images, labels, { batchSize: 8, shuffle: false, ...silent });
    for (const begin of [0, 8, 16])
      await other.trainOnBatch(images.slice(begin, begin + 8), labels.slice(begin, begin + 8));
    weightValues(one).forEach((values, i) => {
      values.forEach((value, j) => {
        expect(weightValues(other)[i]![j]).toBeCloseTo(value, 6);
      });
    });
  });
});

describe("functional models", () => {
  test("are trained like Sequential ones", async () => {
    setSeed(5);
    const image = input({ shape: [6, 6, 1] });
    const features = new Flatten().apply(new Conv2D({ filters: 4, kernelSize: 3, activation: "relu" }).apply(image));
    const model = new Model({ inputs: image, outputs: new Dense({ units: 3, activation: "softmax" }).apply(features) });
    setSeed(5);
    const chain = new Sequential([
      new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [6, 6, 1] }),
      new Flatten(),
      new Dense({ units: 3, activation: "softmax" }),
    ]);
    chain.setWeights(model.getWeights());
    const run = (which: Model) => {
      which.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", device: "reference" });
      return which.fit(images, labels, { epochs: 3, shuffle: false, ...silent });
    };
    expect(await run(model)).toEqual(await run(chain));
    expect(model.layers.map(({ className }) => className)).toEqual(["InputLayer", "Conv2D", "Flatten", "Dense"]);
    expect(model.countParams()).toBe(chain.countParams());
  });

  test("a layer that is applied twice shares its weights and sums its gradients", async () => {
    const x = input({ shape: [1] });
    const twice = new Dense({ units: 1, useBias: false, kernelInitializer: "ones" });
    const model = new Model({ inputs: x, outputs: twice.apply(twice.apply(x)) });
    model.compile({ optimizer: new SGD({ learningRate: 0.125 }), loss: "mse", device: "reference" });
    expect(model.countParams()).toBe(1);
    // y = w²x: dL/dw = 2(1 - 2) · 2w = -4.
    await model.fit([[1]], [2], silent);
    expect(weightValues(model)).toEqual([[1.5]]);
  });

  test("two models that share layers see each other's training", async () => {
    const x = input({ shape: [1] });
    const code = new Dense({ units: 1, kernelInitializer: "ones", name: "code" }).apply(x);
    const whole = new Model({ inputs: x, outputs: new Dense({ units: 1, kernelInitializer: "ones" }).apply(code) });
    const part = new Model({ inputs: x, outputs: code });
    const codeOf = async () => (await part.predict([[1]], silent)).data[0];
    const trained = () => weightValues(whole)[0]![0]! + weightValues(whole)[1]![0]!;
    whole.compile({ optimizer: "sgd", loss: "mse", device: "reference" });
    expect(await codeOf()).toBe(1);
    for (let i = 0; i < 2; i++) {
      const before = trained();
      await whole.fit([[1]], [3], silent);
      expect(trained()).not.toBe(before);
      expect(await codeOf()).toBeCloseTo(trained(), 6);
    }
    // A model that is made later renames the weights; the first one trains on all the same.
    const late = new Model({ inputs: x, outputs: code });
    const before = trained();
    await whole.fit([[1]], [3], silent);
    expect(trained()).not.toBe(before);
    expect((await late.predict([[1]], silent)).data[0]).toBeCloseTo(trained(), 6);
    part.setWeights([tensor([[4]]), tensor([0])]);
    expect((await whole.evaluate([[1]], [0], silent)).loss).toBeGreaterThan(10);
  });

  test("an input that no output depends on is refused", () => {
    const [a, b] = [input({ shape: [1] }), input({ shape: [1], name: "idle" })];
    expect(() => new Model({ inputs: [a, b], outputs: new Dense({ units: 1 }).apply(a) })).toThrow(
      'The model\'s outputs do not depend on its input "idle".',
    );
  });
});

test("two metrics of one name: the second is numbered, as in Keras", async () => {
  const model = zeroModel({ metrics: ["mse", "mse"] });
  expect(Object.keys((await model.fit(...powerRows(2), silent)).history)).toEqual(["loss", "mse", "mse_1"]);
});

test("Dropout drops in training only", async () => {
  const model = new Sequential([
    new Dropout({ rate: 0.5, inputShape: [101] }),
    new Dense({ units: 1, kernelInitializer: "ones" }),
  ]);
  model.compile({ optimizer: new SGD({ learningRate: 1e-30 }), loss: "mse", device: "reference" });
  const x = tensor(new Float32Array(101).fill(1), [1, 101]);
  expect((await model.predict(x, silent)).data[0]).toBe(101);
  expect((await model.evaluate(x, [101], silent)).loss).toBe(0);
  // What is kept counts 2, so the sum is even.
  expect((await model.trainOnBatch(x, [101])).loss).toBeGreaterThan(0);
});
