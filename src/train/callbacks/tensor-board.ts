import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Pixels } from "../../base/png.ts";
import { formatShape } from "../../base/shape.ts";
import { Tensor, type TensorLike, tensor } from "../../base/tensor.ts";
import { EventFile, histogramValue, imageValue, modelValue, scalarValue } from "../../io/event-file.ts";
import { folderOf, type SavePlace } from "../../io/place.ts";
import { checkFlag, checkNumber, fillOptions } from "../../nn/options.ts";
import { isFirstProcess } from "../../nn/process-state.ts";
import type { Variable } from "../../nn/variable.ts";
import type { Logs } from "../history.ts";
import { checkCount } from "../options.ts";
import { StateReader } from "../run-state.ts";
import { Callback, type CallbackState } from "./callback.ts";

export interface TensorBoardOptions {
  /**
   * The folder of the event files: a path, a folder that the user chose in a browser, "opfs://name", "indexeddb://name" or
   * { store, name }. Default "logs".
   */
  readonly logDir?: SavePlace;
  /** After how many epochs the distributions of the weights are written; 0: never. Default 0. */
  readonly histogramFreq?: number;
  /** Whether the model's layers are written, as TensorBoard's "Keras" graph. Default true. */
  readonly writeGraph?: boolean;
  /** Whether the weights are written as images too, with their distributions. Default false. */
  readonly writeImages?: boolean;
  /** Whether steps per second are written. Default false. */
  readonly writeStepsPerSecond?: boolean;
  /** "epoch", "batch", or after how many batches loss and metrics are written, besides those of each epoch. Default "epoch". */
  readonly updateFreq?: "batch" | "epoch" | number;
}

const defaults: Required<TensorBoardOptions> = {
  logDir: "logs",
  histogramFreq: 0,
  writeGraph: true,
  writeImages: false,
  writeStepsPerSecond: false,
  updateFreq: "epoch",
};

/** How many of several images TensorFlow's `summary.image` writes. */
const MOST_IMAGES = 3;

type Run = "train" | "validation";

/**
 * Writes event files that TensorBoard shows (`tensorboard --logdir logs`): loss and metrics of training and validation in the folders
 * `train` and `validation`, the learning rate, the model's layers, distributions and images of the weights. K:
 * `callbacks/tensorboard.py`, whose names it uses: `epoch_loss`, `batch_loss`, `evaluation_loss_vs_iterations`,
 * `dense/kernel/histogram`. Profiles and embeddings are not written.
 *
 * A file only grows, and is complete after each epoch. Each `fit` begins a new one in the same folders; a run that `BackupAndRestore`
 * continues goes on with its number of batches, so that the curves go on.
 *
 * Further numbers, distributions and images come by the methods `scalar`, `histogram` and `image`, e.g. from another callback.
 *
 * @example
 * ```ts
 * import { TensorBoard } from "fovea/callbacks";
 * const board = new TensorBoard({ logDir: "logs/run-1", histogramFreq: 1 });
 * const callbacks = [{ onEpochEnd: (epoch: number) => board.scalar("temperature", 1 / (epoch + 1), epoch) }, board];
 * ```
 */
export class TensorBoard extends Callback {
  static override readonly className = "TensorBoard";
  override readonly reads = "logs";
  readonly options: Required<TensorBoardOptions>;
  #files: Partial<Record<Run, EventFile>> = {};
  /** Batches trained, across epochs. */
  #batches = 0;
  /** When the epoch and the batch began, and how many updates there were before the epoch. */
  #begun = { epochAt: 0, batchAt: 0, iterations: 0 };

  /** @throws ArgumentError for options that are none */
  constructor(given: TensorBoardOptions = {}) {
    super();
    this.options = fillOptions("TensorBoard", given, defaults);
    const { histogramFreq, writeGraph, writeImages, writeStepsPerSecond, updateFreq } = this.options;
    checkCount("TensorBoard", "histogramFreq", histogramFreq, 0);
    for (const [name, value] of Object.entries({ writeGraph, writeImages, writeStepsPerSecond }))
      checkFlag("TensorBoard", name, value);
    if (typeof updateFreq === "number") checkCount("TensorBoard", "updateFreq", updateFreq, 1);
    else if (updateFreq !== "epoch" && updateFreq !== "batch")
      throw new ArgumentError(
        `TensorBoard: updateFreq is ${formatValue(updateFreq)}, expected "epoch", "batch" or a number of batches.`,
      );
  }

