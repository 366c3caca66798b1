// @ts-check
/**
 * Whether memory grows: cycles of start, steps and dispose, then many steps on one device; the process's memory after each tenth.
 * Run after `npm run build`: node --expose-gc bench/gpu/growth.mjs [--cycles 50] [--steps 500]; exits with 1 where it grows.
 */
import { parseArgs } from "node:util";
import { Sequential, setSeed, tensor } from "../../dist/index.js";
import { Dense, Dropout } from "../../dist/nn/layers/index.js";

const { values } = parseArgs({
  options: { cycles: { type: "string", default: "50" }, steps: { type: "string", default: "500" } },
});
/** Bytes that count as growth, between the middle and the end of a series. */
const MOST_GROWTH = 16e6;
const batchSize = 32;
const width = 256;

/** @param {Sequential} model @param {number} steps */
async function train(model, steps) {
  const rows = steps * batchSize;
  const x = tensor(new Float32Array(rows * width).fill(0.5), [rows, width]);
  const y = tensor(
    Int32Array.from({ length: rows }, (_, i) => i % 10),
    [rows],
  );
  await model.fit(x, y, { batchSize, verbose: 0 });
}

function compiled() {
  setSeed(1);
  const model = new Sequential([
    new Dense({ units: width, activation: "relu", inputShape: [width] }),
    new Dropout({ rate: 0.5 }),
    new Dense({ units: 10, activation: "softmax" }),
  ]);
  model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", device: "gpu" });
  return model;
}

/** Resident bytes once garbage is gone. */
async function resident() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().rss;
}

/** @param {string} name @param {number} count @param {(i: number) => Promise<void>} turn */
async function watch(name, count, turn) {
  const every = Math.max(1, Math.floor(count / 10));
  /** @type {number[]} */
  const seen = [];
  for (let i = 1; i <= count; i++) {
    await turn(i);
    if (i % every === 0) seen.push(await resident());
  }
  console.log(name, seen.map((bytes) => `${(bytes / 1e6).toFixed(0)} MB`).join(", "));
  const middle = /** @type {number} */ (seen[Math.floor(seen.length / 2)]);
  return /** @type {number} */ (seen.at(-1)) - middle <= MOST_GROWTH;
}

if (globalThis.gc === undefined) throw new Error("Run it with node --expose-gc.");
const model = compiled();
const flatCycles = await watch("cycles:", Number(values.cycles), async () => {
  model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", device: "gpu" });
  await train(model, 3);
});
const flatSteps = await watch("tens of steps:", Math.ceil(Number(values.steps) / 10), () => train(model, 10));
console.log(flatCycles && flatSteps ? "no growth" : "memory grows");
process.exitCode = flatCycles && flatSteps ? 0 : 1;
