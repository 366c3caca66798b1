// @ts-check
/**
 * Models between TensorFlow.js and fovea, both ways: TensorFlow.js writes, fovea reads and writes again, TensorFlow.js reads that.
 * Run by hand after `npm ci --ignore-scripts` in bench/: `node bench/files/tfjs.mjs <empty folder> [src]`.
 * The folders "cnn", "branches", "teachable" and "quantized-*" that it writes are the fixtures in test/golden/tfjs.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as tf from "@tensorflow/tfjs";

const [folder = "", entry = "dist/node"] = process.argv.slice(2);
if (folder === "") throw new Error("usage: node bench/files/tfjs.mjs <empty folder> [folder of fovea's modules]");
/** A part of the package: built, or of its source. @param {string} name @param {string} source */
const load = (name, source) => import(pathToFileURL(entry === "src" ? `src/${source}` : `${entry}/${name}.js`).href);
const fovea = await load("index", "index.ts");
const own = await load("layers", "nn/layers/index.ts");
const regularizers = await load("regularizers", "nn/regularizers/index.ts");

let seed = 7;
const random = () => {
  seed = (seed * 1664525 + 1013904223) >>> 0;
  return seed / 2 ** 32;
};
/** @param {readonly number[]} shape */
const noise = (shape) =>
  tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, random), [...shape]);

/** Weights of any kind, variances above 0. @param {any} model */
function shake(model) {
  model.setWeights(
    model.weights.map((/** @type {any} */ { name, shape }) => {
      const values = noise(/** @type {number[]} */ (shape));
      return name.includes("variance") ? values.add(0.5) : values.sub(0.5);
    }),
  );
  return model;
}

function cnn() {
  const { layers } = tf;
  const model = tf.sequential({ name: "cnn" });
  model.add(
    layers.conv2d({
      filters: 4,
      kernelSize: 3,
      padding: "same",
      activation: "relu",
      inputShape: [8, 8, 3],
      kernelRegularizer: tf.regularizers.l2({ l2: 0.01 }),
    }),
  );
  model.add(layers.batchNormalization({ momentum: 0.9 }));
  model.add(layers.maxPooling2d({ poolSize: 2 }));
  model.add(layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }));
  model.add(layers.leakyReLU({ alpha: 0.1 }));
  model.add(layers.separableConv2d({ filters: 3, kernelSize: 2, activation: "elu" }));
  model.add(layers.dropout({ rate: 0.2 }));
  model.add(layers.flatten());
  model.add(layers.dense({ units: 3, activation: "softmax" }));
  model.compile({ optimizer: "adam", loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}

/** Two inputs and outputs, a model in the model that is called twice, and a shared layer. */
function branches() {
  const { layers } = tf;
  const encoder = tf.sequential({
    name: "encoder",
    layers: [
      layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [6, 6, 1], name: "scan" }),
      layers.prelu({ name: "bend" }),
      layers.globalAveragePooling2d({ name: "mean" }),
    ],
  });
  const [left, right] = [tf.input({ shape: [6, 6, 1], name: "left" }), tf.input({ shape: [6, 6, 1], name: "right" })];
  const [a, b] = /** @type {any[]} */ ([encoder.apply(left), encoder.apply(right)]);
  const shared = layers.dense({ units: 2, activation: "tanh", name: "shared" });
  const [c, d] = /** @type {any[]} */ ([shared.apply(/** @type {any} */ (a)), shared.apply(/** @type {any} */ (b))]);
  const joined = layers
    .concatenate({ name: "joined" })
    .apply(/** @type {any} */ ([a, layers.add({ name: "sum" }).apply(/** @type {any} */ ([c, d]))]));
  return tf.model({
    name: "branches",
    inputs: [left, right],
    outputs: /** @type {any[]} */ ([
      layers.dense({ units: 3, activation: "softmax", name: "label" }).apply(joined),
      layers.dense({ units: 1, useBias: false, name: "value" }).apply(joined),
    ]),
  });
}

