/** One image from a file, or to a file. Keras `utils/image_utils.py`, load_img and save_img. */
import { ArgumentError, InputOutputError, unknownName } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { checkKeys } from "../../base/options.ts";
import { Tensor, type TensorLike } from "../../base/tensor.ts";
import { type LoadPlace, placeOf, type SavePlace, using } from "../../io/place.ts";
import { openFile } from "../formats/open-file.ts";
import { type ColorMode, checkColorMode } from "./colors.ts";
import { arrayToImg } from "./image-arrays.ts";
import { type ImageFormat, imageFormat } from "./image-codec.ts";
import { checkSize } from "./image-size.ts";
import type { Box, ImgInterpolation } from "./resample.ts";

/** Options of `loadImg`. */
export interface LoadImgOptions {
  /** Channels of the result: 1, 3 or 4. Default "rgb". */
  readonly colorMode?: ColorMode;
  /** Height and width of the result, or one number for both. Default: the image's own. */
  readonly targetSize?: number | readonly [height: number, width: number];
  /** How it is resized, as PIL does. Default "nearest". */
  readonly interpolation?: ImgInterpolation;
  /** Whether the middle that has the target's proportions is cut out instead of stretching the image. Default false. */
  readonly keepAspectRatio?: boolean;
}

/** Larger files are no images to train on. */
const MOST_BYTES = 2 ** 30;
const loadOptions = ["colorMode", "targetSize", "interpolation", "keepAspectRatio"];
const interpolations: readonly ImgInterpolation[] = ["nearest", "bilinear", "bicubic", "hamming", "box", "lanczos"];

/**
 * Loads an image: JPEG, PNG, WebP, GIF (its first picture) or BMP.
 *
 * Node needs the npm package `sharp` beside fovea (for BMP it does not); browsers use their own decoders. The pixels are those of
 * the file, as in Keras: its EXIF orientation and its colour profile are not applied. Alpha is dropped, not blended.
 * In a browser without WebGL the colours of transparent pixels are rounded.
 *
 * @param where a path or file: URL in Node; an address, a File or Blob, bytes, or any other place that `loadModel` takes
 * @returns uint8 [height, width, channels]; `imgToArray` makes float32 of it
 * @throws InputOutputError when there is no such file, or no decoder
 * @throws FormatError when it is no image or is damaged
 * @throws ArgumentError when an option has a value that it cannot take
 * @example
 * ```ts
 * import { arrayToImg, loadImg, saveImg } from "fovea/utils";
 * const roundTrip = async () => {
 *   await saveImg("gradient.png", [[0, 64, 128, 255]]);
 *   return loadImg("gradient.png", { colorMode: "grayscale", targetSize: [2, 8] }); // [2, 8, 1]
 * };
 * ```
 */
export async function loadImg(where: LoadPlace, options: LoadImgOptions = {}): Promise<Tensor> {
  checkKeys("loadImg", options, loadOptions);
  const { colorMode = "rgb", targetSize, interpolation = "nearest", keepAspectRatio = false } = options;
  checkColorMode(colorMode);
  if (!interpolations.includes(interpolation)) throw unknownName("interpolation", interpolation, interpolations);
  if (typeof keepAspectRatio !== "boolean")
    throw new ArgumentError(`loadImg: keepAspectRatio is ${formatValue(keepAspectRatio)}, expected true or false.`);
  const size = targetSize === undefined ? undefined : checkSize("loadImg", "targetSize", targetSize);
  const image = await using(await openFile("loadImg", where), async (source) => {
    if (source.size > MOST_BYTES)
      throw new InputOutputError(
        `loadImg: ${source.name} has ${source.size} bytes; images of up to ${MOST_BYTES} are read.`,
      );
    const { decodeImage } = await import("./image-codec.ts");
    const { data, height, width, channels } = await decodeImage(
      await source.read(0, source.size),
      source.name,
      colorMode,
    );
    return new Tensor(data, [height, width, channels]);
  });
  const [height, width] = image.shape as [number, number];
  if (size === undefined || (size[0] === height && size[1] === width)) return image;
  const { resampleImage } = await import("./resample.ts");
  return resampleImage(
    image,
    size,
    interpolation,
    keepAspectRatio ? middle(height, width, size) : { top: 0, left: 0, height, width },
  );
}

/** The largest rectangle in the middle that has the target's proportions. */
function middle(height: number, width: number, [toHeight, toWidth]: readonly [number, number]): Box {
  const rows = Math.max(1, Math.min(height, Math.floor((width * toHeight) / toWidth)));
  const columns = Math.max(1, Math.min(width, Math.floor((height * toWidth) / toHeight)));
  return {
    top: Math.floor((height - rows) / 2),
    left: Math.floor((width - columns) / 2),
    height: rows,
    width: columns,
  };
}

/** Options of `saveImg`. */
export interface SaveImgOptions {
  /** Default: the ending of the file's name. */
  readonly fileFormat?: ImageFormat | "jpg";
  /** Whether the smallest value becomes 0 and the largest 255; else values are 0 … 255. Default true. */
  readonly scale?: boolean;
  /** Of JPEG and WebP, 1 … 100. Default 75, as in PIL. */
  readonly quality?: number;
}

/**
 * Saves an image as JPEG, PNG, WebP or, in Node, GIF, as Keras's `save_img`. JPEG has no alpha, which is left out.
 *
 * Node needs the npm package `sharp` beside fovea. A file on a disk is written under another name and renamed.
 *
 * @param where a path or file: URL in Node; "opfs://name", "downloads://name", a handle, or a file of a store of one's own
 * @param values [height, width, channels] of 1, 3 or 4 channels, or [height, width]
 * @throws ShapeError for other shapes; ArgumentError for an unknown format; InputOutputError when it cannot be written
 * @example
 * ```ts
 * import { saveImg } from "fovea/utils";
 * const save = (heat: Float32Array[]) => saveImg("heat.png", heat);
 * ```
 */
export async function saveImg(where: SavePlace, values: TensorLike, options: SaveImgOptions = {}): Promise<void> {
  checkKeys("saveImg", options, ["fileFormat", "scale", "quality"]);
  const { fileFormat, scale, quality = 75 } = options;
  if (!(Number.isInteger(quality) && quality >= 1 && quality <= 100))
    throw new ArgumentError(`saveImg: quality is ${formatValue(quality)}, expected a whole number of 1 … 100.`);
  const image = arrayToImg(values, scale === undefined ? {} : { scale });
  const place = await placeOf("saveImg", where);
  if (place.name === undefined)
    throw new ArgumentError(`saveImg: ${place.title} is a folder; pass the path of a file in it.`);
  const ending = /\.([a-z]+)$/i.exec(place.name)?.[1]?.toLowerCase();
  const format = imageFormat(fileFormat ?? ending);
  const { encodeImage } = await import("./image-codec.ts");
  await place.store.write(place.name, [await encodeImage(image, format, quality)]);
}
