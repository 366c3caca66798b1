/** TensorFlow.js's model.json: files that it wrote, damaged ones, and what fovea writes. `bench/files/tfjs.mjs` lets TensorFlow.js read that. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type AnyModel,
  FormatError,
  FoveaError,
  input,
  loadModel,
  Model,
  Sequential,
  type Sym,
  setSeed,
  tensor,
} from "fovea";
import { Conv2D, Conv2DTranspose, Dense, Lambda, PReLU, ReLU, Subtract } from "fovea/layers";
import { add, clip, multiply } from "fovea/ops";
import { OrthogonalRegularizer } from "fovea/regularizers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkPredictions, tensorsOf, type Values } from "./golden-files.ts";

const golden = fileURLToPath(new URL("../golden/tfjs", import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-tfjs-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const device = "reference" as const;
const expected = (name: string) =>
  JSON.parse(readFileSync(join(golden, name, "expected.json"), "utf8")) as { inputs: Values; outputs: Values };
const predictsLike = (model: AnyModel, name: string) => {
  const { inputs, outputs } = expected(name);
  return checkPredictions(model, tensorsOf(inputs), tensorsOf(outputs));
};
const filesOf = (path: string) => readdirSync(path).map((name) => new File([readFileSync(join(path, name))], name));

test.each(["quantized-uint8", "quantized-uint16", "quantized-float16"])(
  "%s predicts as in TensorFlow.js",
  async (name) => {
    await predictsLike(await loadModel(join(golden, name, "model.json"), { device }), name);
  },
);

test.each(["cnn", "branches", "teachable"])(
  "%s, which TensorFlow.js wrote, predicts the same, and so does what is saved of it",
  async (name) => {
    const model = await loadModel(join(golden, name, "model.json"), { device });
    await predictsLike(model, name);
    await model.save(join(folder, `${name}.json`));
    await predictsLike(await loadModel(join(folder, `${name}.json`), { device }), name);
    await model.save(join(folder, `${name}.keras`));
    await predictsLike(await loadModel(join(folder, `${name}.keras`), { device }), name);
  },
);

test("a folder, chosen files and an address are places, too; an address's key goes on to the weights", async () => {
  const { inputs } = await loadModel(join(golden, "branches"));
  expect(inputs.map(({ name }) => name)).toEqual(["left", "right"]);
  expect((await loadModel(filesOf(join(golden, "branches")))).countParams()).toBe(77);
  const asked: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    asked.push(url);
    response.end(readFileSync(join(golden, "branches", url.replace(/\?.*/, ""))));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await predictsLike(await loadModel(`http://127.0.0.1:${port}/model.json?key=1`, { device }), "branches");
  server.close();
  expect(asked).toEqual(["/model.json?key=1", ...[1, 2, 3, 4].map((i) => `/group1-shard${i}of4.bin?key=1`)]);
});

interface Weight {
  name: string;
  shape: unknown;
  dtype?: unknown;
  quantization?: unknown;
}
interface Json {
  format?: string;
  modelTopology?: Record<string, unknown>;
  weightsManifest?: { paths: unknown[]; weights: Weight[] }[];
}

/** The quantized model with its model.json changed. */
function changed(change: (json: Json) => void, name = "quantized-uint8"): File[] {
  const json = JSON.parse(readFileSync(join(golden, name, "model.json"), "utf8")) as Json;
  change(json);
  const others = filesOf(join(golden, name)).filter((file) => file.name.endsWith(".bin"));
  return [new File([JSON.stringify(json)], "model.json"), ...others];
}
const weightsOf = (json: Json) => json.weightsManifest![0]!.weights;

test("what the Python converter writes: a config of tf.keras inside, and names with scopes and numbers", async () => {
  const files = changed((json) => {
    const { class_name, config } = json.modelTopology!;
    json.modelTopology = { keras_version: "2.15.0", backend: "tensorflow", model_config: { class_name, config } };
    weightsOf(json).forEach((weight) => {
      weight.name = `outer/${weight.name}:0`;
    });
  }, "cnn");
  await predictsLike(await loadModel(files), "cnn");
});

test("weights go into a model that is there", async () => {
  const model = await loadModel(join(golden, "cnn"), { device });
  model.setWeights(model.getWeights().map(({ data, shape }) => tensor(data.slice().fill(0), shape)));
  expect(await model.loadWeights(join(golden, "cnn", "model.json"))).toEqual({ loaded: 13, skipped: [] });
  await predictsLike(model, "cnn");
  const head = new Sequential([new Dense({ units: 3, inputShape: [6], name: "dense_Dense1" })]);
  await expect(head.loadWeights(join(golden, "cnn", "model.json"))).rejects.toThrow(
    "has shape (6, 3), and the array in the file (3, 3)",
  );
  const { loaded, skipped } = await head.loadWeights(join(golden, "teachable", "model.json"), {
    byName: true,
    skipMismatch: true,
  });
  expect([loaded, skipped.length]).toEqual([0, 3]);
});