  override getState(): CallbackState {
    return { batches: this.#batches };
  }

  override setState(state: CallbackState): void {
    this.#batches = new StateReader("TensorBoard", state).count("batches");
  }

  /** Batches after which loss and metrics are written; undefined: only at the end of epochs. */
  get #every(): number | undefined {
    const { updateFreq } = this.options;
    return updateFreq === "epoch" ? undefined : updateFreq === "batch" ? 1 : updateFreq;
  }

  #file(run: Run): EventFile {
    const folder = async () => (await folderOf("TensorBoard", this.options.logDir)).folder(run);
    this.#files[run] ??= new EventFile(folder, () => Date.now() / 1000);
    return this.#files[run];
  }

  /**
   * Writes a number to the run "train". It is in the file after `flush`, or at the end of the epoch.
   *
   * @param name its tag: charts of one "group/…" stand together
   * @param step the place on the axis: an epoch or a number of batches
   * @example
   * ```ts
   * import { TensorBoard } from "fovea/callbacks";
   * new TensorBoard().scalar("norms/kernel", 0.5, 3);
   * ```
   */
  scalar(name: string, value: number, step: number): void {
    checkTag("scalar", name, step);
    checkNumber("TensorBoard.scalar", "value", value, "a number", () => true);
    this.#file("train").add(step, scalarValue(name, value));
  }

  /**
   * Writes how values are distributed, in 30 buckets, to the run "train"; values that are not finite are left out.
   *
   * @param values any shape
   * @param step the place on the axis
   * @example
   * ```ts
   * import { TensorBoard } from "fovea/callbacks";
   * new TensorBoard().histogram("outputs", [0.1, 0.9, 0.5], 0);
   * ```
   */
  histogram(name: string, values: TensorLike, step: number): void {
    checkTag("histogram", name, step);
    this.#file("train").add(step, histogramValue(name, tensor(values).data));
  }

  /**
   * Writes images to the run "train".
   *
   * @param images one [height, width, channels] or several [n, height, width, channels] of 1, 3 or 4 channels: uint8, or other
   *   numbers 0 … 1; what lies outside is cut off
   * @param step the place on the axis
   * @param options `maxOutputs`: how many of them are written. Default 3
   * @throws ShapeError for other shapes
   * @example
   * ```ts
   * import { tensor } from "fovea";
   * import { TensorBoard } from "fovea/callbacks";
   * await new TensorBoard().image("grey", tensor(new Float32Array(64).fill(0.5), [8, 8, 1]), 0);
   * ```
   */
  async image(
    name: string,
    images: TensorLike,
    step: number,
    options: { readonly maxOutputs?: number } = {},
  ): Promise<void> {
    checkTag("image", name, step);
    const { maxOutputs } = fillOptions("TensorBoard.image", options, { maxOutputs: MOST_IMAGES });
    checkCount("TensorBoard.image", "maxOutputs", maxOutputs, 1);
    const pixels = pixelsOf(tensor(images)).slice(0, maxOutputs);
    this.#file("train").add(step, await imageValue(name, pixels));
  }

  /** Writes to the files what was added since; at the end of each epoch this is done. */
  async flush(): Promise<void> {
    if (!isFirstProcess()) this.#files = {};
    await Promise.all(Object.values(this.#files).map((file) => file.flush()));
  }

  override onTrainBegin(): void {
    this.#files = {};
    this.#batches = 0;
    if (this.options.writeGraph) this.#writeGraph();
  }

  #writeGraph(): void {
    try {
      this.#file("train").add(0, modelValue("keras", JSON.stringify(this.requireModel())));
    } catch (error) {
      // A model with functions has no configuration; its training is none the worse for it, as in Keras.
      if (!(error instanceof ArgumentError)) throw error;
      this.say(`TensorBoard: the model's graph is not written: ${error.message}`);
    }
  }

  override onEpochBegin(): void {
    if (!this.options.writeStepsPerSecond) return;
    this.#begun = { ...this.#begun, epochAt: performance.now(), iterations: this.requireModel().optimizer!.iterations };
  }

  override onTrainBatchBegin(): void {
    if (this.options.writeStepsPerSecond) this.#begun = { ...this.#begun, batchAt: performance.now() };
  }

  override onTrainBatchEnd(_batch: number, logs: Logs): void {
    const step = ++this.#batches;
    const every = this.#every;
    if (every === undefined || step % every !== 0) return;
    const rate: Logs = this.options.writeStepsPerSecond
      ? { steps_per_second: 1000 / (performance.now() - this.#begun.batchAt) }
      : {};
    this.#add("train", { ...rate, ...logs }, step, (name) => `batch_${name}`);
  }

  #add(run: Run, logs: Logs, step: number, tagOf: (name: string) => string): void {
    const values = Object.entries(logs).map(([name, value]) => scalarValue(tagOf(name), value));
    if (values.length > 0) this.#file(run).add(step, ...values);
  }

  override async onTestEnd(logs: Logs): Promise<void> {
    const step = this.model?.optimizer?.iterations;
    if (step === undefined) return;
    this.#add("validation", logs, step, (name) => `evaluation_${name}_vs_iterations`);
    await this.flush();
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    checkCount("TensorBoard", "epoch", epoch, 0);
    const { histogramFreq, writeStepsPerSecond } = this.options;
    const { optimizer } = this.requireModel();
    const isValidation = (name: string) => name.startsWith("val_");
    const pick = (wanted: boolean) =>
      Object.fromEntries(Object.entries(logs).filter(([name]) => isValidation(name) === wanted));
    const training: Logs = { ...pick(false), learning_rate: optimizer!.learningRate };
    if (writeStepsPerSecond) {
      const { epochAt, iterations } = this.#begun;
      training.steps_per_second = (1000 * (optimizer!.iterations - iterations)) / (performance.now() - epochAt);
    }
    this.#add("train", training, epoch, (name) => `epoch_${name}`);
    this.#add("validation", pick(true), epoch, (name) => `epoch_${name.slice("val_".length)}`);
    if (histogramFreq > 0 && epoch % histogramFreq === 0) await this.#writeWeights(epoch);
    await this.flush();
  }

  async #writeWeights(epoch: number): Promise<void> {
    const file = this.#file("train");
    for (const layer of this.requireModel().layers)
      for (const weight of layer.weights) {
        file.add(epoch, histogramValue(`${weight.path}/histogram`, weight.value));
        const images = this.options.writeImages ? weightImages(weight) : [];
        if (images.length > 0) file.add(epoch, await imageValue(`${weight.path}/image`, images));
      }
  }

  override async onTrainEnd(): Promise<void> {
    await this.flush();
  }

  override async onTrainInterrupt(): Promise<void> {
    await this.flush();
  }
}

