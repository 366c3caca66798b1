/** The report for people: results on the standard output, progress and messages on the standard error. */
import { formatCount, formatFixed } from "../base/format.ts";
import type { ImageDataset } from "../data/index.ts";
import type { Model, Tensor, Verbose } from "../index.ts";
import { confusionMatrix, confusionText } from "../view/confusion.ts";
import { drawPrediction } from "../view/digit.ts";
import type { LineOptions } from "../view/terminal-line.ts";
import type { CliHost } from "./host.ts";
import { scoresText } from "./scores.ts";
import type { Finish, TrainReport } from "./train-report.ts";
import type { Reached } from "./training-watch.ts";

export class TextReport implements TrainReport {
  readonly line: LineOptions;
  readonly progress: TrainReport["progress"];
  readonly #host: CliHost;

  constructor(verbose: Verbose, host: CliHost) {
    this.#host = host;
    const write = (text: string) => host.err(text);
    const mode = verbose === 0 ? "silent" : host.progress.mode;
    this.line = { ...host.progress, mode, write, now: () => performance.now() };
    this.progress = { verbose, write };
  }

  data({ name, source, train, test }: ImageDataset, note: string | undefined, seed: number): void {
    if (note !== undefined) this.#host.err(`${note}\n`);
    const rows = (images: Tensor) => formatCount(images.shape[0]!);
    this.#say(`Data: ${name}, ${rows(train.images)} images to train on, ${rows(test.images)} to test on (${source})`);
    this.#say(`Seed: ${seed}`);
  }

  model(model: Model): void {
    model.summary({ print: (text) => this.#host.out(text) });
  }

  device({ name, description }: { readonly name: string; readonly description: string }, notice?: string): void {
    this.#say(`Device: ${name} (${description})`);
    if (notice !== undefined) this.#say(notice);
  }

  resumed(folder: string): void {
    this.#say(`Going on with the training in ${folder}`);
  }

  evaluation(scores: Readonly<Record<string, number>>): void {
    this.#say(`\nOn the test images: ${scoresText(scores)}\n`);
  }

  confusion(truth: ArrayLike<number>, predicted: ArrayLike<number>, classNames: readonly string[]): void {
    this.#host.out(`${confusionText(confusionMatrix(truth, predicted, classNames.length), classNames)}\n`);
  }

  digits(images: Tensor, probabilities: Tensor, labels: Tensor, classNames: readonly string[]): void {
    const [count, height, width] = images.shape as [number, number, number];
    const predicted = probabilities.argMax().data;
    for (let i = 0; i < count; i++) {
      const text = drawPrediction({
        pixels: images.slice(i, i + 1).data,
        height,
        width,
        probabilities: probabilities.slice(i, i + 1).data,
        classNames,
        predicted: predicted[i]!,
        truth: labels.data[i]!,
        style: this.#host.color ? "color" : "shades",
      });
      this.#host.out(`${text}\n`);
    }
    const read = (values: ArrayLike<number>) => Array.from(values, (value) => classNames[value]).join(" ");
    this.#say(`The first ${count} test digits are read as ${read(predicted)}; they are ${read(labels.data)}.`);
  }

  finished({ epochs, images, trainSeconds }: Finish): void {
    if (images === 0) {
      this.#say("Nothing was left to train: give more --epochs to go on.");
      return;
    }
    const rate = `${formatCount(images / trainSeconds)} images/s`;
    const passes = epochs === 1 ? "1 epoch" : `${epochs} epochs`;
    this.#say(
      `Trained ${passes}, ${formatCount(images)} images, in ${formatFixed(trainSeconds, 1)} s: ${rate} ` +
        "(compilation and validation not counted).",
    );
  }

  saved(file: string): void {
    this.#say(`Written: ${file}`);
  }

  interrupted({ epoch, epochs, step, steps, logs }: Reached, goOn: string | undefined): void {
    const where =
      epoch === 0
        ? "before the first step"
        : `in epoch ${epoch} of ${epochs}, after ${formatCount(step)} of ${formatCount(steps)} steps`;
    const scores = Object.keys(logs).length === 0 ? "" : ` So far in this epoch: ${scoresText(logs)}.`;
    const next =
      goOn === undefined
        ? "Nothing was saved: run the same command again to train from the start."
        : `Saved. To go on:\n  ${goOn}`;
    this.#host.err(`Stopped ${where}.${scores}\n${next}\n`);
  }

  #say(line: string): void {
    this.#host.out(`${line}\n`);
  }
}
