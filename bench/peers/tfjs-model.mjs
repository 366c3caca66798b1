// @ts-check
/** The handout's model in TensorFlow.js, through its layers. */
import * as tf from "@tensorflow/tfjs";

/**
 * One training step and one prediction of the first `batch` images.
 * @param {"cpu" | "webgpu"} backend must have been registered
 * @param {import("./steps.mjs").Data} data @param {number} batch
 * @returns {Promise<import("./steps.mjs").Steps>}
 */
export async function makeSteps(backend, data, batch) {
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no backend "${backend}" here.`);
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
      tf.layers.conv2d({ filters: 32, kernelSize: 3, activation: "relu" }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
  model.compile({ optimizer: "adam", loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  const x = tf.tensor4d(data.images.subarray(0, batch * 784), [batch, 28, 28, 1]);
  const y = tf.tensor2d(data.oneHot.subarray(0, batch * 10), [batch, 10]);
  return {
    train: async () => {
      const [loss] = /** @type {number[]} */ (await model.trainOnBatch(x, y));
      return loss;
    },
    predict: async () => {
      const output = /** @type {{ data(): Promise<unknown>, dispose(): void }} */ (model.predictOnBatch(x));
      await output.data();
      output.dispose();
    },
  };
}
