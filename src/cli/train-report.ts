/** The reports of `fovea train`; text-report.ts writes them for people, json-report.ts for programs. */
import type { ImageDataset } from "../data/index.ts";
import type { Model, Tensor, Verbose } from "../index.ts";
import type { LineOptions } from "../view/terminal-line.ts";
import type { Reached } from "./training-watch.ts";

export interface Finish {
  /** Epochs that were trained here, the first perhaps in part. */
  readonly epochs: number;
  /** Training images, each counted once per epoch. */
  readonly images: number;
  /** Without compilation and validation. */
  readonly trainSeconds: number;
}

/** The methods are in the order of their calls. */
export interface TrainReport {
  /** Display options of downloads. */
  readonly line: LineOptions;
  /** Display options of fit, evaluate and predict. */
  readonly progress: { readonly verbose: Verbose; readonly write: (text: string) => void };
  /** @param note why the data set is not the usual one */
  data(dataset: ImageDataset, note: string | undefined, seed: number): void;
  model(model: Model): void;
  /** @param notice what "auto" chose and why */
  device(device: { readonly name: string; readonly description: string }, notice: string | undefined): void;
  /** @param folder that it goes on from */
  resumed(folder: string): void;
  evaluation(scores: Readonly<Record<string, number>>): void;
  confusion(truth: ArrayLike<number>, predicted: ArrayLike<number>, classNames: readonly string[]): void;
  /** @param images [n, h, w, 1] @param probabilities [n, classes] @param labels [n] */
  digits(images: Tensor, probabilities: Tensor, labels: Tensor, classNames: readonly string[]): void;
  finished(finish: Finish): void;
  /** @param file that the trained model was written to */
  saved(file: string): void;
  /** @param goOn the command that goes on from here; undefined where nothing was saved */
  interrupted(reached: Reached, goOn: string | undefined): void;
}
