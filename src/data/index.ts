/** Data: `import { Dataset, mnist } from "fovea/datasets"`. Datasets to train from, and data sets to train on. */
export type { ArchiveOptions, DownloadOptions } from "./cached-file.ts";
export { type Cifar100Options, type CifarOptions, cifar10, cifar100 } from "./cifar.ts";
export {
  Dataset,
  type DatasetBatchOptions,
  type DatasetLike,
  type MapOptions,
  type ShuffleOptions,
  type TensorParts,
  type TensorRecord,
} from "./dataset.ts";
export { type DigitsOptions, digits } from "./digits.ts";
export { fashionMnist } from "./fashion-mnist.ts";
export type { CsvColumnType, CsvValue } from "./formats/csv-columns.ts";
export { type CsvElement, type CsvFeatures, type CsvOptions, type CsvRow, csvDataset } from "./formats/csv-dataset.ts";
export { jsonLinesDataset } from "./formats/json-lines-dataset.ts";
export { loadIdx, loadNpy, loadNpz } from "./formats/load-arrays.ts";
export type { LoadOptions } from "./idx-dataset.ts";
export type { DownloadProgress, ImageDataset, ImageDType, ImageSplit } from "./image-dataset.ts";
export { imdb } from "./imdb.ts";
export type { Elements } from "./iterable-source.ts";
export { mnist } from "./mnist.ts";
export type { Batched, TensorsOf } from "./nest.ts";
export { PyDataset, type PyDatasetOptions } from "./py-dataset.ts";
export { type ReutersOptions, reuters } from "./reuters.ts";
export type { TextDataset, TextOptions, TextSplit } from "./text-dataset.ts";
