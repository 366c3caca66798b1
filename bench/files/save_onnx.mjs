// @ts-check
/**
 * Writes models as ONNX, with inputs and what they predict, for `check_onnx.py`. Run by hand:
 * `node bench/files/save_onnx.mjs <empty folder> [folders with .onnx or .keras files that are loaded and written again …]`.
 */
import { readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, ...sources] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: node bench/files/save_onnx.mjs <empty folder> [folders …]");
/** A module of the built package. @param {string} name */
const load = (name) => import(pathToFileURL(`dist/node/${name}.js`).href);
const fovea = await load("index");
const layers = await load("layers");
const ops = await load("ops");
const { input, loadModel, Model, Sequential, setSeed, tensor } = fovea;
const { Activation, Add, AveragePooling2D, BatchNormalization, Concatenate, Conv1D, Conv2D, Conv2DTranspose } = layers;
const { Dense, DepthwiseConv2D, Dot, Dropout, Embedding, Flatten, GlobalAveragePooling2D, GlobalMaxPooling2D } = layers;
const { GlobalAveragePooling1D, LeakyReLU, MaxPooling1D, MaxPooling2D, Multiply, Permute, PReLU, ReLU, Reshape } =
  layers;
const { Resizing, SeparableConv2D, UpSampling2D, ZeroPadding2D } = layers;
setSeed(5);

let seed = 1;
const random = () => {
  seed = (seed * 1664525 + 1013904223) >>> 0;
  return seed / 2 ** 31 - 1;
};
/** @param {readonly number[]} shape */
const noise = (shape) => tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, random), [...shape]);

/** Weights that are not the ones that layers begin with. @param {any} model */
const shaken = (model) => {
  for (const variable of model.weights) {
    const isVariance = variable.name === "moving_variance";
    variable.value = variable.value.map((/** @type {number} */ each) =>
      isVariance ? 0.5 + Math.abs(random()) : each + 0.2 * random(),
    );
  }
  return model;
};

