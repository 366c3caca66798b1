// @ts-check
/** fovea through its public `fit` and `predict`: shuffling, metrics, epochs and all. */
import { readFileSync } from "node:fs";
import { built } from "../built.mjs";
import { loadData, serve, timePasses } from "./serve.mjs";

const { input, Model, setSeed, tensor } = await built("index");
const layers = await built("layers");

/** @typedef {ReturnType<typeof input>} Value */

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
};

/** @param {{ input: number[], layers: [string, any][] }} description */
function buildModel(description) {
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
const model = buildModel(description);
model.compile({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"], device: "cpu", threads });
const x = tensor(data.images, [data.count, ...description.input]);
const y = tensor(data.oneHot, [data.count, 10]);

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
