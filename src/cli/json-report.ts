/** Every line is one JSON object with an `event`; `fit` itself writes the progress events. */
import type { ImageDataset } from "../data/index.ts";
import type { Model, Tensor } from "../index.ts";
import { confusionMatrix } from "../view/confusion.ts";
import { jsonLine, type LineOptions } from "../view/terminal-line.ts";
import type { CliHost } from "./host.ts";
import { layerRows } from "./layer-rows.ts";
import type { Finish, TrainReport } from "./train-report.ts";
import type { Reached } from "./training-watch.ts";

export class JsonReport implements TrainReport {
  readonly line: LineOptions;
  readonly progress: TrainReport["progress"];
  readonly #host: CliHost;

  constructor(host: CliHost) {
    this.#host = host;
    const write = (text: string) => host.out(text);
    this.line = { mode: "json", write, now: () => performance.now() };
    this.progress = { verbose: "json", write };
  }

  data({ name, source, train, test }: ImageDataset, note: string | undefined, seed: number): void {
    const rows = { train: train.images.shape[0], test: test.images.shape[0] };
    this.#say("data", { name, source, ...rows, note: note ?? null, seed });
  }

  model(model: Model): void {
    this.#say("model", { name: model.name, params: model.countParams(), layers: layerRows(model) });
  }

  device({ name, description }: { readonly name: string; readonly description: string }, notice?: string): void {
    this.#say("device", { name, description, ...(notice === undefined ? {} : { notice }) });
  }

  resumed(folder: string): void {
    this.#say("resumed", { folder });
  }

  evaluation(scores: Readonly<Record<string, number>>): void {
    this.#say("evaluation", scores);
  }

  confusion(truth: ArrayLike<number>, predicted: ArrayLike<number>, classNames: readonly string[]): void {
    this.#say("confusion", { classNames, matrix: confusionMatrix(truth, predicted, classNames.length) });
  }

  digits(_images: Tensor, probabilities: Tensor, labels: Tensor): void {
    const predicted = probabilities.argMax().data;
    for (let i = 0; i < predicted.length; i++) {
      const row = Array.from(probabilities.slice(i, i + 1).data);
      this.#say("prediction", { index: i, predicted: predicted[i], truth: labels.data[i], probabilities: row });
    }
  }

  finished({ epochs, images, trainSeconds }: Finish): void {
    this.#say("finished", { epochs, images, trainSeconds, imagesPerSecond: images === 0 ? 0 : images / trainSeconds });
  }

  saved(file: string): void {
    this.#say("saved", { file });
  }

  interrupted(reached: Reached, goOn: string | undefined): void {
    this.#say("interrupted", { ...reached, ...(goOn === undefined ? {} : { goOn }) });
  }

  #say(event: string, values: Readonly<Record<string, unknown>>): void {
    this.#host.out(jsonLine({ event, ...values }));
  }
}
