/** Keras's `keras.utils`: `import { imageDatasetFromDirectory, loadImg, plotModel } from "fovea/utils"`. */
export {
  type AudioDirectoryOptions,
  audioDatasetFromDirectory,
  loadWav,
} from "../data/audio/audio-dataset-from-directory.ts";
export type { Sound } from "../data/audio/wav.ts";
export type { DirectoryDataset, DirectoryElement, DirectoryFiles } from "../data/folders/directory-dataset.ts";
export type { CorruptFile, DirectoryOptions, LabelMode } from "../data/folders/directory-options.ts";
export type { FolderPlace } from "../data/folders/folder.ts";
export { type GetFileOptions, getFile } from "../data/get-file.ts";
export type { ColorMode } from "../data/images/colors.ts";
export { type ArrayToImgOptions, arrayToImg, imgToArray } from "../data/images/image-arrays.ts";
export type { ImageFormat } from "../data/images/image-codec.ts";
export { type ImageDirectoryOptions, imageDatasetFromDirectory } from "../data/images/image-dataset-from-directory.ts";
export { type LoadImgOptions, loadImg, type SaveImgOptions, saveImg } from "../data/images/load-img.ts";
export type { ImgInterpolation } from "../data/images/resample.ts";
export type { ImageInterpolation } from "../data/images/resize.ts";
export { type NormalizeOptions, normalize } from "../data/normalize.ts";
export { toCategorical } from "../data/one-hot.ts";
export { type PadSequencesOptions, padSequences } from "../data/pad-sequences.ts";
export { type SplitOptions, splitDataset } from "../data/split-dataset.ts";
export { type TimeseriesOptions, timeseriesDatasetFromArray } from "../data/timeseries-dataset.ts";
export { type PlotModelOptions, plotModel } from "./plot-model.ts";
export type { Choice, NumberRange, SearchSpace, SpaceValues } from "./tuning/search-space.ts";
export type { Trial } from "./tuning/trials.ts";
export { type TuneOptions, type TuneResult, tune } from "./tuning/tune.ts";