/** The structure of an exported image model of Teachable Machine: a cut MobileNet and a head, each a Sequential. */
function teachable() {
  const { layers } = tf;
  /** @param {any} x @param {any[]} list */
  const chain = (x, ...list) => list.reduce((y, layer) => /** @type {any} */ (layer.apply(y)), x);
  const image = tf.input({ shape: [8, 8, 3], name: "input_1" });
  const stem = chain(
    image,
    layers.zeroPadding2d({
      padding: [
        [0, 1],
        [0, 1],
      ],
      name: "Conv1_pad",
    }),
    layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, useBias: false, name: "Conv1" }),
    layers.batchNormalization({ name: "bn_Conv1", momentum: 0.999 }),
    layers.reLU({ maxValue: 6, name: "Conv1_relu" }),
  );
  const block = chain(
    stem,
    layers.depthwiseConv2d({ kernelSize: 3, padding: "same", useBias: false, name: "expanded_conv_depthwise" }),
    layers.batchNormalization({ name: "expanded_conv_depthwise_BN" }),
    layers.reLU({ maxValue: 6, name: "expanded_conv_depthwise_relu" }),
    layers.conv2d({ filters: 4, kernelSize: 1, useBias: false, name: "expanded_conv_project" }),
  );
  const out = /** @type {any} */ (layers.add({ name: "block_1_add" }).apply([stem, block]));
  const base = tf.model({ inputs: image, outputs: out, name: "model1" });
  const features = tf.sequential({ name: "sequential_1" });
  features.add(base);
  features.add(layers.globalAveragePooling2d({ name: "global_average_pooling2d_GlobalAveragePooling2D1" }));
  const head = tf.sequential({
    name: "sequential_3",
    layers: [
      layers.dense({
        units: 5,
        activation: "relu",
        inputShape: [4],
        name: "dense_Dense1",
        kernelInitializer: "varianceScaling",
      }),
      layers.dense({
        units: 2,
        activation: "softmax",
        useBias: false,
        name: "dense_Dense2",
        kernelInitializer: "varianceScaling",
      }),
    ],
  });
  const model = tf.sequential({ name: "sequential_4" });
  model.add(features);
  model.add(head);
  return model;
}

/** @param {string} path @param {unknown} value */
const writeJson = (path, value) => writeFileSync(path, `${JSON.stringify(value)}\n`);

/** Quantizes as TensorFlow.js's converter does. @param {any} spec @param {Float32Array} values @param {"uint8" | "uint16" | "float16"} dtype */
function quantize(spec, values, dtype) {
  if (dtype === "float16") {
    // The values that float16 holds exactly, by their upper bits.
    const words = new Uint32Array(values.buffer);
    const halves = Uint16Array.from(words, (word) => {
      const exponent = ((word >> 23) & 255) - 112;
      return ((word >> 16) & 0x8000) | (exponent <= 0 ? 0 : (exponent << 10) | ((word >> 13) & 1023));
    });
    return {
      spec: { ...spec, quantization: { dtype, original_dtype: "float32" } },
      bytes: new Uint8Array(halves.buffer),
    };
  }
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const scale = (high - low) / (dtype === "uint8" ? 255 : 65535) || 1;
  const whole = Array.from(values, (value) => Math.round((value - low) / scale));
  const levels = dtype === "uint8" ? Uint8Array.from(whole) : Uint16Array.from(whole);
  return {
    spec: { ...spec, quantization: { dtype, min: low, scale, original_dtype: "float32" } },
    bytes: new Uint8Array(levels.buffer),
  };
}

