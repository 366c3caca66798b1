// @ts-check
/**
 * Memory of a process that predicts inputs which always differ: first 1,000 calls of random row counts, then calls of random image
 * sizes, each of which needs a program of its own. Run after `npm run build`: node bench/memory.mjs; prints resident memory as it goes.
 */
import { parseArgs } from "node:util";
import { built } from "./built.mjs";

const { input, Model, setSeed, tensor } = await built("index");
const { Conv2D, Dense, GlobalAveragePooling2D } = await built("layers");

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "1000" },
    sizes: { type: "string", default: "600" },
    threads: { type: "string", default: "2" },
    seed: { type: "string", default: "1" },
  },
});
const [rowCounts, sizes, threads, seed] = [
  Number(values.rows),
  Number(values.sizes),
  Number(values.threads),
  Number(values.seed),
];
setSeed(seed);

/** Numbers from 1 to `most`, the same in each run of a seed. @param {number} most */
let state = seed;
const draw = (/** @type {number} */ most) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return 1 + Math.floor((state / 2 ** 32) * most);
};

const images = input({ shape: [null, null, 3] });
const edges = new Conv2D({ filters: 16, kernelSize: 3, activation: "relu" }).apply(images);
const shapes = new Conv2D({ filters: 16, kernelSize: 3, activation: "relu" }).apply(edges);
const pooled = new GlobalAveragePooling2D().apply(shapes);
const model = new Model({ inputs: images, outputs: new Dense({ units: 10, activation: "softmax" }).apply(pooled) });
model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", device: "cpu", threads });

/** @param {string} what @param {number} count @param {() => [number, number, number]} shape */
async function predictAll(what, count, shape) {
  for (let call = 1; call <= count; call++) {
    const [rows, height, width] = shape();
    await model.predict(tensor(new Float32Array(rows * height * width * 3).fill(0.5), [rows, height, width, 3]));
    if (call % 100 === 0) console.log(`${what} ${call}: ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`);
  }
}

await predictAll("row counts", rowCounts, () => [draw(64), 32, 32]);
await predictAll("image sizes", sizes, () => [1, 15 + draw(81), 15 + draw(81)]);
