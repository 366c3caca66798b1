/** Models and data that are small enough to be counted by hand, and callbacks that write down what they see. */
import { type CompileOptions, type Logs, Sequential, setSeed, type Tensor, tensor } from "fovea";
import { Callback } from "fovea/callbacks";
import { Conv2D, Dense, Flatten } from "fovea/layers";
import { SGD } from "fovea/optimizers";

/** A rate at which float32 weights of 0 stay 0 for all practical purposes. */
const STANDSTILL = 1e-30;

/**
 * A model whose output is 0, whatever comes in, and that hardly learns. With `powerRows` as data the loss of row i is 4ⁱ, so
 * that a sum of losses tells which rows are in it.
 */
export function zeroModel(options: Partial<CompileOptions> = {}): Sequential {
  const model = new Sequential([new Dense({ units: 1, kernelInitializer: "zeros", inputShape: [1] })]);
  model.compile({
    optimizer: new SGD({ learningRate: STANDSTILL }),
    loss: "mean_squared_error",
    device: "reference",
    ...options,
  });
  return model;
}

/** Rows with targets 1, 2, 4, 8, …: squared, the digits of a number of base 4. At most 12, or float32 rounds. */
export function powerRows(count: number): readonly [x: Tensor, y: Tensor] {
  return [
    tensor(new Float32Array(count).fill(1), [count, 1]),
    tensor(Float32Array.from({ length: count }, (_, i) => 2 ** i)),
  ];
}

/** Which rows of `powerRows` a sum of losses is made of. */
export function rowsIn(sum: number): number[] {
  const rows: number[] = [];
  let rest = Math.round(sum);
  for (let row = 0; rest > 0; row++) {
    for (let times = rest % 4; times > 0; times--) rows.push(row);
    rest = Math.floor(rest / 4);
  }
  return rows;
}

/** A small CNN for 3 classes of 6x6 images. */
export function smallCnn(options: Partial<CompileOptions> = {}): Sequential {
  const model = new Sequential([
    new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [6, 6, 1] }),
    new Flatten(),
    new Dense({ units: 3, activation: "softmax" }),
  ]);
  model.compile({
    optimizer: "adam",
    loss: "sparse_categorical_crossentropy",
    metrics: ["accuracy"],
    device: "reference",
    ...options,
  });
  return model;
}

/** Images with a bright stripe in one of three places, which is their class. */
export function stripes(count: number): { readonly images: Tensor; readonly labels: Tensor } {
  const labels = Int32Array.from({ length: count }, (_, i) => (i * 7) % 3);
  const images = Float32Array.from({ length: count * 36 }, (_, i) => {
    const [row, y, x] = [Math.floor(i / 36), Math.floor((i % 36) / 6), i % 6];
    const grain = (((i + row) * 2654435761) % 97) / 970;
    return (Math.floor(y / 2) === labels[row]! ? 0.8 : 0) + (x % 2) * grain;
  });
  return { images: tensor(images, [count, 6, 6, 1]), labels: tensor(labels) };
}

/** A fresh model with the same weights each time. */
export function seededCnn(options: Partial<CompileOptions> = {}): Sequential {
  setSeed(11);
  return smallCnn(options);
}

export const silent = { verbose: 0 } as const;

/** Keeps the logs of every batch and epoch. */
export class LogBook extends Callback {
  readonly batches: Logs[] = [];
  readonly epochs: Logs[] = [];

  override onTrainBatchEnd(_batch: number, logs: Logs): void {
    this.batches.push({ ...logs });
  }

  override onEpochEnd(_epoch: number, logs: Logs): void {
    this.epochs.push({ ...logs });
  }

  /** Sums of the losses of each batch of one epoch, from the running means. */
  batchSums(batchSizes: readonly number[]): number[] {
    let [seen, before] = [0, 0];
    return batchSizes.map((size, i) => {
      seen += size;
      const total = this.batches[i]!.loss! * seen;
      const sum = total - before;
      before = total;
      return sum;
    });
  }
}

/** Writes down every call. */
export class CallBook extends Callback {
  readonly calls: string[] = [];
  readonly logs: Logs[] = [];
  readonly #name: string;

  constructor(name = "") {
    super();
    this.#name = name;
  }

  #note(call: string, logs: Logs): void {
    this.calls.push(this.#name + call);
    this.logs.push({ ...logs });
  }

  override onTrainBegin(logs: Logs): void {
    this.#note("train_begin", logs);
  }
  override onTrainEnd(logs: Logs): void {
    this.#note("train_end", logs);
  }
  override onEpochBegin(epoch: number, logs: Logs): void {
    this.#note(`epoch_begin ${epoch}`, logs);
  }
  override onEpochEnd(epoch: number, logs: Logs): void {
    this.#note(`epoch_end ${epoch}`, logs);
  }
  override onTrainBatchBegin(batch: number, logs: Logs): void {
    this.#note(`train_batch_begin ${batch}`, logs);
  }
  override onTrainBatchEnd(batch: number, logs: Logs): void {
    this.#note(`train_batch_end ${batch}`, logs);
  }
  override onTestBegin(logs: Logs): void {
    this.#note("test_begin", logs);
  }
  override onTestEnd(logs: Logs): void {
    this.#note("test_end", logs);
  }
  override onTestBatchBegin(batch: number, logs: Logs): void {
    this.#note(`test_batch_begin ${batch}`, logs);
  }
  override onTestBatchEnd(batch: number, logs: Logs): void {
    this.#note(`test_batch_end ${batch}`, logs);
  }
}

/** Values of all weights, one array after the other. */
export function weightValues(model: { getWeights(): Tensor[] }): number[][] {
  return model.getWeights().map(({ data }) => Array.from(data));
}
