// @ts-check
/**
 * Makes what the lab ships in lab/assets: the handout's CNN trained on MNIST by fovea, a record of that run, and the first 100 test
 * digits. Run by hand after `npm run build`:
 *
 *   node bench/lab-assets.mjs --mnist FOLDER [--epochs 3] [--seed 7] [--checkpoints 60] [--out lab/assets]
 *
 * FOLDER holds the four files of MNIST. The formats are described in lab/assets/README.md. The script ends with an error, and writes
 * nothing, if the rounded weights read the first four digits otherwise than 7 2 1 0, or if the files are larger than 700 kB.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { built } from "./built.mjs";
import { bytesOf, halves } from "./halves.mjs";

const DIGITS = 100;
const BATCH = 32;
const MOST_BYTES = 700_000;

const { values } = parseArgs({
  options: {
    mnist: { type: "string" },
    epochs: { type: "string", default: "3" },
    seed: { type: "string", default: "7" },
    checkpoints: { type: "string", default: "60" },
    out: { type: "string", default: fileURLToPath(new URL("../lab/assets", import.meta.url)) },
  },
});
if (values.mnist === undefined) throw new Error("Pass --mnist with a folder that has the four files of MNIST.");
/** @type {typeof import("../src/io/numbers.ts")} */
const { halfToFloat } = await import(new URL("../dist/io/numbers.js", import.meta.url).href);
const [epochs, seed, wanted] = [values.epochs, values.seed, values.checkpoints].map(Number);
if (!epochs || seed === undefined || !wanted) throw new Error("epochs, seed and checkpoints are whole numbers.");

const { Sequential, devices, setSeed, tensor, toCategorical } = await built("index");
const { Conv2D, Dense, Flatten } = await built("layers");
const { mnist } = await built("datasets");

const { train, test } = await mnist.load({ dir: values.mnist });
const pixels = (await mnist.load({ dir: values.mnist, dtype: "uint8" })).test.images;

setSeed(seed);
const model = new Sequential([
  new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
  new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" }),
  new Flatten(),
  new Dense({ units: 10, activation: "softmax" }),
]);
model.compile({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"], device: "cpu" });

const stepsPerEpoch = Math.ceil(train.labels.data.length / BATCH);
const steps = spread(stepsPerEpoch * epochs, stepsPerEpoch, wanted);
const targets = toCategorical(test.labels, 10);
/** @type {{ step: number, testLoss: number, testAccuracy: number }[]} */
const checkpoints = [];
/** @type {Float32Array[]} */
const firstLayer = [];
/** @type {number[]} */
const losses = [];
/** @type {number[]} */
const right = [];

async function keep() {
  const [kernel, bias] = model.layers[0]?.getWeights() ?? [];
  if (kernel === undefined || bias === undefined) throw new Error("The first layer has no weights.");
  firstLayer.push(Float32Array.from([...kernel.data, ...bias.data]));
  const { loss = Number.NaN, accuracy = Number.NaN } = await model.evaluate(test.images, targets, {
    batchSize: 250,
    verbose: 0,
  });
  checkpoints.push({ step: losses.length, testLoss: rounded(loss, 5), testAccuracy: rounded(accuracy, 4) });
}

await keep();
// Logs are running means of the epoch; sums of losses and of right answers come of them, and a step's own of their differences.
let sums = { loss: 0, right: 0, rows: 0 };
let epoch = 0;
const started = performance.now();
await model.fit(train.images, toCategorical(train.labels, 10), {
  epochs,
  batchSize: BATCH,
  verbose: 2,
  callbacks: [
    {
      reads: "logs",
      readsAfter: (batch) => steps.includes(epoch * stepsPerEpoch + batch + 1),
      onEpochBegin: (now) => {
        epoch = now;
        sums = { loss: 0, right: 0, rows: 0 };
      },
      onTrainBatchEnd: async (batch, logs) => {
        const rows = Math.min((batch + 1) * BATCH, train.labels.data.length);
        const now = { loss: (logs.loss ?? Number.NaN) * rows, right: (logs.accuracy ?? Number.NaN) * rows, rows };
        losses.push(rounded((now.loss - sums.loss) / (rows - sums.rows), 4));
        right.push(Math.round(now.right - sums.right));
        sums = now;
        if (steps.includes(losses.length)) await keep();
      },
    },
  ],
});
const seconds = (performance.now() - started) / 1000;

const weights = halves(model.getWeights().flatMap(({ data }) => [...data]));
// What the lab will compute with: the rounded weights.
let taken = 0;
model.setWeights(
  model.getWeights().map(({ shape, size }) => {
    taken += size;
    return tensor(Float32Array.from(weights.subarray(taken - size, taken), halfToFloat), shape);
  }),
);
const scores = await model.evaluate(test.images, targets, { batchSize: 250, verbose: 0 });
const firstFour = [...(await model.predict(test.images.slice(0, 4), { verbose: 0 })).argMax().data].join(" ");
if (firstFour !== "7 2 1 0") throw new Error(`The rounded weights read the first four digits as ${firstFour}.`);

const [device] = await devices();
const run = {
  version: 1,
  model: "handout",
  seed,
  optimizer: "adam",
  batchSize: BATCH,
  epochs,
  stepsPerEpoch,
  trainImages: train.labels.data.length,
  testImages: test.labels.data.length,
  device: `${device?.description}; ${cpus()[0]?.model.trim()}`,
  date: new Date().toISOString().slice(0, 10),
  seconds: rounded(seconds, 1),
  weights: model.getWeights().map(({ shape }) => shape),
  shipped: { testLoss: rounded(scores.loss ?? Number.NaN, 5), testAccuracy: rounded(scores.accuracy ?? Number.NaN, 4) },
  steps: { loss: losses, right },
  checkpoints,
};
/** @type {Record<string, Uint8Array | string>} */
const files = {
  "weights.f16": bytesOf(weights),
  "checkpoints.f16": bytesOf(halves(firstLayer.flatMap((values) => [...values]))),
  "digits.u8": Uint8Array.from([...pixels.data.subarray(0, DIGITS * 784), ...test.labels.data.subarray(0, DIGITS)]),
  "run.json": `${JSON.stringify(run)}\n`,
};
const bytes = Object.values(files).reduce((sum, content) => sum + content.length, 0);
if (bytes > MOST_BYTES) throw new Error(`The files have ${bytes} bytes, more than ${MOST_BYTES}.`);
mkdirSync(values.out, { recursive: true });
for (const [name, content] of Object.entries(files)) writeFileSync(join(values.out, name), content);
console.log(
  `${bytes} bytes; ${checkpoints.length} checkpoints; test accuracy ${run.shipped.testAccuracy} with rounded weights.`,
);
process.exit(0);

/** Steps after which a checkpoint is kept: dense at the start, where much changes, and at the end of each epoch. @param {number} last @param {number} epoch @param {number} count */
function spread(last, epoch, count) {
  const kept = new Set(Array.from({ length: Math.ceil(last / epoch) }, (_, i) => Math.min(last, (i + 1) * epoch)));
  // The first steps repeat each other when rounded, so more than `count` are tried until as many differ. Step 0 is kept anyway.
  for (let tries = count; kept.size < Math.min(count - 1, last); tries++) {
    kept.clear();
    for (let end = epoch; end < last; end += epoch) kept.add(end);
    for (let i = 0; i < tries; i++) kept.add(Math.round(last ** (i / (tries - 1))));
  }
  return [...kept];
}

/** @param {number} value @param {number} digits */
function rounded(value, digits) {
  return Number(value.toFixed(digits));
}
