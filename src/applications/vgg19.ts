import type { Model } from "../train/model.ts";
import type { ApplicationOptions } from "./application.ts";
import { type PreprocessInput, preprocessing } from "./preprocessing.ts";
import { buildVgg } from "./vgg-parts.ts";

export { decodePredictions } from "./imagenet-utils.ts";

const hashes = ["cbe5617147190e668d6c5d5026f83318", "253f8cb515780f3b799900260a226db6"] as const;

/**
 * VGG19 (Simonyan and Zisserman 2015, "Very Deep Convolutional Networks for Large-Scale Image Recognition"). 144 million weights,
 * images [224, 224, 3] that `vgg19.preprocessInput` made. K: `applications/vgg19.py`.
 *
 * @throws ArgumentError for options that do not go together; InputOutputError when weights cannot be had
 * @example
 * ```ts
 * import { VGG19 } from "fovea/applications";
 * const base = await VGG19({ weights: null, includeTop: false, inputShape: [64, 64, 3] });
 * base.outputShape; // [null, 2, 2, 512]
 * ```
 */
export function VGG19(options: ApplicationOptions = {}): Promise<Model> {
  return buildVgg("VGG19", [2, 2, 4, 4, 4], hashes, options);
}

/** Pixels of 0 … 255 as VGG19 takes them: blue, green, red, each less its mean over ImageNet. */
export const preprocessInput: PreprocessInput = /* @__PURE__ */ preprocessing("caffe");
