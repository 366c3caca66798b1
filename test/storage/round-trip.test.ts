/** What fovea saves it loads again: every format, every place of this host. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AnyModel,
  type FileStore,
  input,
  loadModel,
  Model,
  memorySource,
  Sequential,
  type Sym,
  setSeed,
  type Tensor,
  tensor,
} from "fovea";
import {
  Add,
  BatchNormalization,
  type BatchShape,
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  Lambda,
  Layer,
  LayerScale,
  type Variable,
} from "fovea/layers";
import { CategoricalCrossentropy } from "fovea/losses";
import { CategoricalAccuracy, TopKCategoricalAccuracy } from "fovea/metrics";
import { abs, mean, multiply, subtract } from "fovea/ops";
import { LossScaleOptimizer, RMSprop } from "fovea/optimizers";
import { CosineDecay } from "fovea/schedules";
import { afterAll, beforeAll, expect, test } from "vitest";
import { blobOf } from "../../src/io/byte-source.ts";
import { openHdf5 } from "../../src/io/hdf5/group.ts";
import { describeCompile } from "../../src/storage/compile-config.ts";
import { stringify } from "../../src/storage/json.ts";
import { assertClose } from "../ir/closeness.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-files-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const x = tensor(
  Float32Array.from({ length: 6 * 36 }, (_, i) => Math.sin(i)),
  [6, 6, 6, 1],
);
const y = tensor(Int32Array.of(0, 1, 2, 0, 1, 2), [6]);
const device = "reference" as const;

function twins(): AnyModel {
  setSeed(3);
  const encoder = new Sequential([
    new Conv2D({ filters: 2, kernelSize: 3, inputShape: [6, 6, 1] }),
    new BatchNormalization(),
    new Flatten(),
  ]);
  const image = input({ shape: [6, 6, 1] });
  // The first call is of no graph that is saved, so calls are numbered anew.
  encoder.apply(input({ shape: [6, 6, 1] }));
  const [one, two] = [encoder.apply(image), encoder.apply(image)];
  const outputs = new Dense({ units: 3, activation: "softmax" }).apply(
    new Dropout({ rate: 0.2 }).apply(new Add().apply([one, two])),
  );
  return new Model({ inputs: image, outputs }) as unknown as AnyModel;
}

async function trained(): Promise<AnyModel> {
  const model = twins();
  model.compile({
    optimizer: new RMSprop({
      learningRate: new CosineDecay({ initialLearningRate: 0.01, decaySteps: 9 }),
      momentum: 0.5,
    }),
    loss: "sparse_categorical_crossentropy",
    metrics: ["accuracy"],
    device,
  });
  await model.fit(x as never, y as never, { epochs: 2, batchSize: 2, verbose: 0 });
  return model;
}

const valuesOf = (model: AnyModel) => model.weights.map(({ value }) => Array.from(value));
const stateOf = (model: AnyModel) =>
  model.optimizer?.variablesOf(model.trainableWeights).map(({ value }) => Array.from(value));
const predict = async (model: AnyModel) =>
  Array.from(((await model.predict(x as never, { verbose: 0 })) as unknown as Tensor).data);

/** The reference device keeps trained weights in float64; files hold float32. */
const samePredictions = async (actual: AnyModel, expected: AnyModel) =>
  assertClose(await predict(actual), await predict(expected), 1e-6, "predictions");

test.each(["model.keras", "model.h5"])("a compiled model in %s is the same one again", async (name) => {
  const model = await trained();
  await model.save(join(folder, name));
  const again = await loadModel(join(folder, name), { device });
  expect(valuesOf(again)).toEqual(valuesOf(model));
  expect(stateOf(again)).toEqual(stateOf(model));
  expect(again.optimizer!.getConfig()).toEqual(model.optimizer!.getConfig());
  await samePredictions(again, model);
  expect(again.toConfig()).toEqual(model.toConfig());
  expect(Object.keys(await again.evaluate(x as never, y as never, { verbose: 0 }))).toEqual(["accuracy", "loss"]);
});

test.each(["objects.keras", "objects.h5"])(
  "what compile was given as objects is in %s the same again",
  async (name) => {
    const model = new Sequential([
      new Dense({ units: 3, activation: "softmax", inputShape: [4] }),
    ]) as unknown as AnyModel;
    model.compile({
      optimizer: new RMSprop({ rho: 0.8 }),
      loss: new CategoricalCrossentropy({ labelSmoothing: 0.1 }),
      metrics: [new TopKCategoricalAccuracy({ k: 2 }), "mean_squared_error"],
      weightedMetrics: [new CategoricalAccuracy({ name: "hits" })],
      device,
    });
    await model.save(join(folder, name));
    const again = await loadModel(join(folder, name), { device });
    expect(describeCompile(again)).toEqual(describeCompile(model));
  },
);

test.each([
  ["a.weights.h5", {}],
  ["b.weights.json", { maxShardSize: 400 }],
  ["c.h5", {}],
])("weights in %s are the same ones again", async (name, options) => {
  const [model, other] = [await trained(), twins()];
  await model.saveWeights(join(folder, name), options);
  const { loaded, skipped } = await other.loadWeights(join(folder, name));
  expect(valuesOf(other)).toEqual(valuesOf(model));
  expect(loaded).toBe(model.weights.length);
  expect(skipped).toEqual([]);
});

