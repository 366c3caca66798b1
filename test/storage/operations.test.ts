/** Functions of "fovea/ops" between the layers of a functional model, in Keras's files. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AnyModel, cloneModel, input, loadModel, Model, modelFromJSON, type Tensor, tensor } from "fovea";
import { Add, Dense, type KerasTensor } from "fovea/layers";
import * as ops from "fovea/ops";
import { afterAll, beforeAll, expect, test } from "vitest";
import { assertClose } from "../ir/closeness.ts";
import { checkPredictions, goldenJson, goldenPath, tensorsOf, type Values } from "./golden-files.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-operations-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
const device = "reference" as const;

interface Node {
  readonly class_name: string;
  readonly name: string;
  readonly module: string;
  readonly config: Record<string, unknown>;
  readonly inbound_nodes: readonly { readonly args: unknown; readonly kwargs: unknown }[];
}
const nodesOf = (model: AnyModel) => JSON.parse(JSON.stringify(model.toJSON().config.layers)) as Node[];
const operationsOf = (model: AnyModel) => nodesOf(model).filter(({ module }) => module.startsWith("keras.src.ops"));

test("a model that Keras wrote, with 36 operations, predicts the same, and is written as Keras wrote it", async () => {
  const { inputs, outputs } = goldenJson<{ inputs: Values; outputs: Values }>("files/operations.json");
  const model = await loadModel(goldenPath("operations.keras"), { device });
  await checkPredictions(model, tensorsOf(inputs), tensorsOf(outputs));
  await model.save(join(folder, "again.keras"));
  const again = await loadModel(join(folder, "again.keras"), { device });
  await checkPredictions(again, tensorsOf(inputs), tensorsOf(outputs));
  expect(again.toJSON()).toEqual(model.toJSON());
  const names = operationsOf(model).map(({ name }) => name);
  expect(names).toHaveLength(36);
  expect(new Set(names).size).toBe(36);
});

type Make = (x: KerasTensor, y: KerasTensor) => KerasTensor | readonly KerasTensor[];
const calls: readonly [string, Make][] = [
  ["numbers before and behind", (x, y) => ops.subtract(2, ops.divide(ops.multiply(x, y), 3))],
  ["a constant", (x) => ops.add(x, tensor([[1, 2, 3, 4]]))],
  ["nested lists", (x) => ops.maximum(x, [0.1, 0.2, 0.3, 0.4])],
  ["parts", (x) => ops.getItem(x, [":", 1, [0, -1]])],
  ["parts from the end, in steps", (x) => ops.getItem(x, ["...", [null, null, 2]])],
  ["a block", (x) => ops.slice(x, [0, 1, 0], [null, 1, 3])],
  ["several results", (x) => ops.split(x, [1, 3], -1)],
  ["one result of several", (x) => ops.topK(x, 2)[1]],
  ["a list", (x, y) => ops.concatenate([x, y, x], 1)],
  ["a stack", (x, y) => ops.stack([x, y], -1)],
  ["limits", (x) => ops.clip(x, 0, 0.5)],
  [
    "a margin",
    (x) =>
      ops.pad(
        x,
        [
          [0, 0],
          [1, 0],
          [0, 2],
        ],
        "constant",
        { constantValues: 7 },
      ),
  ],
  [
    "a mirrored margin",
    (x) =>
      ops.pad(
        x,
        [
          [0, 0],
          [1, 0],
          [0, 2],
        ],
        "reflect",
      ),
  ],
  ["reductions", (x) => ops.std(ops.prod(x, 1, { keepdims: true }), [1, 2])],
  ["a logarithm of sums", (x) => ops.logsumexp(x, -1)],
  ["choices", (x, y) => ops.where(ops.logicalAnd(ops.greater(x, 0), ops.less(y, 0)), x, y)],
  ["entries", (x) => ops.take(x, [2, 0], 2)],
  ["classes", (x) => ops.oneHot(ops.argmax(x, -1), 4)],
  ["moved axes", (x) => ops.moveaxis(ops.transpose(x, [0, 2, 1]), 1, 2)],
  ["repeated", (x) => ops.tile(ops.repeat(x, 2, 1), [1, 1, 2])],
  ["another size", (x) => ops.image.resize(ops.expandDims(x, -1), [5, 3], { interpolation: "nearest" })],
  ["pooled", (x) => ops.averagePool(x, 2, { strides: 1, padding: "same" })],
  ["another type", (x) => ops.cast(ops.round(x, 1), "int32")],
  ["a product", (x, y) => ops.matmul(x, ops.transpose(y, [0, 2, 1]))],
];

test.each(calls)("%s: saved, loaded and cloned, the model computes the same", async (_what, make) => {
  const [x, y] = [input({ shape: [3, 4], name: "x" }), input({ shape: [3, 4], name: "y" })];
  const both = ops.add(ops.multiply(y, 0), x);
  const model = new Model({ inputs: [x, y], outputs: [both, make(x, y)].flat() as KerasTensor[] });
  model.compile({ loss: "mse", device });
  const values = [1, 2].map((seed) =>
    tensor(
      Float32Array.from({ length: 24 }, (_, i) => Math.sin(seed * 7 * i)),
      [2, 3, 4],
    ),
  );
  const expected = (await model.predict(values as never, { verbose: 0 })) as unknown as Tensor[];
  const path = join(folder, "call.keras");
  await model.save(path, { includeOptimizer: false });
  const again = await loadModel(path, { device });
  const found = (await again.predict(values as never, { verbose: 0 })) as unknown as Tensor[];
  expect(found.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  for (const [i, { data }] of expected.entries())
    assertClose(Array.from(found[i]!.data), Array.from(data), 1e-6, `output ${i}`);
  const nodes = nodesOf(model as unknown as AnyModel);
  expect(nodesOf(again)).toEqual(nodes);
  expect(nodesOf(cloneModel(again))).toEqual(nodes);
});

const between = () => {
  const x = input({ shape: [2], name: "x" });
  return new Model({
    inputs: x,
    outputs: ops.add(new Dense({ units: 2, name: "d" }).apply(x), 1),
    name: "m",
  }) as unknown as AnyModel;
};

test("an operation stands in the config as Keras 3.15 writes it", () => {
  const tensorAt = (place: readonly unknown[]) => ({
    class_name: "__keras_tensor__",
    config: { shape: [null, 2], dtype: "float32", keras_history: place },
  });
  const [operation] = operationsOf(between());
  expect(operation).toEqual({
    module: "keras.src.ops.numpy",
    class_name: "Add",
    config: { name: operation!.name },
    registered_name: "Add",
    name: operation!.name,
    inbound_nodes: [{ args: [tensorAt(["d", 0, 0]), 1], kwargs: {} }],
  });
});

const changed = (change: (node: Record<string, unknown>) => void) => {
  const json = JSON.parse(JSON.stringify(between().toJSON())) as { config: { layers: Record<string, unknown>[] } };
  change(json.config.layers.find(({ class_name }) => class_name === "Add")!);
  return () => modelFromJSON(json as never);
};

test.each<[string, (node: Record<string, unknown>) => void, string]>([
  [
    "one that fovea has not",
    (node) => (node.class_name = "Addd"),
    'Unknown operation between layers "numpy.Addd". Did you mean "numpy.Add"?',
  ],
  ["a prototype's name", (node) => (node.class_name = "constructor"), "Unknown operation between layers"],
  [
    "an option that it has not",
    (node) => Object.assign(node.config as object, { alpha: 3 }),
    "has alpha 3, which fovea does not know",
  ],
  ["no calls", (node) => (node.inbound_nodes = [0]), "the calls of"],
  ["no input", (node) => (node.inbound_nodes = [{ args: [1, 2], kwargs: {} }]), "add of numbers"],
  [
    "a place that is none",
    (node) =>
      (node.inbound_nodes = [
        { args: [{ class_name: "__keras_tensor__", config: { keras_history: ["q", 0, 0] } }, 1] },
      ]),
    'reads the output of layer "q"',
  ],
])("refused: %s", (_what, change, words) => {
  expect(changed(change)).toThrow(words);
});

test("what the file could not give back is not saved, and names must differ", async () => {
  const x = input({ shape: [2] });
  const model = new Model({ inputs: x, outputs: ops.sort(x) });
  await expect(model.save(join(folder, "sort.keras"))).rejects.toThrow(
    /the function Sort "sort.*" between its layers, which loadModel does not read/,
  );
  await expect(between().save(join(folder, "old.h5"))).rejects.toThrow(
    "which this format does not hold; save as .keras",
  );
  await expect(between().save(join(folder, "model.json"))).rejects.toThrow('TensorFlow.js has no layer like Add "');
  const sum = ops.add(x, 1);
  const named = new Add({ name: sum.layer.name }).apply([sum, x]);
  expect(() => new Model({ inputs: x, outputs: named }).toJSON()).toThrow("another part of the model has its name");
});
