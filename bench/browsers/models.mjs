// @ts-check
/** The models of the browser bench, each written for every side by fovea, so that all have the same weights. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { pattern, placeWeights } from "../applications/weights.mjs";
import { built } from "../built.mjs";

const { Sequential, setSeed } = await built("index");
const { Conv2D, Dense, Flatten } = await built("layers");
const { MobileNetV2, ResNet50 } = await built("applications");

/** @typedef {import("../../src/index.ts").Model} Model */

/** @type {Record<string, { title: string, shape: number[], make: () => Promise<Model> }>} */
export const models = {
  handout: {
    title: "the handout's CNN",
    shape: [28, 28, 1],
    make: async () => {
      setSeed(1);
      return new Sequential([
        new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
        new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" }),
        new Flatten(),
        new Dense({ units: 10, activation: "softmax" }),
      ]);
    },
  },
  mobilenetv2: {
    title: "MobileNetV2, 224x224",
    shape: [224, 224, 3],
    make: async () => placed(await MobileNetV2({ weights: null })),
  },
  resnet50: {
    title: "ResNet50, 224x224",
    shape: [224, 224, 3],
    make: async () => placed(await ResNet50({ weights: null })),
  },
};

/** Statistics of normalizations that are no mere zeros and ones. @param {Model} model */
function placed(model) {
  placeWeights(/** @type {any} */ (model));
  return model;
}

/** Writes a model's files, and images for it. @param {string} name @param {string} folder @param {number} images */
export async function writeModel(name, folder, images) {
  const model = await /** @type {typeof models[string]} */ (models[name]).make();
  for (const file of ["model.keras", "model.onnx", "model.json"]) await model.save(join(folder, file));
  const shape = [images, .../** @type {typeof models[string]} */ (models[name]).shape];
  return { pixels: pattern(0, shape), onnxBytes: statSync(join(folder, "model.onnx")).size };
}
