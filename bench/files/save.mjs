// @ts-check
/**
 * Writes models in every format for `open.py`, which opens them in real Keras. Run by hand:
 * `node bench/files/save.mjs <empty folder>`, then `bench/.venv/bin/python bench/files/open.py <folder>`.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, entry = "dist/node"] = process.argv.slice(2);
if (folder === undefined)
  throw new Error("usage: node bench/files/save.mjs <empty folder> [folder of fovea's modules]");
/** A part of the package: built, or of its source. @param {string} name @param {string} source */
const load = (name, source) => import(pathToFileURL(entry === "src" ? `src/${source}` : `${entry}/${name}.js`).href);
const fovea = await load("index", "index.ts");
const layers = await load("layers", "nn/layers/index.ts");
const optimizers = await load("optimizers", "nn/optimizers/index.ts");
const schedules = await load("schedules", "nn/schedules/index.ts");
const losses = await load("losses", "nn/losses/index.ts");
const metrics = await load("metrics", "nn/metrics/index.ts");
const regularizers = await load("regularizers", "nn/regularizers/index.ts");
const { input, Model, Sequential, setSeed, tensor } = fovea;
const { Conv2D, Dense, Flatten, BatchNormalization, MaxPooling2D, Dropout, Add, Concatenate, Embedding } = layers;

let seed = 1;
const random = () => {
  seed = (seed * 1664525 + 1013904223) >>> 0;
  return seed / 2 ** 32;
};
/** @param {number[]} shape */
const noise = (shape, scale = 1) => {
  const size = shape.reduce((product, axis) => product * axis, 1);
  return tensor(
    Float32Array.from({ length: size }, () => random() * scale),
    shape,
  );
};
/** @param {number} count @param {number} classes */
const labels = (count, classes) =>
  tensor(
    Int32Array.from({ length: count }, () => Math.floor(random() * classes)),
    [count],
  );

setSeed(7);
const image = () => noise([24, 8, 8, 3]);

const sequential = new Sequential(
  [
    new Conv2D({
      filters: 4,
      kernelSize: 3,
      padding: "same",
      activation: "relu",
      kernelRegularizer: new regularizers.L2(1e-3),
      inputShape: [8, 8, 3],
    }),
    new BatchNormalization(),
    new MaxPooling2D(),
    new Dropout({ rate: 0.25 }),
    new Conv2D({ filters: 5, kernelSize: 3, name: "named" }),
    new Flatten(),
    new Dense({ units: 4, activation: "softmax" }),
  ],
  { name: "chain" },
);
sequential.compile({
  optimizer: "adam",
  loss: "sparse_categorical_crossentropy",
  metrics: ["accuracy"],
  device: "cpu",
});

const encoder = new Sequential(
  [new Conv2D({ filters: 3, kernelSize: 3, inputShape: [8, 8, 3] }), new Flatten(), new Dense({ units: 5 })],
  { name: "encoder" },
);
const [left, right] = [input({ shape: [8, 8, 3], name: "left" }), input({ shape: [8, 8, 3], name: "right" })];
const shared = new Dense({ units: 5, activation: "relu", name: "shared" });
const [one, two] = [shared.apply(encoder.apply(left)), shared.apply(encoder.apply(right))];
const summed = new Add().apply([one, two]);
const joined = new Concatenate().apply([summed, one]);
const functional = new Model({
  inputs: { left, right },
  outputs: {
    label: new Dense({ units: 3, activation: "softmax", name: "label" }).apply(joined),
    value: new Dense({ units: 1, name: "value" }).apply(joined),
  },
  name: "twins",
});
functional.compile({
  optimizer: new optimizers.RMSprop({
    learningRate: new schedules.CosineDecay({ initialLearningRate: 0.01, decaySteps: 20 }),
    momentum: 0.9,
  }),
  loss: { label: new losses.SparseCategoricalCrossentropy(), value: "mse" },
  lossWeights: { label: 1, value: 0.5 },
  metrics: { label: ["accuracy", new metrics.SparseTopKCategoricalAccuracy({ k: 2, name: "top2" })], value: ["mae"] },
  device: "cpu",
});

const words = new Sequential(
  [new Embedding({ inputDim: 20, outputDim: 6, name: "words" }), new Flatten(), new Dense({ units: 2 })],
  { name: "words" },
);
words.build([null, 7]);
words.compile({ optimizer: new optimizers.SGD({ learningRate: 0.1, momentum: 0.9 }), loss: "mse", device: "cpu" });

const frozen = new Sequential(
  [new Dense({ units: 6, inputShape: [8, 8, 3] }), new BatchNormalization(), new Flatten(), new Dense({ units: 3 })],
  { name: "frozen" },
);
frozen.layers[0].trainable = false;
frozen.layers[1].trainable = false;
frozen.compile({
  optimizer: new optimizers.AdamW({ weightDecay: 0.01, clipnorm: 1, useEma: true, amsgrad: true }),
  loss: "mse",
  device: "cpu",
});

const cases = [
  { name: "chain", model: sequential, x: image(), y: labels(24, 4) },
  {
    name: "twins",
    model: functional,
    x: { left: image(), right: image() },
    y: { label: labels(24, 3), value: noise([24, 1]) },
  },
  {
    name: "words",
    model: words,
    x: tensor(
      Float32Array.from({ length: 24 * 7 }, () => Math.floor(random() * 20)),
      [24, 7],
    ),
    y: noise([24, 2]),
  },
  { name: "frozen", model: frozen, x: image(), y: noise([24, 3]) },
];

/** @param {object} value @returns {value is import("../../src/index.ts").Tensor} */
const isTensor = (value) => value instanceof fovea.Tensor;
/** @param {import("../../src/index.ts").Tensor | Record<string, import("../../src/index.ts").Tensor>} value @returns {object} */
const plain = (value) =>
  isTensor(value)
    ? { shape: value.shape, data: Array.from(value.data), dtype: value.dtype }
    : Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
for (const { name, model, x, y } of cases) {
  await model.fit(x, y, { epochs: 2, batchSize: 8, shuffle: false, verbose: 0 });
  await model.save(join(folder, `${name}.keras`));
  await model.save(join(folder, `${name}.h5`));
  await model.saveWeights(join(folder, `${name}.weights.h5`));
  await model.saveWeights(join(folder, `${name}.weights.json`), { maxShardSize: 600 });
  const predictions = await model.predict(x, { verbose: 0 });
  /** @type {(number | undefined)[]} */
  const steps = [];
  // Dropout draws other numbers in Keras, and finalize puts averages in place: their training does not go on alike.
  const goesOn = name !== "chain" && name !== "frozen";
  const callbacks = {
    onTrainBatchEnd: (/** @type {number} */ _batch, /** @type {Record<string, number>} */ logs) =>
      steps.push(logs.loss),
  };
  await model.fit(x, y, { epochs: 1, batchSize: 8, shuffle: false, verbose: 0, callbacks });
  const optimizer = model.optimizer.iteration.value[0];
  writeFileSync(
    join(folder, `${name}.json`),
    JSON.stringify({
      x: plain(x),
      y: plain(y),
      predictions: plain(predictions),
      steps: goesOn ? steps : [],
      optimizer: optimizer - 3,
    }),
  );
}
console.log(`wrote ${cases.map(({ name }) => name).join(", ")} to ${folder}`);
