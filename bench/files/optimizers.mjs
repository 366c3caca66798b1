// @ts-check
/**
 * Every optimizer, schedule and option that keeps a state, between fovea and real Keras: training goes on from the other one's file.
 * Run by hand, in turn: `node bench/files/optimizers.mjs save <empty folder>`, `python bench/files/optimizers.py <folder>`, which
 * trains on, saves again and trains on once more, and `node bench/files/optimizers.mjs open <folder>`, which trains on from that.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { built } from "../built.mjs";

const [action, folder] = process.argv.slice(2);
if ((action !== "save" && action !== "open") || folder === undefined)
  throw new Error("usage: node bench/files/optimizers.mjs save|open <folder>");
const { loadModel, Sequential, setSeed, tensor } = await built("index");
const { BatchNormalization, Conv2D, Dense, Flatten } = await built("layers");
const all = await built("optimizers");
const schedules = await built("schedules");

const BATCH = 8;
const STEPS = 6;

/** @type {Record<string, () => import("../../src/nn/optimizers/index.ts").Optimizer>} */
const optimizers = {
  SGD: () => new all.SGD(),
  "SGD momentum": () => new all.SGD({ learningRate: 0.02, momentum: 0.9, nesterov: true, weightDecay: 1e-3 }),
  Adam: () => new all.Adam(),
  "Adam amsgrad": () => new all.Adam({ amsgrad: true, clipnorm: 0.5 }),
  AdamW: () => new all.AdamW({ globalClipnorm: 1 }),
  Adamax: () => new all.Adamax(),
  Nadam: () => new all.Nadam(),
  RMSprop: () => new all.RMSprop({ momentum: 0.9, centered: true, clipvalue: 0.1 }),
  Adagrad: () => new all.Adagrad(),
  Adadelta: () => new all.Adadelta({ learningRate: 1 }),
  Adafactor: () => new all.Adafactor(),
  Ftrl: () => new all.Ftrl({ learningRate: 0.05, l1RegularizationStrength: 1e-3, beta: 0.1 }),
  Lamb: () => new all.Lamb(),
  Lion: () => new all.Lion({ weightDecay: 1e-3 }),
  Muon: () => new all.Muon(),
  ScheduleFreeAdamW: () => new all.ScheduleFreeAdamW({ warmupSteps: 4 }),
  LossScaleOptimizer: () =>
    new all.LossScaleOptimizer({ innerOptimizer: new all.Adam(), initialScale: 64, dynamicGrowthSteps: 4 }),
  "loss scale factor": () => new all.Adam({ lossScaleFactor: 8 }),
  "moving average": () => new all.Adam({ useEma: true, emaMomentum: 0.8 }),
  "moving average, overwritten": () => new all.SGD({ useEma: true, emaOverwriteFrequency: 4 }),
  "accumulated gradients": () => new all.Adam({ gradientAccumulationSteps: 4 }),
  ...Object.fromEntries(
    Object.entries({
      CosineDecay: new schedules.CosineDecay({
        initialLearningRate: 1e-3,
        decaySteps: 20,
        warmupTarget: 5e-3,
        warmupSteps: 5,
      }),
      CosineDecayRestarts: new schedules.CosineDecayRestarts({ initialLearningRate: 5e-3, firstDecaySteps: 5 }),
      ExponentialDecay: new schedules.ExponentialDecay({ initialLearningRate: 5e-3, decaySteps: 4, decayRate: 0.7 }),
      InverseTimeDecay: new schedules.InverseTimeDecay({ initialLearningRate: 5e-3, decaySteps: 4, decayRate: 0.7 }),
      PiecewiseConstantDecay: new schedules.PiecewiseConstantDecay({
        boundaries: [4, 9, 14],
        values: [0.01, 5e-3, 2e-3, 1e-3],
      }),
      PolynomialDecay: new schedules.PolynomialDecay({ initialLearningRate: 0.01, decaySteps: 12, power: 2 }),
    }).map(([name, learningRate]) => [name, () => new all.Adam({ learningRate })]),
  ),
};

let seed = 1;
const random = () => {
  seed = (seed * 1664525 + 1013904223) >>> 0;
  return seed / 2 ** 32;
};
/** @param {readonly number[]} shape */
const noise = (shape) => tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, random), [...shape]);

/** @typedef {{ readonly x: readonly number[][], readonly y: readonly number[][], readonly losses: number[], readonly weights: number[][] }} Recorded */
/** @typedef {Awaited<ReturnType<typeof loadModel>>} Loaded */

/** Batches of images and of numbers to be learnt, as flat lists. */
const batches = Array.from({ length: STEPS }, () => ({
  x: Array.from(noise([BATCH, 6, 6, 2]).data),
  y: Array.from(noise([BATCH, 3]).data),
}));

/** Trains on by a step per batch. @param {Loaded} model @param {readonly { x: readonly number[], y: readonly number[] }[]} given */
async function goOn(model, given) {
  const losses = [];
  for (const { x, y } of given) {
    const logs = await model.trainOnBatch(
      tensor(Float32Array.from(x), [BATCH, 6, 6, 2]),
      tensor(Float32Array.from(y), [BATCH, 3]),
    );
    losses.push(logs.loss ?? Number.NaN);
  }
  return { losses, weights: model.getWeights().map(({ data }) => Array.from(data)) };
}

/** @param {number[][]} actual @param {number[][]} expected */
const gap = (actual, expected) =>
  Math.max(
    ...expected.flatMap((list, i) => list.map((value, at) => Math.abs(value - (actual[i]?.[at] ?? Number.NaN)))),
  );

if (action === "save") {
  setSeed(7);
  for (const [name, make] of Object.entries(optimizers)) {
    const model = new Sequential([
      // Without a bias: where no unit is cut off, its gradient before BatchNormalization is rounding alone, which Adam enlarges.
      new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", useBias: false, inputShape: [6, 6, 2] }),
      new BatchNormalization(),
      new Flatten(),
      new Dense({ units: 5, activation: "tanh" }),
      new Dense({ units: 3 }),
    ]);
    model.compile({ optimizer: make(), loss: "mse", device: "cpu" });
    await goOn(model, batches);
    await model.save(join(folder, `${name}.keras`));
    writeFileSync(join(folder, `${name}.json`), JSON.stringify({ batches, ...(await goOn(model, batches)) }));
  }
  console.log(`wrote ${Object.keys(optimizers).length} models to ${folder}`);
} else {
  let wrong = 0;
  for (const file of readdirSync(folder).filter((each) => each.endsWith(".back.json"))) {
    const name = file.slice(0, -".back.json".length);
    const expected = JSON.parse(readFileSync(join(folder, file), "utf8"));
    const model = await loadModel(join(folder, `${name}.back.keras`), { device: "cpu" });
    const made = await goOn(model, batches);
    const notices = model.runner.takeNotices();
    const [losses, weights] = [gap([made.losses], [expected.losses]), gap(made.weights, expected.weights)];
    const isRight = losses <= 1e-4 && weights <= 1e-4 && notices.length === 0;
    wrong += isRight ? 0 : 1;
    console.log(
      `${isRight ? "right" : "WRONG"}  ${losses.toExponential(1)}  ${weights.toExponential(1)}  ${name}  ${notices.join(" ")}`,
    );
  }
  console.log(`${wrong} wrong`);
  process.exitCode = wrong === 0 ? 0 : 1;
}