function checkTag(method: string, name: unknown, step: number): void {
  const owner = `TensorBoard.${method}`;
  if (typeof name !== "string" || name === "")
    throw new ArgumentError(`${owner}: name is ${formatValue(name)}, expected a text, such as "norms/kernel".`);
  checkCount(owner, "step", step, 0);
}

/** The images of a tensor. Numbers 0 … 1 become bytes as TensorFlow's `convert_image_dtype` makes them. */
function pixelsOf(images: Tensor): Pixels[] {
  const { shape, data, dtype } = images.rank === 3 ? images.reshape([1, ...images.shape]) : images;
  const [count = 0, rows = 0, columns = 0, channels = 0] = shape;
  if (shape.length !== 4 || data.length === 0 || ![1, 3, 4].includes(channels))
    throw new ShapeError(
      `TensorBoard.image: images has shape ${formatShape(images.shape)}, expected [n, height, width, channels] or [height, width, channels] of 1, 3 or 4 channels.`,
    );
  const byteOf = (value: number) => Math.floor(Math.min(255, Math.max(0, value * 255.5)));
  const bytes = dtype === "uint8" ? Uint8Array.from(data) : Uint8Array.from(data, byteOf);
  const size = bytes.length / count;
  return Array.from({ length: count }, (_, i) => ({ rows, columns, data: bytes.subarray(i * size, (i + 1) * size) }));
}

/** Keras's images of a weight, three at most; none for shapes that make no image. K: `_log_weight_as_image`. */
function weightImages({ value, shape }: Variable): Pixels[] {
  const [a = 1, b = 1, c = 1, channels = 1, ...more] = shape.filter((size) => size !== 1);
  // A vector is a column, a wide matrix lies, the last axis of a convolution over lines counts images; four axes are images already.
  const isTurned = c === 1 && b > 1 && a > b;
  const [count, rows, columns, at]: [number, number, number, (image: number, row: number, column: number) => number] =
    channels > 1
      ? [a, b, c, (image, row, column) => (image * b + row) * c + column]
      : c > 1
        ? [c, a, b, (image, row, column) => (row * b + column) * c + image]
        : isTurned
          ? [1, b, a, (_, row, column) => column * b + row]
          : [1, a, b, (_, row, column) => row * b + column];
  if (a === 1 || more.length > 0 || ![1, 3, 4].includes(channels)) return [];
  const shown = Math.min(count, MOST_IMAGES);
  const values = new Float32Array(shown * rows * columns * channels);
  let next = 0;
  for (let image = 0; image < shown; image++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (let channel = 0; channel < channels; channel++)
          values[next++] = value[at(image, row, column) * channels + channel]!;
  return pixelsOf(new Tensor(values, [shown, rows, columns, channels]));
}
