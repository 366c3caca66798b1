/** The receptive field of one unit as it is in this network with these weights, by derivatives. */
import { ShapeError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { checkKeys } from "../base/options.ts";
import { formatShape, sizeOf } from "../base/shape.ts";
import { Tensor, type TensorLike } from "../base/tensor.ts";
import { gradients } from "../nn/gradients.ts";
import type { Layer } from "../nn/layers/layer.ts";
import { mul } from "../ops/elementwise.ts";
import type { AnyModel } from "../train/model.ts";
import { checkImageModel, imagesOf, type LayerChoice, layerOf, outputShape } from "./image-model.ts";
import { runProbe } from "./probe.ts";

export interface MeasuredFieldOptions {
  readonly layer: LayerChoice;
  /** The unit's place in the layer's output: [row, column, channel] in maps, [index] in a row. */
  readonly unit: readonly number[];
  /** What derivatives are taken at, [n, height, width, channels]. A unit that no image makes respond has none. */
  readonly images: TensorLike;
}

/**
 * How much one unit's value changes with each pixel: the mean over images of |∂ unit / ∂ pixel|, summed over the pixel's channels.
 * It is 0 wherever `receptiveField` says that the unit does not look, and mostly smaller at the field's border than in its middle:
 * Luo et al., "Understanding the Effective Receptive Field in Deep Convolutional Neural Networks", 2016.
 *
 * @param model takes images [height, width, channels]
 * @returns [height, width], in units of the unit's value per unit of pixel value
 * @throws ShapeError for another model, images that it does not take, or a unit that the layer does not have; ArgumentError for options
 * @example
 * ```ts
 * import { Sequential, tensor } from "fovea";
 * import { measuredField } from "fovea/insight";
 * import { Conv2D } from "fovea/layers";
 * const model = new Sequential([new Conv2D({ filters: 4, kernelSize: 3, name: "conv", inputShape: [8, 8, 1] })]);
 * const images = tensor(Float32Array.from({ length: 64 }, (_, i) => i / 64), [1, 8, 8, 1]);
 * const field = await measuredField(model, { layer: "conv", unit: [2, 3, 0], images });
 * field.shape; // [8, 8]: rows 2 to 4 and columns 3 to 5 are not 0
 * ```
 */
export async function measuredField(model: AnyModel, options: MeasuredFieldOptions): Promise<Tensor> {
  const who = "measuredField";
  checkImageModel(who, model);
  checkKeys(who, options, ["layer", "unit", "images"]);
  const layer = layerOf(who, model, options.layer);
  const mask = unitMask(who, model, layer, options.unit);
  const images = imagesOf(who, model, options.images);
  const [slopes] = await runProbe(model, images, {
    key: `field ${layer.name}`,
    // The unit is chosen by an input, so that all units of a layer share one program.
    shared: { mask },
    write: ({ images, fed, outputOf }) => gradients(mul(outputOf(layer), fed.mask!), [images]),
  });
  const [count, height, width, channels] = slopes!.shape as [number, number, number, number];
  const field = new Float64Array(height * width);
  slopes!.data.forEach((slope, i) => {
    field[Math.floor(i / channels) % field.length]! += Math.abs(slope) / count;
  });
  return new Tensor(Float32Array.from(field), [height, width]);
}

/** An array of the layer's output for one image, with axis 0 for the batch: 1 at the unit, 0 elsewhere. */
function unitMask(who: string, model: AnyModel, layer: Layer, unit: readonly number[]): Tensor {
  const shape = outputShape(model, layer);
  const fits =
    Array.isArray(unit) &&
    unit.length === shape.length &&
    unit.every((index, i) => Number.isInteger(index) && index >= 0 && index < shape[i]!);
  if (!fits)
    throw new ShapeError(
      `${who}: unit is ${formatValue(unit)}, expected a place in what layer "${layer.name}" gives, ${formatShape(shape)}, counted from 0.`,
    );
  const mask = new Float32Array(sizeOf(shape));
  mask[unit.reduce((place, index, i) => place * shape[i]! + index, 0)] = 1;
  return new Tensor(mask, [1, ...shape]);
}
