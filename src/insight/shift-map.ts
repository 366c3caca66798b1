/** What a model reads when the image is shifted. */
import { checkKeys } from "../base/options.ts";
import { Tensor, type TensorLike } from "../base/tensor.ts";
import { checkNumber } from "../nn/options.ts";
import type { AnyModel } from "../train/model.ts";
import { checkImageModel, checkWhole, classCount, imageOf, predictRows } from "./image-model.ts";

export interface ShiftMapOptions {
  /** The farthest shift in pixels, in each of four directions. Default 3. */
  readonly reach?: number | undefined;
  /** The value of pixels that come in at the border. Default 0. */
  readonly fill?: number | undefined;
}

/** What `shiftMap` resolves to. Place (i, j) is the shift by i - reach rows downwards and j - reach columns to the right. */
export interface ShiftMap {
  /** The class with the highest output, int32 [2·reach + 1, 2·reach + 1]. */
  readonly classes: Tensor;
  /** All outputs, float32 [2·reach + 1, 2·reach + 1, classes]. */
  readonly outputs: Tensor;
}

/**
 * The model's answer for every shift of one image: whether a network reads a digit that lies elsewhere.
 *
 * @param model takes images [height, width, channels], gives scores of classes
 * @param image [height, width, channels], or a batch of one
 * @throws ShapeError for another model or image; ArgumentError for options
 * @example
 * ```ts
 * import { Sequential, tensor } from "fovea";
 * import { shiftMap } from "fovea/insight";
 * import { Dense, Flatten } from "fovea/layers";
 * const model = new Sequential([new Flatten({ inputShape: [8, 8, 1] }), new Dense({ units: 10, activation: "softmax" })]);
 * const { classes } = await shiftMap(model, tensor(new Float32Array(64).fill(1), [8, 8, 1]), { reach: 2 });
 * classes.shape; // [5, 5]
 * ```
 */
export async function shiftMap(model: AnyModel, image: TensorLike, options: ShiftMapOptions = {}): Promise<ShiftMap> {
  const who = "shiftMap";
  checkImageModel(who, model);
  checkKeys(who, options, ["reach", "fill"]);
  const { reach = 3, fill = 0 } = options;
  checkWhole(who, "reach", reach, 0);
  checkNumber(who, "fill", fill, "a finite number", () => true);
  const given = imageOf(who, model, image);
  const [, height, width, channels] = given.shape as [number, number, number, number];
  checkNumber(
    who,
    "reach",
    reach,
    `less than the image's extent, ${Math.max(height, width)}`,
    (r) => r < Math.max(height, width),
  );
  const side = 2 * reach + 1;
  const shifted = new Float32Array(side * side * height * width * channels).fill(fill);
  for (let place = 0; place < side * side; place++) {
    const [down, right] = [Math.floor(place / side) - reach, (place % side) - reach];
    const [first, last] = [Math.max(0, right), Math.min(width, width + right)];
    for (let row = Math.max(0, down); row < Math.min(height, height + down) && first < last; row++) {
      const from = ((row - down) * width + first - right) * channels;
      const line = given.data.subarray(from, from + (last - first) * channels);
      shifted.set(line, ((place * height + row) * width + first) * channels);
    }
  }
  const outputs = await predictRows(model, new Tensor(shifted, [side * side, height, width, channels]));
  return {
    classes: outputs.argMax().reshape([side, side]),
    outputs: outputs.reshape([side, side, classCount(who, model)]),
  };
}
