/** Keras's `keras.utils`: `import { imageDatasetFromDirectory, loadImg } from "fovea/utils"`. Files as data. */
export {
  type AudioDirectoryOptions,
  audioDatasetFromDirectory,
  loadWav,
} from "./audio/audio-dataset-from-directory.ts";
export type { Sound } from "./audio/wav.ts";
export type { DirectoryDataset, DirectoryElement, DirectoryFiles } from "./folders/directory-dataset.ts";
export type { CorruptFile, DirectoryOptions, LabelMode } from "./folders/directory-options.ts";
export type { FolderPlace } from "./folders/folder.ts";
export { type GetFileOptions, getFile } from "./get-file.ts";
export type { ColorMode } from "./images/colors.ts";
export { type ArrayToImgOptions, arrayToImg, imgToArray } from "./images/image-arrays.ts";
export type { ImageFormat } from "./images/image-codec.ts";
export { type ImageDirectoryOptions, imageDatasetFromDirectory } from "./images/image-dataset-from-directory.ts";
export { type LoadImgOptions, loadImg, type SaveImgOptions, saveImg } from "./images/load-img.ts";
export type { ImgInterpolation } from "./images/resample.ts";
export type { ImageInterpolation } from "./images/resize.ts";
export { type PadSequencesOptions, padSequences } from "./pad-sequences.ts";
