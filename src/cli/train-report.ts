/** What `fovea train` tells; text-report.ts writes it for people, json-report.ts for programs. */
import type { ImageDataset } from "../data/index.ts";
import type { Model, Tensor, Verbose } from "../index.ts";
import type { LineOptions } from "../view/terminal-line.ts";
import type { Reached } from "./training-watch.ts";

export interface Finish {
  readonly epochs: number;
  /** Images trained on, counted once per epoch. */
  readonly images: number;
  /** Without compilation and validation. */
  readonly trainSeconds: number;
}

/** In the order of the calls. */
export interface TrainReport {
  /** For a download. */
  readonly line: LineOptions;
  /** For fit, evaluate and predict. */
  readonly progress: { readonly verbose: Verbose; readonly write: (text: string) => void };
  /** @param note why it is another data set than the usual one */
  data(dataset: ImageDataset, note: string | undefined, seed: number): void;
  model(model: Model): void;
  /** @param notice what "auto" took and why */
  device(device: { readonly name: string; readonly description: string }, notice: string | undefined): void;
  evaluation(scores: Readonly<Record<string, number>>): void;
  confusion(truth: ArrayLike<number>, predicted: ArrayLike<number>, classNames: readonly string[]): void;
  /** @param images [n, h, w, 1] @param probabilities [n, classes] @param labels [n] */
  digits(images: Tensor, probabilities: Tensor, labels: Tensor, classNames: readonly string[]): void;
  finished(finish: Finish): void;
  interrupted(reached: Reached): void;
}
