/** Folders of images as datasets. Keras `utils/image_dataset_utils.py`. */
import { ArgumentError, unknownName } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { checkKeys } from "../../base/options.ts";
import { type DirectoryDataset, directoryDataset } from "../folders/directory-dataset.ts";
import { type DirectoryOptions, directoryOptionNames, PARALLEL } from "../folders/directory-options.ts";
import type { FolderPlace } from "../folders/folder.ts";
import { type ColorMode, checkColorMode } from "./colors.ts";
import { checkSize } from "./image-size.ts";
import { type ImageInterpolation, imageInterpolations } from "./resize.ts";

/** Options of `imageDatasetFromDirectory`. */
export interface ImageDirectoryOptions extends DirectoryOptions {
  /** Channels of the images: 1, 3 or 4. Default "rgb". */
  readonly colorMode?: ColorMode;
  /** Height and width that all images get, or one number for both. Default [256, 256]. */
  readonly imageSize?: number | readonly [height: number, width: number];
  /** How they are resized, as TensorFlow does (half-pixel centres, no antialiasing). Default "bilinear". */
  readonly interpolation?: ImageInterpolation;
  /** Whether the largest middle of the right proportions is cut out instead of stretching the image. Default false. */
  readonly cropToAspectRatio?: boolean;
  /** Whether black is added on two sides instead of stretching the image. Default false. */
  readonly padToAspectRatio?: boolean;
}

const optionNames = [
  ...directoryOptionNames,
  "colorMode",
  "imageSize",
  "interpolation",
  "cropToAspectRatio",
  "padToAspectRatio",
];
const formats = [".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp"];

/**
 * Images of a folder, a folder for each class in it, as batches to train on: Keras's `image_dataset_from_directory`.
 *
 * Files are found, sorted, shuffled by the seed and split as in Keras, so the same seed gives the same split. In each pass
 * they are read in another order, all of them mixed (Keras mixes eight batches at a time). They are decoded ahead of the device:
 * in Node, JPEGs by worker threads into shared memory, other formats but BMP by the npm package `sharp`, which is to be installed
 * beside fovea; elsewhere by the browser's own decoders. The memory of a batch that `fit` has used is used again. Pixels are
 * those of the file: the EXIF orientation is not applied, as in Keras. WebP is read, which Keras passes over.
 *
 * @param directory the path of a folder in Node; a directory handle (`showDirectoryPicker()`) in a browser
 * @returns a `Dataset` of float32 images [batch, height, width, channels] in 0 … 255, with labels unless there are none:
 *   int32 [batch], one-hot float32 [batch, classes] or float32 [batch, 1]; `classNames` and `filePaths` tell what was found. For
 *   subset "both" a list of two
 * @throws ArgumentError when an option has a value that it cannot take; InputOutputError when the folder cannot be read or
 *   holds no images. While images are read, a DatasetError names a file that is damaged, unless `onCorrupt` leaves it out
 * @example
 * ```ts
 * import { imageDatasetFromDirectory } from "fovea/utils";
 * const load = async () => {
 *   const options = { imageSize: [96, 96], validationSplit: 0.2, subset: "both", seed: 1 } as const;
 *   const [train, test] = await imageDatasetFromDirectory("flowers", options);
 *   return [train.map(([x, y]) => [x, y]), test, train.classNames];
 * };
 * ```
 */
export async function imageDatasetFromDirectory<const O extends ImageDirectoryOptions = ImageDirectoryOptions>(
  directory: FolderPlace,
  options?: O,
): Promise<DirectoryDataset<O>>;
export async function imageDatasetFromDirectory(
  directory: FolderPlace,
  options: ImageDirectoryOptions = {},
): Promise<unknown> {
  const who = "imageDatasetFromDirectory";
  checkKeys(who, options, optionNames);
  const { colorMode = "rgb", imageSize = 256, interpolation = "bilinear" } = options;
  const { cropToAspectRatio: crops = false, padToAspectRatio: pads = false } = options;
  checkColorMode(colorMode);
  if (!imageInterpolations.includes(interpolation))
    throw unknownName("interpolation", interpolation, imageInterpolations);
  for (const [name, value] of Object.entries({ cropToAspectRatio: crops, padToAspectRatio: pads }))
    if (typeof value !== "boolean")
      throw new ArgumentError(`${who}: ${name} is ${formatValue(value)}, expected true or false.`);
  if (crops && pads) throw new ArgumentError(`${who}: only one of cropToAspectRatio and padToAspectRatio can be true.`);
  const size = checkSize(who, "imageSize", imageSize);
  const fit = crops ? "crop" : pads ? "pad" : "stretch";
  const { ImageRows } = await import("./image-rows.ts");
  // The options that folders have in common are checked there, before anything is read.
  let rows: InstanceType<typeof ImageRows> | undefined;
  return directoryDataset(who, directory, options, {
    formats,
    read(files) {
      rows ??= new ImageRows({ colorMode, size, interpolation, fit, parallel: options.parallel ?? PARALLEL });
      return rows.read(files);
    },
    recycle: (tensor) => rows?.recycle(tensor),
  });
}
