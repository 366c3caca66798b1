/** Units that give 0 whatever they are shown: a relu whose weights have moved too far learns nothing any more. */
import { checkKeys } from "../base/options.ts";
import type { TensorLike } from "../base/tensor.ts";
import { abs, where } from "../ops/elementwise.ts";
import { reduceSum } from "../ops/reduce.ts";
import type { AnyModel } from "../train/model.ts";
import { checkImageModel, imagesOf, type LayerChoice, layersOf, outputShape } from "./image-model.ts";
import { runProbe } from "./probe.ts";

export interface DeadUnitsOptions {
  /** Default: all layers that the model calls. */
  readonly layers?: readonly LayerChoice[] | undefined;
}

/** One layer's share of zeros. */
export interface LayerZeros {
  readonly layer: string;
  /** Channels of maps, or entries of a row. */
  readonly units: number;
  /** The units that are 0 for all images, at every place. */
  readonly dead: readonly number[];
  /** Share of the layer's values that are 0, over all images: 0 … 1. */
  readonly zeros: number;
}

/**
 * Which units of which layers are 0 for all of these images, and how many of the layers' values are.
 *
 * @param model takes images [height, width, channels]
 * @param images [n, height, width, channels]
 * @returns one entry for each layer, in the order of the model
 * @throws ShapeError for another model or images that it does not take; ArgumentError for a layer that it does not call
 * @example
 * ```ts
 * import { Sequential, tensor } from "fovea";
 * import { deadUnits } from "fovea/insight";
 * import { Conv2D } from "fovea/layers";
 * const model = new Sequential([
 *   new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [8, 8, 1] }),
 * ]);
 * const [conv] = await deadUnits(model, tensor(new Float32Array(64), [1, 8, 8, 1]));
 * conv?.dead;  // [0, 1, 2, 3]: a black image makes nothing respond
 * conv?.zeros; // 1
 * ```
 */
export async function deadUnits(
  model: AnyModel,
  images: TensorLike,
  options: DeadUnitsOptions = {},
): Promise<LayerZeros[]> {
  const who = "deadUnits";
  checkImageModel(who, model);
  checkKeys(who, options, ["layers"]);
  const chosen = layersOf(who, model, options.layers);
  const given = imagesOf(who, model, images);
  if (chosen.length === 0) return [];
  const rows = given.shape[0]!;
  const counts = await runProbe(model, given, {
    key: `zeros ${chosen.map(({ name }) => name).join(" ")}`,
    write: ({ outputOf }) =>
      chosen.map((layer) => {
        const value = outputOf(layer);
        const isZero = where(0, abs(value), 0, 1);
        return reduceSum(isZero, value.spec.shape.map((_, axis) => axis).slice(1, -1));
      }),
  });
  return chosen.map((layer, i) => {
    const shape = outputShape(model, layer);
    const units = shape.at(-1)!;
    const places = shape.slice(0, -1).reduce((product, extent) => product * extent, 1);
    const zeros = new Float64Array(units);
    counts[i]!.data.forEach((count, at) => {
      zeros[at % units]! += count;
    });
    const dead = [...zeros.keys()].filter((unit) => zeros[unit] === rows * places);
    return { layer: layer.name, units, dead, zeros: zeros.reduce((a, b) => a + b, 0) / (rows * places * units) };
  });
}
