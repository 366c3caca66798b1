/** Which part of the image a class is read from, by the maps of a convolution. */
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { checkKeys } from "../base/options.ts";
import { formatShape } from "../base/shape.ts";
import type { TensorLike } from "../base/tensor.ts";
import { gradients } from "../nn/gradients.ts";
import type { Layer } from "../nn/layers/layer.ts";
import { mul, relu } from "../ops/elementwise.ts";
import { reduceSum } from "../ops/reduce.ts";
import type { AnyModel } from "../train/model.ts";
import {
  callsOf,
  checkImageModel,
  checkName,
  classCount,
  classesOf,
  imagesOf,
  type LayerChoice,
  layerOf,
  oneHotRows,
  outputShape,
} from "./image-model.ts";
import { runProbe } from "./probe.ts";
import type { Explanation } from "./saliency.ts";

const methods = ["grad_cam", "hi_res_cam"] as const;

export interface GradCamOptions {
  /** Default "grad_cam". */
  readonly method?: (typeof methods)[number] | undefined;
  /** A layer that gives maps. Default: the last one. */
  readonly layer?: LayerChoice | undefined;
  /** The class that is explained, one for all images or one for each. Default: the one with the highest score. */
  readonly classIndex?: number | readonly number[] | undefined;
}

/**
 * Grad-CAM, Selvaraju et al. 2017: the layer's maps, each weighed by the mean derivative of the class's score by it, added up;
 * what speaks against the class is cut off.
 *
 *     L = relu(Σ_k α_k A_k)    α_k = mean over rows and columns of ∂score / ∂A_k
 *
 * The mean loses where in the map a derivative was. It fits networks whose last maps are averaged; with a Dense layer over all places
 * behind them the map may be empty. `"hi_res_cam"` (Draelos and Carin 2020) takes no mean, L = relu(Σ_k ∂score/∂A_k · A_k); for the
 * layer before a Flatten and a last Dense layer the sum under its relu, over all places, is the score but for the bias.
 *
 * The score is the value under the last softmax. Maps have the layer's own size: place (i, j) stands for the pixels that
 * `receptiveField` gives for it.
 *
 * @param model takes images [height, width, channels], gives scores of classes
 * @param images [n, height, width, channels]
 * @returns maps [n, rows, columns], 0 or more
 * @throws ShapeError for another model, images that it does not take, or a layer without maps; ArgumentError for options
 * @example
 * ```ts
 * import { Sequential, tensor } from "fovea";
 * import { gradCam } from "fovea/insight";
 * import { Conv2D, Dense, Flatten } from "fovea/layers";
 * const model = new Sequential([
 *   new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [8, 8, 1] }),
 *   new Flatten(),
 *   new Dense({ units: 10, activation: "softmax" }),
 * ]);
 * const images = tensor(Float32Array.from({ length: 64 }, (_, i) => i / 64), [1, 8, 8, 1]);
 * const { maps } = await gradCam(model, images, { classIndex: 3 });
 * maps.shape; // [1, 6, 6]
 * ```
 */
export async function gradCam(model: AnyModel, images: TensorLike, options: GradCamOptions = {}): Promise<Explanation> {
  const who = "gradCam";
  checkImageModel(who, model);
  checkKeys(who, options, ["layer", "classIndex", "method"]);
  const { method = "grad_cam" } = options;
  checkName(who, "method", method, methods);
  const layer = options.layer === undefined ? lastMaps(who, model) : layerOf(who, model, options.layer);
  const shape = outputShape(model, layer);
  if (shape.length !== 3)
    throw new ShapeError(
      `${who}: layer "${layer.name}" gives ${formatShape([null, ...shape])}, expected maps (None, rows, columns, channels).`,
    );
  const given = imagesOf(who, model, images);
  const classes = await classesOf(who, model, given, options.classIndex);
  const [maps] = await runProbe(model, given, {
    key: `${method} ${layer.name}`,
    feeds: { wanted: oneHotRows(classes, classCount(who, model)) },
    write({ logits, fed, outputOf }) {
      const activation = outputOf(layer);
      const [slope] = gradients(mul(logits, fed.wanted!), [activation]);
      const [, rows, columns] = activation.spec.shape as [number, number, number, number];
      const weights = method === "grad_cam" ? mul(reduceSum(slope, [1, 2], true), 1 / (rows * columns)) : slope;
      return [relu(reduceSum(mul(activation, weights), [3]))];
    },
  });
  return { classes, maps: maps! };
}

function lastMaps(who: string, model: AnyModel): Layer {
  const last = callsOf(model).findLast(({ output }) => output.shape.length === 4);
  if (last === undefined) throw new ArgumentError(`${who}: model "${model.name}" has no layer that gives maps.`);
  return last.layer;
}
