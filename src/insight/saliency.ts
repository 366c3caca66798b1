/** Which pixels a model's answer hangs on, by its derivative. */
import { checkKeys } from "../base/options.ts";
import { foldKey, keyOf, RandomStream } from "../base/random.ts";
import { sizeOf } from "../base/shape.ts";
import { Tensor, type TensorLike } from "../base/tensor.ts";
import { gradients } from "../nn/gradients.ts";
import { checkNumber } from "../nn/options.ts";
import { mul } from "../ops/elementwise.ts";
import type { AnyModel } from "../train/model.ts";
import { checkImageModel, checkName, checkWhole, classCount, classesOf, imagesOf, oneHotRows } from "./image-model.ts";
import { runProbe } from "./probe.ts";

const methods = ["gradient", "gradient_x_input", "smooth_grad"] as const;

/** How `saliency` makes its map. */
export type SaliencyMethod = (typeof methods)[number];

export interface SaliencyOptions {
  /** The class that is explained, one for all images or one for each. Default: the one with the highest score. */
  readonly classIndex?: number | readonly number[] | undefined;
  /** Default "gradient". */
  readonly method?: SaliencyMethod | undefined;
  /** "smooth_grad": how many noisy copies of each image. Default 25. */
  readonly samples?: number | undefined;
  /** "smooth_grad": the noise's standard deviation as a share of the image's range, largest minus smallest value. Default 0.15. */
  readonly noise?: number | undefined;
  /** "smooth_grad": what the noise is drawn by. Default 0. */
  readonly seed?: number | undefined;
}

/** An explanation of one class for each image. */
export interface Explanation {
  /** The class that is explained, for each image. */
  readonly classes: readonly number[];
  /** A map for each image. */
  readonly maps: Tensor;
}

/**
 * How much the score of a class changes with each pixel: the derivative of the score by the image, signed. The score is the value
 * under the last softmax (the output itself where the model ends in none), whose derivative does not vanish where the model is sure.
 *
 * - `"gradient"`: Simonyan, Vedaldi and Zisserman 2013;
 * - `"gradient_x_input"`: times the pixel's value, so that pixels that are 0 do not count;
 * - `"smooth_grad"`: the mean gradient of copies with normal noise: Smilkov et al. 2017.
 *
 * @param model takes images [height, width, channels], gives scores of classes
 * @param images [n, height, width, channels]
 * @returns maps [n, height, width, channels], in units of score per unit of pixel value ("gradient_x_input": score)
 * @throws ShapeError for another model or images that it does not take; ArgumentError for options
 * @example
 * ```ts
 * import { Sequential, tensor } from "fovea";
 * import { saliency } from "fovea/insight";
 * import { Conv2D, Dense, Flatten } from "fovea/layers";
 * const model = new Sequential([
 *   new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [8, 8, 1] }),
 *   new Flatten(),
 *   new Dense({ units: 10, activation: "softmax" }),
 * ]);
 * const images = tensor(Float32Array.from({ length: 64 }, (_, i) => i / 64), [1, 8, 8, 1]);
 * const { maps } = await saliency(model, images, { classIndex: 3 });
 * maps.shape; // [1, 8, 8, 1]
 * ```
 */
export async function saliency(
  model: AnyModel,
  images: TensorLike,
  options: SaliencyOptions = {},
): Promise<Explanation> {
  const who = "saliency";
  checkImageModel(who, model);
  checkKeys(who, options, ["classIndex", "method", "samples", "noise", "seed"]);
  const { classIndex, method = "gradient", samples = 25, noise = 0.15, seed = 0 } = options;
  checkName(who, "method", method, methods);
  checkWhole(who, "samples", samples, 1);
  checkNumber(who, "noise", noise, "a number of 0 or more", (given) => given >= 0);
  checkNumber(who, "seed", seed, "a whole number", Number.isSafeInteger);
  const given = imagesOf(who, model, images);
  const classes = await classesOf(who, model, given, classIndex);
  const wanted = oneHotRows(classes, classCount(who, model));
  if (method !== "smooth_grad") return { classes, maps: await slopes(model, given, wanted, method) };
  const sums = new Float64Array(sizeOf(given.shape));
  const key = foldKey(keyOf(seed), 1);
  for (let sample = 0; sample < samples; sample++) {
    const { data } = await slopes(
      model,
      addNoise(given, noise, new RandomStream(foldKey(key, sample))),
      wanted,
      "gradient",
    );
    for (let i = 0; i < sums.length; i++) sums[i]! += data[i]!;
  }
  return {
    classes,
    maps: new Tensor(
      Float32Array.from(sums, (sum) => sum / samples),
      given.shape,
    ),
  };
}

async function slopes(
  model: AnyModel,
  images: Tensor,
  wanted: Tensor,
  method: "gradient" | "gradient_x_input",
): Promise<Tensor> {
  const [maps] = await runProbe(model, images, {
    key: method,
    feeds: { wanted },
    write({ logits, images, fed }) {
      const [slope] = gradients(mul(logits, fed.wanted!), [images]);
      return [method === "gradient" ? slope : mul(slope, images)];
    },
  });
  return maps!;
}

/** The images with normal noise whose deviation is a share of each image's range. */
function addNoise(images: Tensor, share: number, random: RandomStream): Tensor {
  const { data, shape } = images;
  const pixels = sizeOf(shape.slice(1));
  const noisy = Float32Array.from(data);
  for (let from = 0; from < data.length; from += pixels) {
    const image = data.subarray(from, from + pixels);
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of image) [low, high] = [Math.min(low, value), Math.max(high, value)];
    for (let i = from; i < from + pixels; i++) noisy[i]! += share * (high - low) * random.normal();
  }
  return new Tensor(noisy, shape);
}