test("sharded weights have several files, none larger than asked", async () => {
  const model = await trained();
  await model.saveWeights(join(folder, "d.weights.json"), { maxShardSize: 100 });
  expect(readdirSync(folder).filter((name) => /^d_\d{5}\.weights\.h5$/.test(name)).length).toBeGreaterThan(2);
});

test("without the optimizer the model comes back uncompiled", async () => {
  const model = await trained();
  await model.save(join(folder, "bare.keras"), { includeOptimizer: false });
  expect((await loadModel(join(folder, "bare.keras"))).optimizer).toBeUndefined();
});

test("a frozen layer, and a model that is frozen as a whole, stay so", async () => {
  const model = new Sequential([new Dense({ units: 2, inputShape: [3] }), new Dense({ units: 2 })]);
  model.layers[0]!.trainable = false;
  await model.save(join(folder, "frozen.keras"));
  expect((await loadModel(join(folder, "frozen.keras"))).trainableWeights).toHaveLength(2);
  model.trainable = false;
  await model.save(join(folder, "frozen.keras"));
  expect((await loadModel(join(folder, "frozen.keras"))).trainableWeights).toHaveLength(0);
});

test("own classes and functions come back through customObjects", async () => {
  class Scale extends Layer {
    factor!: Variable;
    inner = new Dense({ units: 3 });
    override build(shape: BatchShape) {
      this.factor = this.addWeight({ name: "factor", shape: [shape.at(-1)!], initializer: "ones" });
    }
    override call(value: Sym) {
      return this.inner.call(multiply(value, this.factor)) as Sym;
    }
  }
  const double = (value: Sym) => multiply(value, 2);
  const distance = (yTrue: Sym, yPred: Sym) => mean(abs(subtract(yTrue, yPred)), -1);
  const model = new Sequential([new Scale({ inputShape: [3] }), new Lambda(double)]);
  model.compile({ optimizer: "sgd", loss: distance, device });
  await model.trainOnBatch([[1, 2, 3]], [[1, 1, 1]]);
  const path = join(folder, "own.keras");
  await model.save(path);
  const customObjects = { Scale, double, distance };
  const again = await loadModel(path, { customObjects, device });
  expect(valuesOf(again)).toEqual(valuesOf(model as unknown as AnyModel));
  expect(await again.trainOnBatch([[1, 2, 3]] as never, [[1, 1, 1]] as never)).toEqual(
    await model.trainOnBatch([[1, 2, 3]], [[1, 1, 1]]),
  );
  await expect(loadModel(path)).rejects.toThrow('own.keras: Unknown layer class "Scale"');
  await expect(loadModel(path, { customObjects: { Scale } })).rejects.toThrow(
    /Lambda "lambda.*" needs the function "double"; pass it: \{ customObjects: \{ double \} \}/,
  );
  await expect(loadModel(path, { customObjects: { Scale: 3 } })).rejects.toThrow('customObjects: "Scale" is 3');
});

test("whole numbers that Keras takes as Python's floats alone are written as such", () => {
  const text = stringify({ momentum: 0, learning_rate: -1, units: 3, list: [{ weight_decay: 0.5, threshold: null }] });
  expect(text).toBe('{"momentum":0.0,"learning_rate":-1.0,"units":3,"list":[{"weight_decay":0.5,"threshold":null}]}');
});

test("a folder holds the three files of an archive", async () => {
  const place = mkdtempSync(join(folder, "model-"));
  const model = await trained();
  await model.save(place);
  expect(readdirSync(place).sort()).toEqual(["config.json", "metadata.json", "model.weights.h5"]);
  await samePredictions(await loadModel(place, { device }), model);
});

test("one's own store takes files by name, sharded weights too", async () => {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const store: FileStore = {
    async open(name) {
      const bytes = files.get(name);
      return bytes === undefined ? undefined : memorySource(name, bytes);
    },
    async write(name, pieces) {
      files.set(name, new Uint8Array(await blobOf(pieces).arrayBuffer()));
    },
  };
  const model = await trained();
  await model.save({ store, name: "m.keras" });
  await model.saveWeights({ store, name: "m.weights.json" }, { maxShardSize: 400 });
  expect(valuesOf(await loadModel({ store, name: "m.keras" }, { device }))).toEqual(valuesOf(model));
  const other = twins();
  await other.loadWeights({ store, name: "m.weights.json" });
  expect(valuesOf(other)).toEqual(valuesOf(model));
  await expect(loadModel({ store, name: "other.keras" })).rejects.toThrow("There is no file other.keras.");
});

