/** Data sets: `import { mnist, digits } from "fovea/datasets"`. */
export type { DownloadProgress, ImageDataset, ImageDType, ImageSplit } from "./dataset.ts";
export { type DigitsOptions, digits } from "./digits.ts";
export type { LoadOptions } from "./idx-dataset.ts";
export { mnist } from "./mnist.ts";
