// @ts-check
/** TensorFlow.js on its plain CPU backend, the only one of its backends that trains a CNN in Node without a native build. */
import * as tf from "@tensorflow/tfjs";
import { loadData, serve, timeSteps } from "./serve.mjs";

await tf.setBackend("cpu");
const data = loadData();
const model = tf.sequential({
  layers: [
    tf.layers.conv2d({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
    tf.layers.conv2d({ filters: 32, kernelSize: 3, activation: "relu" }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 10, activation: "softmax" }),
  ],
});
model.compile({ optimizer: "adam", loss: "categoricalCrossentropy", metrics: ["accuracy"] });

/** Its step takes so long that a few images must do. */
const BATCH = 8;
const x = tf.tensor4d(data.images.subarray(0, BATCH * 784), [BATCH, 28, 28, 1]);
const y = tf.tensor2d(data.oneHot.subarray(0, BATCH * 10), [BATCH, 10]);

await serve({
  train: (_batch, seconds) => timeSteps(() => model.trainOnBatch(x, y), BATCH, seconds, 0),
  predict: (_batch, seconds) =>
    timeSteps(
      async () => tf.tidy(() => /** @type {tf.Tensor} */ (model.predictOnBatch(x)).dataSync()),
      BATCH,
      seconds,
      1,
    ),
  first: async () => {
    await model.trainOnBatch(x, y);
  },
});