/** @param {string} name @param {any} model @param {number} shardBytes @param {"uint8" | "uint16" | "float16"} [dtype] */
async function write(name, model, shardBytes, dtype) {
  mkdirSync(join(folder, name), { recursive: true });
  await model.save(
    tf.io.withSaveHandler(async (/** @type {any} */ artifacts) => {
      const { weightData, weightSpecs, ...rest } = artifacts;
      const data = /** @type {ArrayBuffer} */ (weightData);
      let at = 0;
      const parts = (weightSpecs ?? []).map((/** @type {any} */ spec) => {
        const bytes = data.slice(at, at + 4 * tf.util.sizeFromShape(spec.shape));
        at += bytes.byteLength;
        return dtype === undefined
          ? { spec, bytes: new Uint8Array(bytes) }
          : quantize(spec, new Float32Array(bytes), dtype);
      });
      const whole = Buffer.concat(parts.map((/** @type {any} */ { bytes }) => bytes));
      const count = Math.ceil(whole.length / shardBytes);
      const paths = Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`);
      for (const [i, path] of paths.entries())
        writeFileSync(join(folder, name, path), whole.subarray(i * shardBytes, (i + 1) * shardBytes));
      const manifest = [{ paths, weights: parts.map((/** @type {any} */ { spec }) => spec) }];
      writeJson(join(folder, name, "model.json"), { ...rest, weightsManifest: manifest });
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    }),
    { includeOptimizer: name === "cnn" },
  );
}

const server = createServer((request, response) => {
  try {
    response.end(readFileSync(join(folder, decodeURIComponent(request.url ?? ""))));
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
/** @param {string} name */
const loadInTensorFlow = (name) => tf.loadLayersModel(`http://127.0.0.1:${port}/${name}/model.json`);

/** @param {any | any[]} value */
const listOf = (value) => (Array.isArray(value) ? value : [value]);
/** @param {any} model @param {any[]} inputs */
const predict = (model, inputs) => listOf(model.predict(inputs.length === 1 ? inputs[0] : inputs));
/** @param {any} value */
const plain = (value) => ({ shape: value.shape, data: Array.from(value.dataSync()) });

/** @param {readonly { readonly data: ArrayLike<number> }[]} actual @param {readonly { readonly data: readonly number[] }[]} expected */
function difference(actual, expected) {
  if (actual.length !== expected.length) throw new Error(`${actual.length} outputs, expected ${expected.length}`);
  return Math.max(
    ...expected.flatMap(({ data }, i) =>
      data.map((value, at) => Math.abs(value - /** @type {any} */ (actual)[i].data[at])),
    ),
  );
}

/** @type {[string, any, "uint8" | "uint16" | "float16" | undefined][]} */
const cases = [
  ["cnn", shake(cnn()), undefined],
  ["branches", shake(branches()), undefined],
  ["teachable", shake(teachable()), undefined],
  ["quantized-uint8", shake(cnn()), "uint8"],
  ["quantized-uint16", shake(cnn()), "uint16"],
  ["quantized-float16", shake(cnn()), "float16"],
];
let worst = 0;
for (const [name, made, dtype] of cases) {
  await write(name, made, name === "branches" ? 100 : 1 << 22, dtype);
  const inputs = made.inputs.map((/** @type {any} */ { shape }) =>
    noise([2, .../** @type {number[]} */ (shape.slice(1))]),
  );
  const original = await loadInTensorFlow(name);
  const outputs = predict(original, inputs).map(plain);
  writeJson(join(folder, name, "expected.json"), { inputs: inputs.map(plain), outputs });
  const model = await fovea.loadModel(join(folder, name, "model.json"));
  const given = inputs.map((/** @type {any} */ value) => fovea.tensor(value.dataSync(), value.shape));
  const found = await model.predict(given.length === 1 ? given[0] : given, { verbose: 0 });
  const there = difference([found].flat(), outputs);
  mkdirSync(join(folder, "fovea", name), { recursive: true });
  await model.save(join(folder, "fovea", name, "model.json"));
  const back = difference(predict(await loadInTensorFlow(`fovea/${name}`), inputs).map(plain), outputs);
  console.log(`${name}: TensorFlow.js to fovea ${there.toExponential(1)}, and back ${back.toExponential(1)}`);
  worst = Math.max(worst, there, back);
}

/** Every layer that fovea writes for TensorFlow.js. @type {any[][]} */
const zoo = [
  ...[
    "elu",
    "gelu",
    "linear",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
  ].map((activation) => [own.Activation, { activation, inputShape: [5] }]),
  [own.AveragePooling1D, { poolSize: 2, inputShape: [6, 3] }],
  [own.AveragePooling2D, { poolSize: [2, 3], strides: 2, padding: "same", inputShape: [7, 7, 2] }],
  [own.BatchNormalization, { scale: false, inputShape: [4, 3] }],
  [own.Conv1D, { filters: 3, kernelSize: 3, dilationRate: 2, padding: "same", inputShape: [9, 2] }],
  [
    own.Conv2D,
    {
      filters: 3,
      kernelSize: [2, 3],
      strides: [2, 1],
      padding: "same",
      activation: "selu",
      kernelInitializer: "he_uniform",
      kernelRegularizer: new regularizers.L1(1e-3),
      kernelConstraint: "max_norm",
      inputShape: [7, 8, 2],
    },
  ],
  [
    own.Conv2DTranspose,
    {
      filters: 3,
      kernelSize: 3,
      strides: 2,
      padding: "same",
      kernelInitializer: "lecun_normal",
      inputShape: [4, 4, 2],
    },
  ],
  [
    own.Dense,
    {
      units: 3,
      activation: "silu",
      kernelInitializer: "orthogonal",
      biasRegularizer: new regularizers.L1L2({ l1: 1e-3, l2: 1e-3 }),
      inputShape: [4, 5],
    },
  ],
  [
    own.DepthwiseConv2D,
    {
      kernelSize: 3,
      depthMultiplier: 2,
      padding: "same",
      depthwiseInitializer: "glorot_normal",
      inputShape: [6, 6, 2],
    },
  ],
  [own.Embedding, { inputDim: 7, outputDim: 3, inputShape: [4] }],
  [own.Flatten, { inputShape: [2, 3, 2] }],
  [own.GlobalAveragePooling1D, { inputShape: [5, 2] }],
  [own.GlobalAveragePooling2D, { inputShape: [5, 4, 2] }],
  [own.GlobalMaxPooling1D, { inputShape: [5, 2] }],
  [own.GlobalMaxPooling2D, { inputShape: [5, 4, 2] }],
  [own.LeakyReLU, { negativeSlope: 0.2, inputShape: [4] }],
  [own.MaxPooling1D, { poolSize: 2, inputShape: [6, 3] }],
  [own.MaxPooling2D, { poolSize: 3, strides: 2, padding: "same", inputShape: [7, 7, 2] }],
  [own.PReLU, { sharedAxes: [1], inputShape: [3, 2] }],
  [own.Permute, { dims: [2, 1], inputShape: [3, 2] }],
  [own.ReLU, { maxValue: 0.3, inputShape: [4] }],
  [own.RepeatVector, { n: 3, inputShape: [4] }],
  [own.Reshape, { targetShape: [2, -1], inputShape: [8] }],
  [own.SeparableConv2D, { filters: 4, kernelSize: 3, depthMultiplier: 2, inputShape: [6, 6, 2] }],
  [
    own.ZeroPadding2D,
    {
      padding: [
        [1, 2],
        [0, 3],
      ],
      inputShape: [3, 3, 2],
    },
  ],
];
const models = zoo.map(([Made, options]) => new fovea.Sequential([new Made(options)]));
for (const [Made, options] of ["Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply"]
  .map((name) => [own[name], {}])
  .concat([[own.Dot, { axes: 1 }]])) {
  const inputs = [fovea.input({ shape: [4] }), fovea.input({ shape: [4] })];
  models.push(new fovea.Model({ inputs, outputs: new Made(options).apply(inputs) }));
}
let most = 0;
for (const [i, model] of models.entries()) {
  model.setWeights(
    model
      .getWeights()
      .map((/** @type {any} */ { shape }) => fovea.tensor(Float32Array.from(noise(shape).dataSync()), shape)),
  );
  const isEmbedding = model.layers.some((/** @type {any} */ layer) => layer instanceof own.Embedding);
  const inputs = model.inputs.map((/** @type {any} */ { shape }) =>
    isEmbedding
      ? noise([2, ...shape.slice(1)])
          .mul(6.9)
          .floor()
      : noise([2, ...shape.slice(1)]).sub(0.5),
  );
  const given = inputs.map((/** @type {any} */ value) => fovea.tensor(value.dataSync(), value.shape));
  const found = await model.predict(given.length === 1 ? given[0] : given, { verbose: 0 });
  mkdirSync(join(folder, "zoo", String(i)), { recursive: true });
  await model.save(join(folder, "zoo", String(i), "model.json"));
  const outputs = predict(await loadInTensorFlow(`zoo/${i}`), inputs).map(plain);
  const differs = difference([found].flat(), outputs);
  if (!(differs < 1e-5)) console.log(`${model.layers.at(-1).title}: ${differs}`);
  most = Math.max(most, differs);
}
console.log(`${models.length} models of one layer, fovea to TensorFlow.js: ${most.toExponential(1)}`);
worst = Math.max(worst, most);
server.close();
if (!(worst < 1e-5)) throw new Error(`a prediction differs by ${worst}`);