test.each<[string, (json: Json) => void, string]>([
  [
    "a graph model",
    (json) => Object.assign(json, { format: "graph-model" }),
    "model.json is a graph model of TensorFlow.js",
  ],
  ["a graph model of older days", (json) => Object.assign(json, { modelTopology: { node: [] } }), "is a graph model"],
  [
    "no architecture",
    (json) => Object.assign(json, { modelTopology: null }),
    "has no architecture: its modelTopology is null",
  ],
  ["no weights", (json) => delete json.weightsManifest, 'has no list "weightsManifest"'],
  [
    "a group that is none",
    (json) => Object.assign(json, { weightsManifest: [3] }),
    'a group of its "weightsManifest" is 3',
  ],
  [
    "a path out of the folder",
    (json) => Object.assign(json.weightsManifest![0]!, { paths: ["../x.bin"] }),
    'names "../x.bin", which is no file beside it',
  ],
  [
    "a file that is missing",
    (json) => Object.assign(json.weightsManifest![0]!, { paths: ["x.bin"] }),
    "There is no file x.bin beside model.json",
  ],
  [
    "too few bytes",
    (json) => Object.assign(weightsOf(json)[0]!, { shape: [3, 3, 3, 5] }),
    "states weights of 306 bytes, and group1-shard1of1.bin of model.json has 279",
  ],
  ["a shape of no array", (json) => Object.assign(weightsOf(json)[0]!, { shape: [3, -3] }), "has the shape [3,-3]"],
  [
    "a shape beyond counting",
    (json) => Object.assign(weightsOf(json)[0]!, { shape: [2 ** 40, 2 ** 40] }),
    "has the shape",
  ],
  [
    "another shape",
    (json) => Object.assign(weightsOf(json)[0]!, { shape: [3, 3, 4, 3] }),
    "has shape (3, 3, 3, 4), and the array in the file (3, 3, 4, 3)",
  ],
  ["text as a weight", (json) => Object.assign(weightsOf(json)[0]!, { dtype: "string" }), 'Unknown dtype "string"'],
  [
    "an unknown quantization",
    (json) => Object.assign(weightsOf(json)[0]!, { quantization: { dtype: "uint4" } }),
    'Unknown quantization "uint4"',
  ],
  [
    "a quantization without numbers",
    (json) => Object.assign(weightsOf(json)[0]!, { quantization: { dtype: "uint8", min: 0 } }),
    "is quantized with scale undefined and min 0",
  ],
  ["a weight without a name", (json) => Object.assign(weightsOf(json)[0]!, { name: "" }), "without a name"],
  [
    "a weight that is missing",
    (json) => Object.assign(weightsOf(json)[0]!, { name: "other/kernel" }),
    'the file has no weight "conv2d_Conv2D',
  ],
  [
    "two weights of one name",
    (json) => Object.assign(weightsOf(json)[1]!, { name: weightsOf(json)[0]!.name }),
    "holds two weights",
  ],
  [
    "a prototype's key",
    (json) => Object.assign(weightsOf(json)[0]!, { dtype: "constructor" }),
    'Unknown dtype "constructor"',
  ],
])("refused: %s", async (_what, change, words) => {
  const loading = loadModel(changed(change));
  await expect(loading).rejects.toThrow(words);
  await expect(loading).rejects.toBeInstanceOf(FoveaError);
});

test("JSON of another kind, and files that are no model", async () => {
  await expect(loadModel(new File(['{"a": 1}'], "a.json"))).rejects.toThrow("a.json is JSON, but no model.json");
  await expect(loadModel(new File(["{"], "a.json"))).rejects.toBeInstanceOf(FormatError);
  await expect(loadModel([new File([""], "a.bin"), new File([""], "b.bin")])).rejects.toThrow(
    "loadModel: the files are a.bin, b.bin",
  );
});

test("hard_sigmoid is another function there, and has to be given", async () => {
  const files = () =>
    changed((json) => {
      const { layers } = (json.modelTopology as { config: { layers: { config: Record<string, unknown> }[] } }).config;
      layers[0]!.config.activation = "hard_sigmoid";
    }, "cnn");
  await expect(loadModel(files())).rejects.toThrow("hard_sigmoid of TensorFlow.js is another function");
  const hard_sigmoid = (x: Sym) => clip(add(multiply(x, 0.2), 0.5), 0, 1);
  expect((await loadModel(files(), { customObjects: { hard_sigmoid } })).countParams()).toBeGreaterThan(0);
});

test("many weights have several files, whose list comes last", async () => {
  setSeed(2);
  const model = new Sequential([new Dense({ units: 2100, kernelInitializer: "ones", inputShape: [1000] })]);
  const path = mkdtempSync(join(folder, "large-"));
  await model.save(join(path, "model.json"));
  expect(readdirSync(path).sort()).toEqual([
    "group1-shard1of3.bin",
    "group1-shard2of3.bin",
    "group1-shard3of3.bin",
    "model.json",
  ]);
  const again = (await loadModel(path)).getWeights();
  for (const [i, { data }] of model.getWeights().entries())
    expect(Buffer.compare(Buffer.from(data.buffer), Buffer.from(again[i]!.data.buffer))).toBe(0);
});

