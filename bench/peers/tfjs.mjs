// @ts-check
/** TensorFlow.js on its plain CPU backend, the only one of its backends that trains a CNN in Node without a native build. */
import { loadData, serve } from "./serve.mjs";
import { timeSteps } from "./steps.mjs";
import { makeSteps } from "./tfjs-model.mjs";

/** Its step takes so long that a few images must do. */
const BATCH = 8;
const { train, predict } = await makeSteps("cpu", loadData(), BATCH);

await serve({
  train: (_batch, seconds) => timeSteps(train, BATCH, seconds, 0),
  predict: (_batch, seconds) => timeSteps(predict, BATCH, seconds, 1),
  first: train,
});
