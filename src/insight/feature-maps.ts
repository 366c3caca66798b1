/** What layers give for images. */
import { checkKeys } from "../base/options.ts";
import type { Tensor, TensorLike } from "../base/tensor.ts";
import type { AnyModel } from "../train/model.ts";
import { checkImageModel, imagesOf, type LayerChoice, layersOf } from "./image-model.ts";
import { runProbe } from "./probe.ts";

export interface FeatureMapsOptions {
  /** Default: all layers that the model calls. */
  readonly layers?: readonly LayerChoice[] | undefined;
}

/**
 * What the layers of a model give for images: feature maps [images, rows, columns, channels] of layers over the image, rows of
 * other layers. All come of one run on the model's device; a model that trains shows the weights of the moment.
 *
 * @param model takes images [height, width, channels]
 * @param images [n, height, width, channels], as `predict` takes them
 * @returns a tensor for each layer, by the layer's name, in the order of the model
 * @throws ShapeError for a model of other inputs, or for images that it does not take; ArgumentError for a layer that it does not call
 * @example
 * ```ts
 * import { Sequential, tensor } from "fovea";
 * import { featureMaps } from "fovea/insight";
 * import { Conv2D, GlobalMaxPooling2D } from "fovea/layers";
 * const model = new Sequential([
 *   new Conv2D({ filters: 8, kernelSize: 3, name: "conv", inputShape: [28, 28, 1] }),
 *   new GlobalMaxPooling2D(),
 * ]);
 * const image = tensor(new Float32Array(28 * 28), [1, 28, 28, 1]);
 * const { conv } = await featureMaps(model, image);
 * conv?.shape; // [1, 26, 26, 8]
 * ```
 */
export async function featureMaps(
  model: AnyModel,
  images: TensorLike,
  options: FeatureMapsOptions = {},
): Promise<Record<string, Tensor>> {
  const who = "featureMaps";
  checkImageModel(who, model);
  checkKeys(who, options, ["layers"]);
  const chosen = layersOf(who, model, options.layers);
  const given = imagesOf(who, model, images);
  if (chosen.length === 0) return {};
  const names = chosen.map(({ name }) => name);
  const maps = await runProbe(model, given, {
    key: `maps ${names.join(" ")}`,
    write: ({ outputOf }) => chosen.map(outputOf),
  });
  return Object.fromEntries(names.map((name, i) => [name, maps[i]!]));
}
