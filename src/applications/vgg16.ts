import type { Model } from "../train/model.ts";
import type { ApplicationOptions } from "./application.ts";
import { type PreprocessInput, preprocessing } from "./preprocessing.ts";
import { buildVgg } from "./vgg-parts.ts";

export { decodePredictions } from "./imagenet-utils.ts";

const hashes = ["64373286793e3c8b2b4e3219cbf3544b", "6d6bbae143d832006294945121d1f1fc"] as const;

/**
 * VGG16 (Simonyan and Zisserman 2015, "Very Deep Convolutional Networks for Large-Scale Image Recognition"). 138 million weights,
 * images [224, 224, 3] that `vgg16.preprocessInput` made. K: `applications/vgg16.py`.
 *
 * @throws ArgumentError for options that do not go together; InputOutputError when weights cannot be had
 * @example
 * ```ts
 * import { VGG16 } from "fovea/applications";
 * const base = await VGG16({ weights: null, includeTop: false, inputShape: [64, 64, 3] });
 * base.outputShape; // [null, 2, 2, 512]
 * ```
 */
export function VGG16(options: ApplicationOptions = {}): Promise<Model> {
  return buildVgg("VGG16", [2, 2, 3, 3, 3], hashes, options);
}

/** Pixels of 0 … 255 as VGG16 takes them: blue, green, red, each less its mean over ImageNet. */
export const preprocessInput: PreprocessInput = /* @__PURE__ */ preprocessing("caffe");
