// @ts-check
/** fovea through its public `fit` and `predict`: shuffling, metrics, epochs and all. */
import { readFileSync } from "node:fs";
import { built } from "../built.mjs";
import { loadData, serve, timePasses } from "./serve.mjs";

const { input, Model, setSeed, tensor } = await built("index");
const layers = await built("layers");
const ops = await built("ops");

/** @typedef {ReturnType<typeof input>} Value */

/** Adds a learnt value to each place. */
class Positions extends layers.Layer {
  /** @param {import("../../src/nn/layers/index.ts").BatchShape} shape @override */
  build([, ...shape]) {
    this.table = this.addWeight({ name: "positions", shape: /** @type {number[]} */ (shape) });
  }
  /** @param {import("../../src/index.ts").Sym} x @override */
  call(x) {
    return ops.add(x, /** @type {import("../../src/nn/layers/index.ts").Variable} */ (this.table));
  }
}

/** The blocks that models.json names besides Keras's layers. @type {Record<string, (x: Value, options: any) => Value>} */
const blocks = {
  Residual: (x, { filters, strides }) => {
    const conv = (/** @type {Value} */ value, /** @type {object} */ options) =>
      new layers.BatchNormalization().apply(
        new layers.Conv2D(/** @type {any} */ ({ filters, padding: "same", ...options })).apply(value),
      );
    const inner = new layers.ReLU().apply(conv(x, { kernelSize: 3, strides }));
    const skip = strides === 1 ? x : conv(x, { kernelSize: 1, strides });
    return new layers.ReLU().apply(new layers.Add().apply([conv(inner, { kernelSize: 3 }), skip]));
  },
  Separable: (x, { filters, strides }) => {
    const normalized = (/** @type {Value} */ value) =>
      new layers.ReLU().apply(new layers.BatchNormalization().apply(value));
    const depthwise = new layers.DepthwiseConv2D({ kernelSize: 3, strides, padding: "same" });
    return normalized(new layers.Conv2D({ filters, kernelSize: 1 }).apply(normalized(depthwise.apply(x))));
  },
  Patches: (x, { size, width }) => {
    const cut = new layers.Conv2D({ filters: width, kernelSize: size, strides: size }).apply(x);
    return new Positions().apply(new layers.Reshape({ targetShape: [-1, width] }).apply(cut));
  },
  Transformer: (x, { numHeads, width }) => {
    const normal = new layers.LayerNormalization().apply(x);
    const attention = new layers.MultiHeadAttention({ numHeads, keyDim: width / numHeads });
    const seen = new layers.Add().apply([x, attention.apply([normal, normal])]);
    const wide = new layers.Dense({ units: 2 * width, activation: "gelu" });
    const narrow = new layers.Dense({ units: width });
    return new layers.Add().apply([seen, narrow.apply(wide.apply(new layers.LayerNormalization().apply(seen)))]);
  },
  UNet: (x, { filters }) => {
    const level = (/** @type {Value} */ value, /** @type {number} */ size) => {
      for (let i = 0; i < 2; i++) {
        const found = new layers.Conv2D({ filters: size, kernelSize: 3, padding: "same" }).apply(value);
        value = new layers.ReLU().apply(new layers.BatchNormalization().apply(found));
      }
      return value;
    };
    /** @type {[Value, number][]} */
    const skips = [];
    for (const size of filters.slice(0, -1)) {
      const found = level(x, size);
      skips.push([found, size]);
      x = new layers.MaxPooling2D().apply(found);
    }
    x = level(x, filters.at(-1));
    for (const [skip, size] of skips.reverse()) {
      const wide = new layers.Conv2DTranspose({ filters: size, kernelSize: 2, strides: 2 }).apply(x);
      x = level(new layers.Concatenate().apply([wide, skip]), size);
    }
    return x;
  },
};

/** @param {{ input: number[], layers: [string, any][], application?: string }} description */
async function buildModel(description) {
  if (description.application !== undefined) {
    const applications = /** @type {any} */ (await built("applications"));
    return applications[description.application]({ weights: null, classes: 10 });
  }
  const start = input({ shape: description.input });
  let x = start;
  for (const [name, options] of description.layers) {
    const block = blocks[name];
    if (block === undefined) x = new /** @type {any} */ (layers)[name](options).apply(x);
    else x = block(x, options);
  }
  return new Model({ inputs: start, outputs: x });
}

const threads = Number(process.env.BENCH_THREADS ?? 2);
const models = JSON.parse(readFileSync(new URL("../models.json", import.meta.url), "utf8"));
const description = models[process.env.BENCH_MODEL ?? "handout"];
const data = loadData(description.input);
setSeed(1);
const model = await buildModel(description);
const isMask = description.target === "mask";
const loss = isMask ? "binary_crossentropy" : "categorical_crossentropy";
model.compile({ optimizer: "adam", loss, metrics: ["accuracy"], device: "cpu", threads });
const x = tensor(data.images, [data.count, ...description.input]);
const y = isMask
  ? tensor(
      data.images.map((value) => (value > 0.5 ? 1 : 0)),
      x.shape,
    )
  : tensor(data.oneHot, [data.count, 10]);

await serve({
  train: (batch, seconds) =>
    timePasses(batch, seconds, data.count, (count) =>
      model.fit(x.slice(0, count), y.slice(0, count), { batchSize: batch, verbose: 0 }),
    ),
  predict: (batch, seconds) =>
    timePasses(batch, seconds, data.count, (count) =>
      model.predict(x.slice(0, count), { batchSize: batch, verbose: 0 }),
    ),
  first: async () => {
    await model.fit(x.slice(0, 32), y.slice(0, 32), { verbose: 0 });
  },
});
