// @ts-check
/** fovea through its public `fit` and `predict`: shuffling, metrics, epochs and all. */
import { Sequential, setSeed, tensor } from "../../dist/index.js";
import { Conv2D, Dense, Flatten } from "../../dist/nn/layers/index.js";
import { loadData, serve } from "./serve.mjs";

const threads = Number(process.env.BENCH_THREADS ?? 2);
const data = loadData();
setSeed(1);
const model = new Sequential([
  new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
  new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" }),
  new Flatten(),
  new Dense({ units: 10, activation: "softmax" }),
]);
model.compile({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"], device: "cpu", threads });
const x = tensor(data.images, [data.count, 28, 28, 1]);
const y = tensor(data.oneHot, [data.count, 10]);

/** @param {number} batch @param {number} seconds @param {(count: number) => Promise<unknown>} pass */
async function timePasses(batch, seconds, pass) {
  await pass(Math.min(data.count, 4 * batch));
  const start = performance.now();
  let images = 0;
  do {
    await pass(data.count);
    images += data.count;
  } while (performance.now() - start < seconds * 1000);
  return { images, seconds: (performance.now() - start) / 1000 };
}

await serve({
  train: (batch, seconds) =>
    timePasses(batch, seconds, (count) =>
      model.fit(x.slice(0, count), y.slice(0, count), { batchSize: batch, verbose: 0 }),
    ),
  predict: (batch, seconds) =>
    timePasses(batch, seconds, (count) => model.predict(x.slice(0, count), { batchSize: batch, verbose: 0 })),
  first: async () => {
    await model.fit(x.slice(0, 32), y.slice(0, 32), { verbose: 0 });
  },
});
