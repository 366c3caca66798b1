/** Keras's `imagenet_utils`: what the weights of ImageNet take and give. K: `applications/imagenet_utils.py`. */
import { ShapeError, unknownName } from "../base/errors.ts";
import { checkKeys, refuseOption } from "../base/options.ts";
import { formatShape } from "../base/shape.ts";
import { type Tensor, type TensorLike, tensor } from "../base/tensor.ts";
import type { Sym } from "../ir/graph.ts";
import type { KerasTensor } from "../nn/keras-tensor.ts";
import { type DecodedPrediction, decode, imagenetClasses } from "./imagenet-classes.ts";
import { type PreprocessMode, preprocessing, scalings } from "./preprocessing.ts";

export type { DecodedPrediction } from "./imagenet-classes.ts";
export type { PreprocessInput, PreprocessMode } from "./preprocessing.ts";

/**
 * Scales pixels of 0 … 255. Each application's module has a `preprocessInput` of its own mode. K: `imagenet_utils.preprocess_input`.
 *
 * @param x images [..., 3]: numbers, or symbolic values
 * @throws ShapeError unless the last axis has 3 channels; ArgumentError for an unknown mode
 * @example
 * ```ts
 * import { imagenetUtils } from "fovea/applications";
 * imagenetUtils.preprocessInput([[0, 127.5, 255]], { mode: "tf" }).toArray(); // [[-1, 0, 1]]
 * ```
 */
export function preprocessInput<R extends number>(x: KerasTensor<R>, options?: PreprocessOptions): KerasTensor<R>;
export function preprocessInput(x: Sym, options?: PreprocessOptions): Sym;
export function preprocessInput(x: TensorLike, options?: PreprocessOptions): Tensor;
export function preprocessInput(x: unknown, options: PreprocessOptions = {}): unknown {
  checkKeys("preprocessInput", options, ["mode"]);
  const { mode = "caffe" } = options;
  if (!Object.hasOwn(scalings, mode)) throw unknownName("mode of preprocessInput", mode, Object.keys(scalings));
  return preprocessing(mode)(x as never);
}

/** Options of `preprocessInput`. */
export interface PreprocessOptions {
  /** Default "caffe". */
  readonly mode?: PreprocessMode | undefined;
}

/** Options of `decodePredictions`. */
export interface DecodeOptions {
  /** Number of classes for each image. Default 5. */
  readonly top?: number | undefined;
}

/**
 * The most probable classes of ImageNet for each image. The list of classes is downloaded once, as weights are.
 *
 * @param predictions probabilities [images, 1000]
 * @returns for each image its classes, the most probable first: [id, name, probability]
 * @throws ShapeError for another shape; InputOutputError when the list cannot be had
 * @example
 * ```ts
 * import type { Model, Tensor } from "fovea";
 * import { vgg16 } from "fovea/applications";
 * const classify = async (model: Model, images: Tensor) => {
 *   const predictions = await model.predict(vgg16.preprocessInput(images));
 *   return vgg16.decodePredictions(predictions, { top: 3 });
 * };
 * ```
 */
export async function decodePredictions(
  predictions: TensorLike,
  options: DecodeOptions = {},
): Promise<DecodedPrediction[][]> {
  checkKeys("decodePredictions", options, ["top"]);
  const { top = 5 } = options;
  if (!(Number.isInteger(top) && top > 0)) refuseOption("decodePredictions", "top", top, "a whole number of 1 or more");
  const probabilities = tensor(predictions);
  const { shape } = probabilities;
  if (shape.length !== 2 || shape[1] !== 1000)
    throw new ShapeError(
      `decodePredictions takes probabilities of ImageNet's classes [images, 1000], got ${formatShape(shape)}.`,
    );
  return decode(await imagenetClasses(), probabilities, top);
}
