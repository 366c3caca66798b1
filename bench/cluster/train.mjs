// @ts-check
/**
 * Trains the handout's model on random images, alone or as one of several processes, and prints one line of JSON: images/s of the
 * best epoch but the first, and of all of them, milliseconds of exchanges a step. Used by speed.mjs.
 * node train.mjs '{ "threads": 2, "batchSize": 128, "rows": 2048, "epochs": 4, "model": "handout" }'
 */
import { built } from "../built.mjs";

const { Sequential, setSeed, tensor } = await built("index");
const { BatchNormalization, Conv2D, Dense, Flatten, GlobalAveragePooling2D, MaxPooling2D } = await built("layers");
const { DataParallel, initialize, setDistribution } = await built("distribution");

const given = JSON.parse(process.argv[2] ?? "{}");
const {
  threads = 1,
  batchSize = 128,
  rows = 2048,
  epochs = 4,
  model: kind = "handout",
  overlap = true,
  localStatistics = false,
} = given;

await initialize();
const parallel = new DataParallel({ overlap, localStatistics });
setDistribution(parallel);
setSeed(1);
const image = { inputShape: [28, 28, 1] };
const bodies = {
  handout: () => [
    new Conv2D({ filters: 32, kernelSize: 3, activation: "relu", ...image }),
    new MaxPooling2D({ poolSize: 2 }),
    new Conv2D({ filters: 64, kernelSize: 3, activation: "relu" }),
    new MaxPooling2D({ poolSize: 2 }),
    new Flatten(),
    new Dense({ units: 112, activation: "relu" }),
  ],
  wide: () => [
    ...[32, 64, 128, 256, 256].flatMap((filters, i) => [
      new Conv2D({
        filters,
        kernelSize: 3,
        padding: "same",
        activation: "relu",
        useBias: false,
        ...(i === 0 ? image : {}),
      }),
      new BatchNormalization(),
      ...(i < 2 ? [new MaxPooling2D({ poolSize: 2 })] : []),
    ]),
    new GlobalAveragePooling2D(),
  ],
  normalized: () => [
    ...[32, 32, 64, 64].flatMap((filters, i) => [
      new Conv2D({
        filters,
        kernelSize: 3,
        padding: "same",
        activation: "relu",
        useBias: false,
        ...(i === 0 ? image : {}),
      }),
      new BatchNormalization(),
      ...(i % 2 === 1 ? [new MaxPooling2D({ poolSize: 2 })] : []),
    ]),
    new GlobalAveragePooling2D(),
  ],
};
const model = new Sequential([
  ...bodies[/** @type {keyof typeof bodies} */ (kind)](),
  new Dense({ units: 10, activation: "softmax" }),
]);
model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", device: "cpu", threads });

let state = 1;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const x = tensor(Float32Array.from({ length: rows * 784 }, random), [rows, 28, 28, 1]);
const y = tensor(
  Int32Array.from({ length: rows }, () => Math.floor(10 * random())),
  [rows],
);

/** @type {number[]} */
const seconds = [];
let start = 0;
let before = parallel.exchanges;
let after = before;
const watch = {
  onEpochBegin: (/** @type {number} */ epoch) => {
    if (epoch === 1) before = parallel.exchanges;
    start = performance.now();
  },
  onEpochEnd: () => {
    seconds.push((performance.now() - start) / 1000);
    after = parallel.exchanges;
  },
};
await model.fit(x, y, { epochs, batchSize, verbose: 0, callbacks: [watch] });
const steps = (epochs - 1) * Math.ceil(rows / batchSize);
if (parallel.rank === 0)
  process.stdout.write(
    `${JSON.stringify({
      model: kind,
      processes: parallel.size,
      threads,
      batchSize,
      parameters: model.countParams(),
      imagesPerSecond: seconds.slice(1).map((each) => Math.round(rows / each)),
      exchangesPerStep: (after.count - before.count) / steps,
      exchangeMsPerStep: (after.milliseconds - before.milliseconds) / steps,
    })}\n`,
  );
