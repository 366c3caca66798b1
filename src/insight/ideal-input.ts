/** The image that a unit likes best, made by gradient ascent. */
import { ArgumentError } from "../base/errors.ts";
import { checkKeys } from "../base/options.ts";
import { foldKey, keyOf, RandomStream } from "../base/random.ts";
import { formatShape } from "../base/shape.ts";
import { Tensor } from "../base/tensor.ts";
import { gradients } from "../nn/gradients.ts";
import { checkNumber } from "../nn/options.ts";
import { mul } from "../ops/elementwise.ts";
import { reduceSum } from "../ops/reduce.ts";
import type { AnyModel } from "../train/model.ts";
import { checkImageModel, checkWhole, imageSize, type LayerChoice, layerOf, outputShape } from "./image-model.ts";
import { runProbe } from "./probe.ts";

export interface IdealInputOptions {
  readonly layer: LayerChoice;
  /** A channel of maps, or an entry of a row: of a classifier's last layer a class. */
  readonly channel: number;
  /** Steps of the ascent. Default 64. */
  readonly steps?: number | undefined;
  /** Root mean square of what a step changes, in units of pixel value. Default 0.1. */
  readonly stepSize?: number | undefined;
  /** Images of noise that the ascent starts from, side by side; the best one is the result. Default 4. */
  readonly starts?: number | undefined;
  /** What the noise is drawn by. Default 0. */
  readonly seed?: number | undefined;
}

/** What `idealInput` resolves to. */
export interface IdealInput {
  /** [height, width, channels], from 0 to 1. */
  readonly image: Tensor;
  /** The channel's value for `image`: the mean over the map's places. */
  readonly value: number;
  /** Its values from the start to the end, steps + 1 of them. */
  readonly values: readonly number[];
}

/**
 * An image that makes the mean of a channel large: gradient ascent from noise, kept between 0 and 1 (Erhan et al. 2009). Each step
 * goes along the gradient, scaled to the same size, so that large and small units take equal steps. Of a layer that ends in a
 * softmax the value under it is raised.
 *
 * @param model takes images [height, width, channels] of known size, with values from 0 to 1
 * @throws ShapeError for another model; ArgumentError for options
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { idealInput } from "fovea/insight";
 * import { Conv2D } from "fovea/layers";
 * const model = new Sequential([new Conv2D({ filters: 4, kernelSize: 3, name: "conv", inputShape: [8, 8, 1] })]);
 * const { image, values } = await idealInput(model, { layer: "conv", channel: 2, steps: 10 });
 * image.shape;   // [8, 8, 1]
 * values.length; // 11
 * ```
 */
export async function idealInput(model: AnyModel, options: IdealInputOptions): Promise<IdealInput> {
  const who = "idealInput";
  checkImageModel(who, model);
  checkKeys(who, options, ["layer", "channel", "steps", "stepSize", "starts", "seed"]);
  const { channel, steps = 64, stepSize = 0.1, starts = 4, seed = 0 } = options;
  const layer = layerOf(who, model, options.layer);
  checkWhole(who, "steps", steps, 0);
  checkWhole(who, "starts", starts, 1, 256);
  checkNumber(who, "stepSize", stepSize, "a number above 0", (given) => given > 0);
  checkNumber(who, "seed", seed, "a whole number", Number.isSafeInteger);
  const shape = outputShape(model, layer);
  const channels = shape.at(-1) ?? 0;
  if (!Number.isInteger(channel) || channel < 0 || channel >= channels)
    throw new ArgumentError(
      `${who}: channel is ${channel}, expected 0 … ${channels - 1}: layer "${layer.name}" gives ${formatShape([null, ...shape])}.`,
    );
  const [height, width, colours] = imageSize(who, model);
  const pixels = height * width * colours;
  const random = new RandomStream(foldKey(keyOf(seed), 2));
  const images = Float32Array.from({ length: starts * pixels }, () =>
    Math.min(1, Math.max(0, 0.5 + 0.1 * random.normal())),
  );
  const mask = new Tensor(
    Float32Array.from({ length: channels }, (_, i) => (i === channel ? 1 : 0)),
    shape.map((_, axis) => (axis === shape.length - 1 ? channels : 1)).toSpliced(0, 0, 1),
  );
  const places = shape.slice(0, -1).reduce((product, extent) => product * extent, 1);
  const climb = async () => {
    const [values, slopes] = await runProbe(model, new Tensor(images.slice(), [starts, height, width, colours]), {
      key: `ideal ${layer.name}`,
      shared: { mask },
      write({ images, fed, scoresOf }) {
        const chosen = mul(scoresOf(layer), fed.mask!);
        const axes = chosen.spec.shape.map((_, axis) => axis).slice(1);
        const value = mul(reduceSum(chosen, axes), 1 / places);
        return [value, gradients(value, [images])[0]];
      },
    });
    return { values: [...values!.data], slopes: slopes!.data };
  };
  const runs: number[][] = [];
  for (let step = 0; ; step++) {
    const { values, slopes } = await climb();
    runs.push(values);
    if (step === steps) break;
    for (let start = 0; start < starts; start++) ascend(images, slopes, start * pixels, pixels, stepSize);
  }
  const last = runs.at(-1)!;
  const best = last.indexOf(Math.max(...last));
  const image = new Tensor(images.slice(best * pixels, (best + 1) * pixels), [height, width, colours]);
  return { image, value: last[best]!, values: runs.map((values) => values[best]!) };
}

/** One step of one image along its gradient, whose root mean square becomes the step's size; pixels stay between 0 and 1. */
function ascend(images: Float32Array, slopes: ArrayLike<number>, from: number, pixels: number, size: number): void {
  let squares = 0;
  for (let i = from; i < from + pixels; i++) squares += slopes[i]! ** 2;
  if (squares === 0) return;
  const scale = size / Math.sqrt(squares / pixels);
  for (let i = from; i < from + pixels; i++) images[i] = Math.min(1, Math.max(0, images[i]! + scale * slopes[i]!));
}