const scaled = (x: Sym) => multiply(x, 2);
test.each<[string, () => Model<never, never>, string]>([
  [
    "a layer that it lacks",
    () => new Sequential([new Lambda({ function: scaled, name: "scaled", inputShape: [2] })]) as never,
    'TensorFlow.js has no layer like Lambda "scaled"',
  ],
  [
    "a layer of two inputs",
    () => {
      const inputs = [input({ shape: [2] }), input({ shape: [2] })] as const;
      return new Model({ inputs: [...inputs], outputs: new Subtract({ name: "minus" }).apply([...inputs]) }) as never;
    },
    'TensorFlow.js has no layer like Subtract "minus"',
  ],
  [
    "an option",
    () => new Sequential([new ReLU({ threshold: 1, name: "r", inputShape: [2] })]) as never,
    'ReLU "r" has threshold 1, which TensorFlow.js does not know',
  ],
  [
    "groups",
    () => new Sequential([new Conv2D({ filters: 4, kernelSize: 1, groups: 2, inputShape: [3, 3, 2] })]) as never,
    "has groups 2",
  ],
  [
    "an activation",
    () => new Sequential([new Dense({ units: 1, activation: "celu", inputShape: [2] })]) as never,
    "has the activation celu",
  ],
  [
    "an activation that differs",
    () => new Sequential([new Dense({ units: 1, activation: "hard_sigmoid", inputShape: [2] })]) as never,
    "has the activation hard_sigmoid",
  ],
  [
    "a regularizer",
    () =>
      new Sequential([
        new Dense({ units: 2, kernelRegularizer: new OrthogonalRegularizer(), inputShape: [2] }),
      ]) as never,
    "has the kernel_regularizer OrthogonalRegularizer",
  ],
  [
    "two weights of one name",
    () => {
      const twin = () => new Sequential([new Dense({ units: 2, name: "same", inputShape: [2] })]);
      return new Sequential([twin() as never, twin() as never]) as never;
    },
    'two weights are named "same/kernel"',
  ],
])("what TensorFlow.js cannot read is not written: %s", async (_what, make, words) => {
  await expect(make().save(join(folder, "refused.json"))).rejects.toThrow(words);
  expect(readdirSync(folder)).not.toContain("refused.json");
});

test("what is written is in the form of Keras 2", async () => {
  const model = new Sequential();
  model.add(
    new Conv2DTranspose({
      filters: 2,
      kernelSize: 2,
      kernelInitializer: "lecun_normal",
      inputShape: [3, 3, 1],
      name: "up",
    }),
  );
  model.add(new PReLU({ name: "bend" }));
  await model.save(join(folder, "form.json"));
  const { format, modelTopology, weightsManifest } = JSON.parse(
    readFileSync(join(folder, "form.json"), "utf8"),
  ) as Json;
  expect(format).toBe("layers-model");
  const { layers } = modelTopology!.config as { layers: { class_name: string; config: Record<string, unknown> }[] };
  expect(layers.map(({ class_name }) => class_name)).toEqual(["InputLayer", "Conv2DTranspose", "PReLU"]);
  expect(layers[0]!.config).toMatchObject({ batch_input_shape: [null, 3, 3, 1], dtype: "float32" });
  expect(layers[1]!.config.kernel_initializer).toMatchObject({ class_name: "LeCunNormal", config: { seed: null } });
  expect(weightsManifest![0]!.weights.map(({ name }) => name)).toEqual(["up/kernel", "up/bias", "bend/alpha"]);
});

test("a file that is changed anywhere loads or is refused with words", async () => {
  const whole = readFileSync(join(golden, "branches", "model.json"));
  const others = filesOf(join(golden, "branches")).filter(({ name }) => name.endsWith(".bin"));
  let state = Date.now() % 1e6;
  const seed = state;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let i = 0; i < 150; i++) {
    const bytes = Uint8Array.from(whole);
    for (let change = random(3); change >= 0; change--) bytes[random(bytes.length)] = 32 + random(95);
    await loadModel([new File([bytes], "model.json"), ...others]).catch((error: unknown) => {
      if (!(error instanceof FoveaError)) throw new Error(`seed ${seed}, file ${i}: ${error}`, { cause: error });
    });
  }
});

test("an older file with its weights is replaced as a whole", async () => {
  const path = mkdtempSync(join(folder, "twice-"));
  cpSync(join(golden, "cnn"), path, { recursive: true });
  writeFileSync(join(path, "notes.txt"), "mine");
  const model = await loadModel(path);
  await model.save(join(path, "model.json"));
  await predictsLike(await loadModel(join(path, "model.json")), "cnn");
  expect(readdirSync(path)).toContain("notes.txt");
});