/** @type {Record<string, () => any>} */
const models = {
  handout: () =>
    new Sequential([
      new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
      new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" }),
      new Flatten(),
      new Dense({ units: 10, activation: "softmax" }),
    ]),
  residual: () => {
    const x = input({ shape: [17, 17, 3] });
    const conv = (/** @type {any} */ from, /** @type {number} */ filters, strides = 1) =>
      new BatchNormalization().apply(
        new Conv2D({ filters, kernelSize: 3, strides, padding: "same", useBias: false }).apply(from),
      );
    const stem = new ReLU().apply(conv(x, 8, 2));
    const pooled = new MaxPooling2D({ poolSize: 3, strides: 2, padding: "same" }).apply(stem);
    const sum = new ReLU().apply(new Add().apply([conv(new ReLU().apply(conv(pooled, 8)), 8), pooled]));
    return new Model({ inputs: x, outputs: new Dense({ units: 5 }).apply(new GlobalAveragePooling2D().apply(sum)) });
  },
  mobile: () => {
    const x = input({ shape: [16, 16, 3] });
    let y = new ZeroPadding2D({
      padding: [
        [0, 1],
        [0, 1],
      ],
    }).apply(x);
    y = new Conv2D({ filters: 8, kernelSize: 3, strides: 2, activation: "relu6" }).apply(y);
    y = new DepthwiseConv2D({ kernelSize: 3, padding: "same", depthMultiplier: 2 }).apply(y);
    y = new BatchNormalization({ scale: false }).apply(y);
    y = new Activation({ activation: "hard_silu" }).apply(y);
    const squeezed = new GlobalAveragePooling2D({ keepdims: true }).apply(y);
    const gate = new Conv2D({ filters: 16, kernelSize: 1, activation: "sigmoid" }).apply(
      new Conv2D({ filters: 4, kernelSize: 1, activation: "silu" }).apply(squeezed),
    );
    y = new Multiply().apply([y, gate]);
    y = new SeparableConv2D({ filters: 6, kernelSize: 3, activation: "gelu" }).apply(y);
    y = new Dropout({ rate: 0.3 }).apply(new Flatten().apply(y));
    return new Model({ inputs: x, outputs: new Dense({ units: 4, activation: "softmax" }).apply(y) });
  },
  segmenter: () => {
    const x = input({ shape: [16, 16, 3] });
    const down = new Conv2D({ filters: 4, kernelSize: 3, padding: "same", activation: "elu" }).apply(x);
    const low = new PReLU({ sharedAxes: [1, 2] }).apply(
      new Conv2D({ filters: 6, kernelSize: 3, padding: "same", dilationRate: 2 }).apply(
        new AveragePooling2D({ poolSize: 3, strides: 2, padding: "same" }).apply(down),
      ),
    );
    const up = (/** @type {any} */ options) =>
      new Conv2DTranspose({ filters: 3, strides: 2, padding: "same", ...options }).apply(low);
    const wide = new Concatenate().apply([down, up({ kernelSize: 3 }), up({ kernelSize: 2 }), up({ kernelSize: 4 })]);
    const scores = new Dense({ units: 3, activation: "softmax" }).apply(new LeakyReLU().apply(wide));
    const stem = new GlobalMaxPooling2D().apply(wide);
    return new Model({ inputs: x, outputs: [scores, new Dense({ units: 2, activation: "tanh" }).apply(stem)] });
  },
  sequence: () =>
    new Sequential([
      new Embedding({ inputDim: 11, outputDim: 6, inputShape: [12] }),
      new Conv1D({ filters: 5, kernelSize: 3, padding: "causal", activation: "softplus" }),
      new BatchNormalization(),
      new MaxPooling1D({ poolSize: 2 }),
      new Permute({ dims: [2, 1] }),
      new Reshape({ targetShape: [3, 10] }),
      new GlobalAveragePooling1D(),
      new Dense({ units: 3, activation: "log_softmax" }),
    ]),
  several: () => {
    const [a, b] = [input({ shape: [6], name: "left" }), input({ shape: [6], name: "right" })];
    const shared = new Dense({ units: 5, activation: "selu" });
    const [one, two] = [shared.apply(a), shared.apply(b)];
    const dot = new Dot({ axes: 1, normalize: true }).apply([one, two]);
    return new Model({ inputs: [a, b], outputs: { dot, sum: new Add().apply([one, two]) } });
  },
  functions: () => {
    const x = input({ shape: [8, 8, 4] });
    const y = new Conv2D({ filters: 4, kernelSize: 3, padding: "same" }).apply(x);
    const parts = ops.split(y, 2, -1);
    const shuffled = ops.reshape(ops.transpose(ops.reshape(y, [-1, 8, 8, 2, 2]), [0, 1, 2, 4, 3]), [-1, 8, 8, 4]);
    const resized = ops.image.resize(ops.concatenate([parts[1], parts[0]], -1), [16, 12]);
    const cut = ops.getItem(
      ops.pad(resized, [
        [0, 0],
        [1, 2],
        [0, 0],
        [0, 1],
      ]),
      [":", [15, 2, -3], [0, 8]],
    );
    const argmax = ops.expandDims(ops.argmax(shuffled, -1), -1);
    const norm = ops.layerNormalization(ops.where(ops.greater(shuffled, 0.2), shuffled, ops.sin(y)));
    return new Model({
      inputs: x,
      outputs: [cut, argmax, norm, ops.matmul(ops.mean(y, 1), ops.transpose(ops.max(y, 2), [0, 2, 1]))],
    });
  },
  resized: () => {
    const x = input({ shape: [7, 6, 3] });
    const conv = new Conv2D({ filters: 4, kernelSize: 3, padding: "same" }).apply(x);
    const sizes = [
      [14, 18],
      [10, 9],
      [3, 4],
      [13, 6],
      [20, 23],
    ];
    const outputs = ["nearest", "bilinear", "bicubic", "lanczos3", "area"].flatMap((interpolation) =>
      sizes.map(([height, width]) => new Resizing({ height, width, interpolation }).apply(conv)),
    );
    outputs.push(
      new UpSampling2D({ size: [2, 3] }).apply(conv),
      new UpSampling2D({ interpolation: "bilinear" }).apply(x),
    );
    outputs.push(new UpSampling2D({ dataFormat: "channels_first" }).apply(x));
    outputs.push(new Resizing({ height: 4, width: 3, antialias: true }).apply(x));
    return new Model({ inputs: x, outputs });
  },
  activations: () => {
    const x = input({ shape: [40] });
    const names = ["celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh"];
    names.push("leaky_relu", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu");
    names.push("soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "squareplus", "tanh");
    names.push("tanh_shrink");
    return new Model({ inputs: x, outputs: names.map((activation) => new Activation({ activation }).apply(x)) });
  },
};
for (const source of sources)
  for (const file of readdirSync(source).filter((name) => /\.(onnx|keras)$/.test(name)))
    models[`again_${basename(file).replace(".", "_")}`] = () => loadModel(join(source, file), { compile: false });

/** @param {any} value */
const listOf = (value) =>
  Array.isArray(value) ? value : "shape" in value && "data" in value ? [value] : Object.values(value);
/** @param {any} each */
const plain = (each) => ({ shape: each.shape, data: Array.from(each.data), dtype: each.dtype });
for (const [name, make] of Object.entries(models))
  try {
    const model = name.startsWith("again_") ? await make() : shaken(make());
    // A batch of another size than any that the file could have been written for.
    const x = model.inputs.map((/** @type {any} */ { shape, dtype }) => {
      const made = noise([3, ...shape.slice(1)]);
      // An Embedding takes whole numbers.
      return dtype === "float32" && name !== "sequence"
        ? made
        : tensor(
            new (dtype === "float32" ? Float32Array : Int32Array)(
              made.data.map((/** @type {number} */ each) => Math.floor(5 * Math.abs(each))),
            ),
            made.shape,
          );
    });
    const y = await model.predict(x.length === 1 ? x[0] : x, { verbose: 0 });
    await model.save(join(folder, `${name}.onnx`));
    writeFileSync(join(folder, `${name}.json`), JSON.stringify({ x: x.map(plain), y: listOf(y).map(plain) }));
    console.log(name, "written");
  } catch (error) {
    console.log(
      name,
      "not written:",
      /** @type {Error} */ (error).name,
      /** @type {Error} */ (error).message.slice(0, 200),
    );
  }
process.exit(0);
