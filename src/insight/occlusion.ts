/** Which parts of an image a class needs: they are covered one after the other. */
import { ShapeError } from "../base/errors.ts";
import { checkKeys } from "../base/options.ts";
import { formatShape, sizeOf } from "../base/shape.ts";
import { Tensor, type TensorLike } from "../base/tensor.ts";
import { checkNumber } from "../nn/options.ts";
import type { AnyModel } from "../train/model.ts";
import { checkImageModel, checkWhole, classCount, classesOf, imagesOf, predictRows } from "./image-model.ts";
import type { Explanation } from "./saliency.ts";

export interface OcclusionOptions {
  /** Rows and columns of the patch. Default 5. */
  readonly size?: number | undefined;
  /** Pixels between neighbouring places of the patch. Default 1. */
  readonly stride?: number | undefined;
  /** The value that pixels under the patch have. Default 0. */
  readonly fill?: number | undefined;
  /** The class that is explained, one for all images or one for each. Default: the one with the highest score. */
  readonly classIndex?: number | readonly number[] | undefined;
}

/** What `occlusion` resolves to. */
export interface Occlusion extends Explanation {
  /** The class's output for each whole image. */
  readonly scores: readonly number[];
}

/** Images that are predicted together. */
const AT_ONCE = 256;

/**
 * How much the output of a class falls where a patch covers the image: Zeiler and Fergus 2013. Place (i, j) of a map is the fall
 * with rows i·stride … i·stride + size - 1 and columns j·stride … covered; it is negative where the cover helps the class.
 *
 * @param model takes images [height, width, channels], gives scores of classes
 * @param images [n, height, width, channels]
 * @returns maps [n, rows, columns], in units of the model's output: of probability behind a softmax
 * @throws ShapeError for another model, images that it does not take, or a patch larger than they are; ArgumentError for options
 * @example
 * ```ts
 * import { Sequential, tensor } from "fovea";
 * import { occlusion } from "fovea/insight";
 * import { Dense, Flatten } from "fovea/layers";
 * const model = new Sequential([new Flatten({ inputShape: [8, 8, 1] }), new Dense({ units: 10, activation: "softmax" })]);
 * const images = tensor(Float32Array.from({ length: 64 }, (_, i) => i / 64), [1, 8, 8, 1]);
 * const { maps } = await occlusion(model, images, { size: 3 });
 * maps.shape; // [1, 6, 6]
 * ```
 */
export async function occlusion(
  model: AnyModel,
  images: TensorLike,
  options: OcclusionOptions = {},
): Promise<Occlusion> {
  const who = "occlusion";
  checkImageModel(who, model);
  checkKeys(who, options, ["size", "stride", "fill", "classIndex"]);
  const { size = 5, stride = 1, fill = 0, classIndex } = options;
  checkWhole(who, "size", size, 1);
  checkWhole(who, "stride", stride, 1);
  checkNumber(who, "fill", fill, "a finite number", () => true);
  const given = imagesOf(who, model, images);
  const [count, height, width] = given.shape as [number, number, number, number];
  if (size > height || size > width)
    throw new ShapeError(
      `${who}: a patch of ${size} rows and columns does not fit into images ${formatShape(given.shape)}.`,
    );
  const classes = await classesOf(who, model, given, classIndex);
  const outputs = classCount(who, model);
  const whole = (await predictRows(model, given)).data;
  const scores = classes.map((each, i) => whole[i * outputs + each]!);
  const [rows, columns] = [height, width].map((extent) => Math.floor((extent - size) / stride) + 1) as [number, number];
  const falls = new Float32Array(count * rows * columns);
  for (let from = 0; from < falls.length; from += AT_ONCE) {
    const places = Array.from({ length: Math.min(AT_ONCE, falls.length - from) }, (_, i) => {
      const [image, place] = [Math.floor((from + i) / (rows * columns)), (from + i) % (rows * columns)];
      return { image, row: Math.floor(place / columns) * stride, column: (place % columns) * stride };
    });
    const { data } = await predictRows(model, coverEach(given, places, size, fill));
    places.forEach(({ image }, i) => {
      falls[from + i] = scores[image]! - data[i * outputs + classes[image]!]!;
    });
  }
  return { classes, scores, maps: new Tensor(falls, [count, rows, columns]) };
}

interface Place {
  readonly image: number;
  readonly row: number;
  readonly column: number;
}

/** A copy of an image for each place, with a patch there. */
function coverEach(images: Tensor, places: readonly Place[], size: number, fill: number): Tensor {
  const [, height, width, channels] = images.shape as [number, number, number, number];
  const pixels = sizeOf([height, width, channels]);
  const covered = new Float32Array(places.length * pixels);
  places.forEach(({ image, row, column }, i) => {
    covered.set(images.data.subarray(image * pixels, (image + 1) * pixels), i * pixels);
    for (let r = row; r < row + size; r++) {
      const from = i * pixels + (r * width + column) * channels;
      covered.fill(fill, from, from + size * channels);
    }
  });
  return new Tensor(covered, [places.length, height, width, channels]);
}
