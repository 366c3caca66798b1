// @ts-check
/**
 * Draws the pictures of docs/plot.md: the handout's CNN is trained on MNIST, and looked into. Run by hand after `npm run build`:
 *
 *   node bench/figures.mjs [--epochs 2] [--limit 20000]
 *
 * MNIST is found where `mnist.load()` finds it: FOVEA_DATA names a folder.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { built } from "./built.mjs";

const { values } = parseArgs({
  options: { epochs: { type: "string", default: "2" }, limit: { type: "string", default: "20000" } },
});

const { Sequential, Tensor, setSeed, toCategorical } = await built("index");
const { LambdaCallback } = await built("callbacks");
const { mnist } = await built("datasets");
const { Conv2D, Dense, Flatten } = await built("layers");
const plot = await built("plot");

const { train, test } = await mnist.load();
setSeed(1);
const conv1 = new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] });
const conv2 = new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" });
const model = new Sequential([conv1, conv2, new Flatten(), new Dense({ units: 10, activation: "softmax" })]);
model.compile({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"], device: "cpu" });

const before = await tuning();
/** @type {number[]} */
const losses = [];
// The mean over the epoch so far becomes the loss of each batch again.
let [mean, count] = [0, 0];
const follow = new LambdaCallback({
  onEpochBegin: () => {
    [mean, count] = [0, 0];
  },
  onTrainBatchEnd: (_, logs) => {
    const loss = logs?.loss ?? Number.NaN;
    losses.push(Math.max(0, loss * (count + 1) - mean * count));
    [mean, count] = [loss, count + 1];
  },
});
const images = train.images.slice(0, Number(values.limit));
const labels = train.labels.slice(0, Number(values.limit));
const { history } = await model.fit(images, toCategorical(labels, 10), {
  epochs: Number(values.epochs),
  batchSize: 32,
  validationData: [test.images, toCategorical(test.labels, 10)],
  callbacks: [follow],
  verbose: 0,
});

const validation = history.val_loss ?? [];
const steps = losses.length / validation.length;
save(
  "line-chart",
  plot.lineChart({
    title: "The handout's CNN learns MNIST",
    subtitle: `${validation.length} epochs of ${steps.toLocaleString("en")} steps of 32 images, adam, seed 1.`,
    yLabel: "loss, lower is better",
    scale: "log",
    series: [
      { name: "training", values: losses, smoothing: 0.98 },
      { name: "validation", values: validation, x: validation.map((_, i) => (i + 1) * steps), points: true },
    ],
  }),
);

const seven = test.images.slice(0, 1);
const maps1 = await mapsOf([conv1], seven);
const maps2 = await mapsOf([conv1, conv2], seven);
const probabilities = await model.predict(test.images, { verbose: 0 });
save(
  "network-strip",
  plot.networkStrip({
    title: "The network reads a 7",
    image: new Tensor(seven.data, [28, 28]),
    layers: [
      { name: "Conv2D, 64 maps of 26 x 26", values: maps1 },
      { name: "Conv2D, 32 maps of 24 x 24", values: maps2 },
    ],
    probabilities: probabilities.slice(0, 1).data,
    trace: { layer: 1, channel: strongest(maps2), y: 8, x: 14, box: { y: 8, x: 14, height: 5, width: 5 } },
  }),
);

save(
  "area-squares",
  plot.areaSquares({
    title: "Parameters for the same 26 x 26 x 64 outputs",
    items: [
      { name: "convolution", value: 640 },
      { name: "not shared", value: 432_640 },
      { name: "fully connected", value: 33_962_240 },
    ],
  }),
);

const truth = Array.from(test.labels.data);
const read = Array.from(probabilities.argMax().data);
const digits = Array.from({ length: 10 }, (_, digit) => digit);
const timesRead = (/** @type {number} */ digit, /** @type {number} */ as) =>
  truth.filter((each, i) => each === digit && read[i] === as).length;
