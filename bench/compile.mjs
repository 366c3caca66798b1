// @ts-check
/**
 * How long a model of 200 layers takes to its first training step, and where: a convolutional net of 66 blocks (convolution,
 * normalization, ReLU, each third with a sum) and a Dense layer. `npm run build && node bench/compile.mjs`.
 */
import { fileURLToPath } from "node:url";
import { built } from "./built.mjs";

const { input, Model, setSeed, tensor } = await built("index");
const layers = await built("layers");

/** @param {number} blocks */
function deepModel(blocks) {
  const start = input({ shape: [16, 16, 3] });
  let x = /** @type {import("../src/index.ts").KerasTensor} */ (start);
  let skip = x;
  for (let block = 0; block < blocks; block++) {
    const strides = block > 0 && block % 22 === 0 ? 2 : 1;
    const filters = 8 * 2 ** Math.floor(block / 22);
    const conv = new layers.Conv2D({ filters, kernelSize: 3, strides, padding: "same", useBias: false });
    x = new layers.ReLU().apply(new layers.BatchNormalization().apply(conv.apply(x)));
    if (block % 22 === 0) skip = x;
    else if (block % 3 === 0) skip = x = new layers.Add().apply([x, skip]);
  }
  const scores = new layers.Dense({ units: 10, activation: "softmax" });
  return new Model({ inputs: start, outputs: scores.apply(new layers.GlobalAveragePooling2D().apply(x)) });
}

/** Milliseconds: to make the model, to its first step, and of a later step. @returns {Promise<{ layers: number, made: number, first: number, step: number }>} */
export async function measureCompile(blocks = 60, device = /** @type {"cpu"} */ ("cpu")) {
  setSeed(1);
  const begin = performance.now();
  const model = deepModel(blocks);
  const made = performance.now();
  model.compile({ optimizer: "adam", loss: "categorical_crossentropy", device, threads: 2 });
  const x = tensor(new Float32Array(8 * 768), [8, 16, 16, 3]);
  const y = tensor(new Float32Array(80).fill(0.1), [8, 10]);
  await model.trainOnBatch(x, y);
  const first = performance.now();
  await model.trainOnBatch(x, y);
  const step = performance.now() - first;
  return { layers: model.layers.length, made: made - begin, first: first - made, step };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { layers, made, first, step } = await measureCompile();
  console.log(
    `${layers} layers: made in ${made.toFixed(0)} ms, first step after ${first.toFixed(0)} ms more, a later step ${step.toFixed(0)} ms`,
  );
  process.exit(0);
}
