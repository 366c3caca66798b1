/** One whole training run of real Keras, done again; throws an Error where the numbers differ, in Node as in a browser. */
import { type CompileOptions, type DeviceName, Sequential, type Tensor, tensor, toCategorical } from "fovea";
import { Callback } from "fovea/callbacks";
import {
  Activation,
  BatchNormalization,
  Conv2D,
  Dense,
  Flatten,
  GlobalAveragePooling2D,
  MaxPooling2D,
} from "fovea/layers";
import { CategoricalCrossentropy } from "fovea/losses";
import { assertClose } from "../ir/closeness.ts";

/** What the golden file says of the run. */
export interface GoldenRun {
  readonly fit: { readonly batch_size: number; readonly epochs: number; readonly validation_split?: number };
  readonly trainImages: [number, number];
  readonly oneHot: boolean;
  readonly weights: { readonly shape: number[] }[];
  readonly steps: { readonly loss: number; readonly accuracy: number }[];
  readonly history: Record<string, number[]>;
  readonly testPredictions: { readonly shape: number[]; readonly data: number[] };
}

export interface GoldenRunData {
  readonly run: GoldenRun;
  /** All weights before and after the training, one behind the other. */
  readonly initial: Float32Array;
  readonly final: Float32Array;
  /** The images and labels that it was trained with: [images, 28, 28, 1] and [images]. */
  readonly images: Tensor;
  readonly labels: Tensor;
  /** The images of `testPredictions`. */
  readonly testImages: Tensor;
}

export interface GoldenRunDevice {
  readonly device: DeviceName;
  readonly threads?: number;
  /** Of the losses, relative. */
  readonly tolerance: number;
  /** Runs of which a slow device makes the first steps only, with their number; what comes at a run's end is then not compared. */
  readonly shortened?: Partial<Record<GoldenRunName, number>>;
}

function weightsOf(values: Float32Array, { weights }: GoldenRun): Tensor[] {
  let at = 0;
  return weights.map(({ shape }) => {
    const size = shape.reduce((product, axis) => product * axis, 1);
    at += size;
    return tensor(values.slice(at - size, at), shape);
  });
}

class StepLog extends Callback {
  readonly steps: Record<string, number>[] = [];
  override onTrainBatchEnd(_batch: number, logs: Record<string, number>): void {
    this.steps.push({ ...logs });
  }
}

const adam = { optimizer: "adam", loss: "categorical_crossentropy" } as const;

interface Recipe {
  readonly model: () => Sequential;
  /** Made anew each time, since optimizers keep state. */
  readonly compiled: () => Pick<CompileOptions, "optimizer" | "loss">;
}

const recipes = {
  seed_cnn: {
    model: () =>
      new Sequential([
        new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
        new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" }),
        new Flatten(),
        new Dense({ units: 10, activation: "softmax" }),
      ]),
    compiled: () => adam,
  },
  mlp: {
    model: () =>
      new Sequential([
        new Flatten({ inputShape: [28, 28, 1] }),
        new Dense({ units: 32, activation: "relu" }),
        new Dense({ units: 10, activation: "softmax" }),
      ]),
    compiled: () => ({ optimizer: "sgd", loss: "sparse_categorical_crossentropy" }),
  },
  bn_cnn: {
    model: () =>
      new Sequential([
        new Conv2D({ filters: 8, kernelSize: 3, padding: "same", useBias: false, inputShape: [28, 28, 1] }),
        new BatchNormalization(),
        new Activation("relu"),
        new MaxPooling2D(),
        new Conv2D({ filters: 16, kernelSize: 3, strides: 2, activation: "relu" }),
        new GlobalAveragePooling2D(),
        new Dense({ units: 10 }),
      ]),
    compiled: () => ({ optimizer: "rmsprop", loss: new CategoricalCrossentropy({ fromLogits: true }) }),
  },
} as const satisfies Record<string, Recipe>;

export type GoldenRunName = keyof typeof recipes;
export const goldenRunNames = Object.keys(recipes) as GoldenRunName[];

/** The same weights, the same batches: every step's loss and accuracy, the history, the weights at the end, the predictions. */
export async function checkGoldenRun(
  name: GoldenRunName,
  { run, initial, final, images, labels, testImages }: GoldenRunData,
  { device, threads, tolerance, shortened = {} }: GoldenRunDevice,
): Promise<void> {
  const steps = run.steps.slice(0, shortened[name]);
  const { model: makeModel, compiled }: Recipe = recipes[name];
  const model = makeModel();
  model.compile({ ...compiled(), metrics: ["accuracy"], device, ...(threads === undefined ? {} : { threads }) });
  model.setWeights(weightsOf(initial, run));
  const log = new StepLog();
  const isWhole = steps.length === run.steps.length;
  const rows = isWhole ? images.shape[0]! : steps.length * run.fit.batch_size;
  const y = run.oneHot ? toCategorical(labels, 10) : labels;
  const { history } = await model.fit(images.slice(0, rows), y.slice(0, rows), {
    epochs: isWhole ? run.fit.epochs : 1,
    batchSize: run.fit.batch_size,
    validationSplit: isWhole ? (run.fit.validation_split ?? 0) : 0,
    shuffle: false,
    callbacks: [log],
    verbose: 0,
  });
  if (log.steps.length !== steps.length) throw new Error(`${log.steps.length} steps were made, not ${steps.length}`);
  steps.forEach(({ loss, accuracy }, i) => {
    assertClose([log.steps[i]!.loss!], [loss], tolerance, `loss of step ${i}`);
    assertClose([log.steps[i]!.accuracy!], [accuracy], 1e-6, `accuracy of step ${i}`);
  });
  if (!isWhole) return;
  for (const [key, values] of Object.entries(run.history))
    values.forEach((value, epoch) => {
      const exact = key.endsWith("accuracy") ? 1e-6 : tolerance;
      assertClose([history[key]![epoch]!], [value], exact, `${key} of epoch ${epoch}`);
    });
  const after = model.getWeights();
  weightsOf(final, run).forEach(({ data }, i) => {
    assertClose(after[i]!.data, data, 10 * tolerance, `${model.weights[i]!.path} after training`);
  });
  const predicted = await model.predict(testImages, { verbose: 0 });
  run.testPredictions.data.forEach((value, i) => {
    const off = Math.abs(predicted.data[i]! - value);
    if (!(off < 1e-3)) throw new Error(`prediction ${i} is off by ${off}`);
  });
}
