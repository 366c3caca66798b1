// @ts-check
/** The handout's model in fovea, one batch at a time. */
import { Sequential, tensor } from "../../../dist/index.js";
import { Conv2D, Dense, Flatten } from "../../../dist/nn/layers/index.js";

/**
 * @param {import("../../peers/steps.mjs").Data} data @param {number} batch
 * @returns {Promise<import("../../peers/steps.mjs").Steps>}
 */
export async function makeSteps(data, batch) {
  const model = new Sequential([
    new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
    new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" }),
    new Flatten(),
    new Dense({ units: 10, activation: "softmax" }),
  ]);
  model.compile({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"], device: "gpu" });
  const x = tensor(data.images, [batch, 28, 28, 1]);
  const y = tensor(data.oneHot, [batch, 10]);
  return {
    train: async () => (await model.trainOnBatch(x, y)).loss,
    predict: async () => {
      await model.predictOnBatch(x);
    },
  };
}
