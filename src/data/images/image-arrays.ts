/** Arrays of numbers ↔ images of bytes. Keras `utils/image_utils.py`. */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { checkKeys } from "../../base/options.ts";
import { formatShape } from "../../base/shape.ts";
import { Tensor, type TensorLike, tensor } from "../../base/tensor.ts";

/** Options of `arrayToImg`. */
export interface ArrayToImgOptions {
  /** Whether the smallest value becomes 0 and the largest 255; else values are taken as they are, 0 … 255. Default true. */
  readonly scale?: boolean;
}

function imageOf(who: string, image: TensorLike): Tensor {
  const made = tensor(image);
  const shape = made.rank === 2 ? [...made.shape, 1] : made.shape;
  if (shape.length === 3 && [1, 3, 4].includes(shape[2]!) && made.size > 0) return made.reshape(shape);
  throw new ShapeError(
    `${who}: got shape ${formatShape(made.shape)}, expected one image (height, width, channels) of 1, 3 or 4 channels.`,
  );
}

/**
 * An image as numbers to compute with, as Keras's `img_to_array`.
 *
 * @param image what `loadImg` or `arrayToImg` gave: [height, width, channels], or [height, width] of grey
 * @returns float32 [height, width, channels], 0 … 255
 * @throws ShapeError for other shapes
 * @example
 * ```ts
 * import { imgToArray } from "fovea/utils";
 * imgToArray([[0, 255]]).shape; // [1, 2, 1]
 * ```
 */
export function imgToArray(image: TensorLike): Tensor {
  return imageOf("imgToArray", image).astype("float32");
}

/**
 * Numbers as an image, as Keras's `array_to_img`.
 *
 * @param values [height, width, channels] of 1, 3 or 4 channels, or [height, width]
 * @returns uint8, the same shape with a channel axis; fractions are cut
 * @throws ShapeError for other shapes; ArgumentError when `scale` is false and a value lies outside 0 … 255
 * @example
 * ```ts
 * import { arrayToImg } from "fovea/utils";
 * arrayToImg([[-1, 0, 1]]).data; // Uint8Array [0, 127, 255]
 * ```
 */
export function arrayToImg(values: TensorLike, options: ArrayToImgOptions = {}): Tensor {
  checkKeys("arrayToImg", options, ["scale"]);
  const { scale = true } = options;
  if (typeof scale !== "boolean")
    throw new ArgumentError(`arrayToImg: scale is ${formatValue(scale)}, expected true or false.`);
  const image = imageOf("arrayToImg", values);
  if (!scale) return image.astype("uint8");
  const data = Float32Array.from(image.data);
  const least = data.reduce((a, b) => Math.min(a, b));
  const range = Math.fround(data.reduce((a, b) => Math.max(a, b)) - least);
  // In float32 after each step, as NumPy computes it; a value that is not finite makes no image.
  const scaled = data.map((value) => (range === 0 ? 0 : Math.fround(Math.fround(value - least) / range)) * 255);
  return new Tensor(scaled, image.shape).astype("uint8");
}
