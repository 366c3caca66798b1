/** Files in the forms of Keras 2 and tf.keras (bench/files/keras2.py), which predict as Keras 3 does with the same weights. */
import { type AnyModel, FoveaError, loadModel, type Nested, type Sym, type Tensor, tensor } from "fovea";
import { Layer } from "fovea/layers";
import { add, clip, multiply } from "fovea/ops";
import { expect, test } from "vitest";
import { type GroupToWrite, groupAt, hdf5Pieces, newGroup } from "../../src/io/hdf5/writer.ts";
import { assertClose } from "../ir/closeness.ts";
import { checkPredictions, goldenJson, goldenPath, tensorsOf, type Values } from "./golden-files.ts";

const device = "reference" as const;
const golden =
  goldenJson<Readonly<Record<string, { readonly inputs: Values; readonly outputs: Values }>>>("files/keras2.json");
const load = (name: string) => loadModel(goldenPath(`keras2_${name}.h5`), { device });
const predictsAsKeras = async (model: AnyModel, name: string) => {
  const { inputs, outputs } = golden[name]!;
  await checkPredictions(model, tensorsOf(inputs), tensorsOf(outputs));
};

test.each(["chain", "recurrent", "twins", "mobile"])("keras2_%s.h5 predicts as in Keras", async (name) => {
  await predictsAsKeras(await load(name), name);
});

test("a file of weights alone goes into a model that is there", async () => {
  const model = await load("chain");
  const zeros = (): void =>
    model.setWeights(model.getWeights().map(({ data, shape }) => tensor(data.slice().fill(0), shape)));
  for (const options of [{}, { byName: true }]) {
    zeros();
    const { loaded, skipped } = await model.loadWeights(goldenPath("keras2_weights.h5"), options);
    expect([loaded, skipped]).toEqual([8, []]);
    await predictsAsKeras(model, "weights");
  }
});

test("how they are compiled is read, and they train on", async () => {
  const compiled = async (name: string) => {
    const model = await load(name);
    const { loss, metrics } = model.runner.requireParts("test").objective.options;
    return { model, optimizer: model.optimizer!, loss, metrics: JSON.stringify(metrics) };
  };
  const chain = await compiled("chain");
  expect([chain.optimizer.className, chain.optimizer.learningRate, chain.loss]).toEqual([
    "Adam",
    Math.fround(0.001),
    "categorical_crossentropy",
  ]);
  // Keras 2 kept an optimizer's numbers in another order.
  expect(chain.model.runner.takeNotices().join()).toContain("The optimizer Adam starts afresh");
  expect((await compiled("recurrent")).optimizer.className).toBe("RMSprop");
  const mobile = await compiled("mobile");
  expect([mobile.optimizer.className, mobile.optimizer.getConfig().momentum]).toEqual(["SGD", 0.9]);
  const { model, optimizer } = await compiled("twins");
  expect(optimizer.getConfig()).toMatchObject({
    learningRate: { className: "ExponentialDecay", config: { decaySteps: 5, name: "ExponentialDecay" } },
  });
  const x = tensorsOf(golden.twins!.inputs) as Tensor[];
  const y = [tensor(Int32Array.of(0, 2, 1), [3]), tensor(Float32Array.of(1, 0, -1), [3, 1])];
  const logs = await model.evaluate(x as never, y as never, { verbose: 0 });
  expect(Object.keys(logs).sort()).toEqual(["label_accuracy", "label_loss", "loss", "value_loss", "value_mae"]);
  const [label, value] = (tensorsOf(golden.twins!.outputs) as Tensor[]).map(({ data }) => Array.from(data));
  const crossentropy = -[0, 2, 1].reduce((sum, at, row) => sum + Math.log(label![row * 3 + at]!), 0) / 3;
  const differences = [1, 0, -1].map((wanted, row) => wanted - value![row]!);
  const square = differences.reduce((sum, each) => sum + each ** 2, 0) / 3;
  assertClose([logs.loss!, logs.label_loss!], [crossentropy + 0.5 * square, crossentropy], 1e-5, "losses");
  assertClose([logs.value_mae!], [differences.reduce((sum, each) => sum + Math.abs(each), 0) / 3], 1e-5, "mae");
  const { history } = await model.fit(x as never, y as never, { epochs: 5, verbose: 0 });
  expect(history.loss!.at(-1)!).toBeLessThan(history.loss![0]!);
});

/** A file of an architecture alone. */
function fileOf(config: object, change: (root: GroupToWrite) => void = () => {}): File {
  const root = newGroup();
  root.attributes.set("keras_version", "2.4.0");
  root.attributes.set("model_config", JSON.stringify(config));
  const weights = groupAt(root, "model_weights");
  weights.attributes.set("layer_names", []);
  change(root);
  return new File([...hdf5Pieces(root)] as BlobPart[], "old.h5");
}
const chainOf = (...layers: readonly [string, object][]) => ({
  class_name: "Sequential",
  config: {
    name: "s",
    layers: layers.map(([class_name, config], i) => ({
      class_name,
      config: i === 0 ? { batch_input_shape: [null, 2], ...config } : config,
    })),
  },
});

test("Python code and operations of TensorFlow are refused with words", async () => {
  const code = ["4wEAAAAAAAAAAAAAAAEAAAACAAAAQwAAAHMIAAAAfABkARQAUwA=", null, null];
  const lambda = chainOf(["Lambda", { name: "half", function: code, function_type: "lambda", arguments: {} }]);
  await expect(loadModel(fileOf(lambda))).rejects.toThrow('old.h5: modelFromJSON: Lambda "half" holds Python code');
  const division = chainOf(["TFOpLambda", { name: "tf.math.truediv", function: "math.truediv" }]);
  const loading = loadModel(fileOf(division));
  await expect(loading).rejects.toThrow('Unknown layer class "TFOpLambda"');
  await expect(loading).rejects.toBeInstanceOf(FoveaError);
});

test("hard_sigmoid is Keras 2's, and has to be given", async () => {
  const file = () => fileOf(chainOf(["Activation", { activation: "hard_sigmoid", name: "gate" }]));
  await expect(loadModel(file())).rejects.toThrow("the activation hard_sigmoid of Keras 2 is another function");
  const hard_sigmoid = (x: Sym) => clip(add(multiply(x, 0.2), 0.5), 0, 1);
  const model = await loadModel(file(), { customObjects: { hard_sigmoid } });
  model.compile({ device });
  const made = (await model.predict([[1, -4]] as never, { verbose: 0 })) as unknown as Nested<Tensor>;
  expect((made as Tensor).toArray()).toEqual([[Math.fround(0.7), 0]]);
});

test("a class of one's own that was registered in no package is found by its name", async () => {
  class Twice extends Layer {
    override call(x: Sym): Sym {
      return multiply(x, 2);
    }
  }
  const model = await loadModel(fileOf(chainOf(["Custom>Twice", { name: "t" }])), { customObjects: { Twice } });
  model.compile({ device });
  expect(((await model.predict([[1, 2]] as never, { verbose: 0 })) as unknown as Tensor).toArray()).toEqual([[2, 4]]);
});
