// @ts-check
/** jax-js on its WebAssembly device. */
import { makeSteps } from "./jax-js-model.mjs";
import { loadData, serve } from "./serve.mjs";
import { timeSteps } from "./steps.mjs";

/** A step takes seconds; a small batch must do. */
const BATCH = 8;
const { train, predict } = await makeSteps("wasm", loadData(), BATCH);

await serve({
  train: (_batch, seconds) => timeSteps(train, BATCH, seconds, 1),
  predict: (_batch, seconds) => timeSteps(predict, BATCH, seconds, 1),
  first: train,
});