const right = truth.filter((digit, i) => read[i] === digit).length;
save(
  "confusion-chart",
  plot.confusionChart({
    title: "10,000 test digits",
    subtitle: `${right.toLocaleString("en")} are read rightly.`,
    matrix: digits.map((digit) => digits.map((as) => timesRead(digit, as))),
  }),
);

const units = (await tuning()).map((values, unit) => ({ name: `unit ${unit}`, values, before: before.at(unit) ?? [] }));
save(
  "polar-curve",
  plot.polarCurve({
    title: "Which bars of light the second layer answers to",
    subtitle: "Sixteen of 32 units, the most selective first; dashed: before training.",
    units: units.sort((a, b) => selectivity(b.values) - selectivity(a.values)).slice(0, 16),
  }),
);

/** @param {string} name @param {import("../src/view/plot/index.ts").Scene} scene */
function save(name, scene) {
  writeFileSync(fileURLToPath(new URL(`../docs/plot/${name}.svg`, import.meta.url)), plot.toSvg(scene));
}

/** @param {import("../src/nn/layers/index.ts").Layer[]} layers @param {import("../src/index.ts").Tensor} inputs */
function outputsOf(layers, inputs) {
  const part = new Sequential(layers);
  part.compile({ loss: "mse", device: "cpu" });
  return part.predict(inputs, { verbose: 0 });
}

/**
 * What layers make of one image, [height, width, channels].
 *
 * @param {import("../src/nn/layers/index.ts").Layer[]} layers @param {import("../src/index.ts").Tensor} image
 */
async function mapsOf(layers, image) {
  const maps = await outputsOf(layers, image);
  return new Tensor(maps.data, maps.shape.slice(1));
}

/** The channel with the largest value. @param {import("../src/index.ts").Tensor} maps */
function strongest({ data, shape }) {
  return data.indexOf(Math.max(...data)) % (shape.at(-1) ?? 1);
}

/**
 * Responses of the second layer's units to a soft bar of light through the middle: 36 orientations, the largest of five offsets, at
 * the centre of the map (Hubel and Wiesel 1959).
 *
 * @returns {Promise<number[][]>} by unit and orientation
 */
async function tuning() {
  const offsets = [-1.5, -0.75, 0, 0.75, 1.5];
  const orientations = Array.from({ length: 36 }, (_, i) => (i * 5 * Math.PI) / 180);
  const bars = orientations.flatMap((angle) => offsets.map((offset) => barOfLight(angle, offset)));
  const maps = await outputsOf([conv1, conv2], new Tensor(Float32Array.from(bars.flat()), [bars.length, 28, 28, 1]));
  const responseTo = (/** @type {number} */ bar, /** @type {number} */ unit) =>
    maps.data[((bar * 24 + 12) * 24 + 12) * 32 + unit] ?? 0;
  return Array.from({ length: 32 }, (_, unit) =>
    orientations.map((_, i) => Math.max(...offsets.map((_, k) => responseTo(i * offsets.length + k, unit)))),
  );
}

/** 28 x 28 pixels; the angle is counted from the right against the clock. @param {number} angle @param {number} offset */
function barOfLight(angle, offset) {
  return Array.from({ length: 784 }, (_, pixel) => {
    const [x, y] = [(pixel % 28) - 13.5, 13.5 - Math.floor(pixel / 28)];
    return Math.exp(-0.5 * ((y * Math.cos(angle) - x * Math.sin(angle) - offset) / 0.8) ** 2);
  });
}

/** 0: any orientation, 1: one only. @param {readonly number[]} responses */
function selectivity(responses) {
  const sum = (/** @type {(angle: number) => number} */ weight) =>
    responses.reduce((total, response, i) => total + response * weight((i * 10 * Math.PI) / 180), 0);
  const total = sum(() => 1);
  return total === 0 ? 0 : Math.hypot(sum(Math.cos), sum(Math.sin)) / total;
}
