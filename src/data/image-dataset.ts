/** What every data set of fovea resolves to. */
import type { Tensor } from "../base/tensor.ts";

/** Element type of loaded images: "float32" holds levels in 0 … 1, "uint8" the bytes 0 … 255 in a quarter of the memory. */
export type ImageDType = "float32" | "uint8";

/** Images and their classes, row by row. */
export interface ImageSplit {
  /** Images [n, height, width, channels], of one channel for grey and three for RGB; float32 in 0 … 1, or uint8 in 0 … 255. */
  readonly images: Tensor;
  /** Class numbers [n], int32, each in 0 … classNames.length - 1. */
  readonly labels: Tensor;
}

/** A labelled set of images, split into rows to train on and rows to test on. */
export interface ImageDataset {
  /** Short name: "mnist", "digits". */
  readonly name: string;
  /** Where this copy came from, in words for people: a folder, a mirror's address, or that the program drew it itself. */
  readonly source: string;
  readonly train: ImageSplit;
  readonly test: ImageSplit;
  /** Name of class i at index i. */
  readonly classNames: readonly string[];
}

/** One report of a running download. */
export interface DownloadProgress {
  /** Name of the file that is being fetched. */
  readonly file: string;
  /** Address that it is fetched from; another one when a mirror failed. */
  readonly url: string;
  /** Bytes that have come so far. */
  readonly receivedBytes: number;
  /** Bytes that will come in all; undefined when the server does not say. */
  readonly totalBytes: number | undefined;
  /** Which download of this call it is, counted from 1. */
  readonly fileNumber: number;
  /** How many downloads this call needs. */
  readonly fileCount: number;
}

/** Class names of ten digits. */
export const digitNames: readonly string[] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