test("a failing write leaves the old file whole, and nothing beside it", async () => {
  const place = mkdtempSync(join(folder, "whole-"));
  const path = join(place, "model.keras");
  const model = await trained();
  await model.save(path);
  const broken = new Sequential([new Lambda((value: Sym) => multiply(value, 2))]);
  broken.build([null, 3]);
  await expect(broken.save(path)).rejects.toThrow("its function has no name");
  expect(readdirSync(place)).toEqual(["model.keras"]);
  expect(valuesOf(await loadModel(path, { device }))).toEqual(valuesOf(model));
  await expect(model.save(join(place, "missing", "model.keras"))).rejects.toThrow("Cannot write");
});

test("loadWeights by name, with layers left out", async () => {
  const of = (names: readonly string[], units = 2) =>
    new Sequential(names.map((name, i) => new Dense({ units, name, ...(i === 0 ? { inputShape: [2] } : {}) })));
  const model = of(["a", "b"]);
  for (const file of ["names.weights.h5", "names.h5"]) {
    await model.saveWeights(join(folder, file));
    const other = of(["c", "b"]);
    const before = other.layers[0]!.getWeights().map(({ data }) => Array.from(data));
    const { loaded, skipped } = await other.loadWeights(join(folder, file), { byName: true });
    expect(loaded).toBe(2);
    expect(skipped.join()).toContain('Dense "c": the file has no layer of this name');
    expect(other.layers[0]!.getWeights().map(({ data }) => Array.from(data))).toEqual(before);
    expect(other.layers[1]!.getWeights()).toEqual(model.layers[1]!.getWeights());
  }
});

test("what does not fit is an error, and changes nothing; skipMismatch says what it left out", async () => {
  const model = new Sequential([new Dense({ units: 2, inputShape: [2] }), new Dense({ units: 2, name: "last" })]);
  const path = join(folder, "fit.weights.h5");
  await model.saveWeights(path);
  const other = new Sequential([new Dense({ units: 2, inputShape: [2] }), new Dense({ units: 3, name: "wide" })]);
  const before = valuesOf(other as unknown as AnyModel);
  await expect(other.loadWeights(path)).rejects.toThrow(
    /fit\.weights\.h5: Dense "wide": the weight ".*wide\/kernel" has shape \(2, 3\), and the array in the file \(2, 2\)/,
  );
  expect(valuesOf(other as unknown as AnyModel)).toEqual(before);
  const { loaded, skipped } = await other.loadWeights(path, { skipMismatch: true });
  expect([loaded, skipped.length]).toEqual([2, 2]);
});

test("places and endings that are none have words", async () => {
  const model = new Sequential([new Dense({ units: 2, inputShape: [2] })]);
  const refused = (work: Promise<unknown>, words: string) => expect(work).rejects.toThrow(words);
  await refused(model.save(join(folder, "m.txt")), 'has an unknown ending; use ".keras"');
  await refused(model.save("m.weights.h5"), 'Call model.saveWeights("m.weights.h5")');
  await refused(model.saveWeights("m.keras"), "model.save writes the whole model");
  await refused(model.save(3 as never), "save: the place is 3, expected a path");
  await refused(model.save("ftp://host/m.keras"), "ftp: addresses are not known");
  await refused(model.save("https://host/m.keras"), "models are read from a server");
  await refused(model.save("indexeddb://m"), "needs the IndexedDB of a browser");
  await refused(model.save("opfs://m"), "private file system of a browser");
  await refused(model.save("downloads://m.keras"), "needs the document of a browser's page");
  await refused(loadModel(join(folder, "none.keras")), "There is no file");
  await refused(new Sequential([new Dense({ units: 1 })]).saveWeights("m.weights.h5"), "is not built");
  writeFileSync(join(folder, "page.keras"), "<html>");
  await refused(loadModel(join(folder, "page.keras")), 'it begins with "<html>"');
});

test("a layer that Keras keeps outside of keras.layers is written with its module, without which Keras cannot find it", () => {
  const model = new Sequential([new LayerScale({ initValues: 0.5, projectionDim: 2, inputShape: [2] })]);
  expect((model.toJSON().config.layers as object[])[1]).toMatchObject({
    module: "keras.src.applications.convnext",
    class_name: "LayerScale",
    registered_name: "LayerScale",
  });
});

test("the state of LossScaleOptimizer stands in the file as in Keras's: whole, and the inner optimizer's once more", async () => {
  const model = new Sequential([new Dense({ units: 1, inputShape: [2] })]);
  model.compile({ optimizer: new LossScaleOptimizer({ innerOptimizer: "adam" }), loss: "mse", device });
  await model.trainOnBatch([[1, 2]] as never, [[3]] as never);
  const path = join(folder, "scaled.weights.h5");
  await model.saveWeights(path);
  const root = await openHdf5(memorySource("scaled", new Uint8Array(readFileSync(path))));
  const shapesOf = async (name: string) => {
    const group = (await root.group(name))!;
    const shapes: string[] = [];
    for (let i = 0; i < group.names.length; i++) shapes.push(String((await group.dataset(String(i)))!.shape));
    return shapes;
  };
  expect(await shapesOf("optimizer/vars")).toEqual(["", "", "", "", "", "", "2,1", "2,1", "1", "1"]);
  expect(await shapesOf("optimizer/inner_optimizer/vars")).toEqual(["", "", "2,1", "2,1", "1", "1"]);
});
