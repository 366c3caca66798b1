/** Whole training runs of real Keras, step by step: the same weights, the same batches, the same losses. */
import { existsSync, readFileSync } from "node:fs";
import { type CompileOptions, type DeviceName, Sequential, type Tensor, tensor, toCategorical } from "fovea";
import { Callback } from "fovea/callbacks";
import { mnist } from "fovea/datasets";
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
import { describe, expect, test } from "vitest";
import { relativeError } from "../ir/closeness.ts";
import { sharedFolder } from "../shared-folder.ts";
import { PlainRmsProp } from "./rms-prop.ts";

interface Run {
  readonly fit: { readonly batch_size: number; readonly epochs: number; readonly validation_split?: number };
  readonly trainImages: [number, number];
  readonly oneHot: boolean;
  readonly weights: { readonly shape: number[] }[];
  readonly steps: { readonly loss: number; readonly accuracy: number }[];
  readonly history: Record<string, number[]>;
  readonly testPredictions: { readonly shape: number[]; readonly data: number[] };
}

const golden = `${sharedFolder}golden/`;
const available = existsSync(`${golden}seed_cnn.json`);

function loadWeights(name: string, run: Run, moment: "initial" | "final"): Tensor[] {
  const bytes = readFileSync(`${golden}${name}.${moment}.bin`);
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  let at = 0;
  return run.weights.map(({ shape }) => {
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

const models: Record<string, () => Sequential> = {
  seed_cnn: () =>
    new Sequential([
      new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
      new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" }),
      new Flatten(),
      new Dense({ units: 10, activation: "softmax" }),
    ]),
  mlp: () =>
    new Sequential([
      new Flatten({ inputShape: [28, 28, 1] }),
      new Dense({ units: 32, activation: "relu" }),
      new Dense({ units: 10, activation: "softmax" }),
    ]),
  bn_cnn: () =>
    new Sequential([
      new Conv2D({ filters: 8, kernelSize: 3, padding: "same", useBias: false, inputShape: [28, 28, 1] }),
      new BatchNormalization(),
      new Activation("relu"),
      new MaxPooling2D(),
      new Conv2D({ filters: 16, kernelSize: 3, strides: 2, activation: "relu" }),
      new GlobalAveragePooling2D(),
      new Dense({ units: 10 }),
    ]),
};

const adam = { optimizer: "adam", loss: "categorical_crossentropy" } as const;

/** As each run was compiled; made anew each time, since optimizers keep state. */
const compiled: Record<string, () => Pick<CompileOptions, "optimizer" | "loss">> = {
  seed_cnn: () => adam,
  mlp: () => ({ optimizer: "sgd", loss: "sparse_categorical_crossentropy" }),
  bn_cnn: () => ({ optimizer: new PlainRmsProp(), loss: new CategoricalCrossentropy({ fromLogits: true }) }),
};

const devices: { device: DeviceName; threads: number; tolerance: number }[] = [
  { device: "cpu", threads: 1, tolerance: 1e-4 },
  { device: "cpu", threads: 2, tolerance: 1e-4 },
  { device: "gpu", threads: 1, tolerance: 1e-4 },
  { device: "reference", threads: 1, tolerance: 1e-5 },
];

describe.skipIf(!available)("golden runs (../shared/golden)", () => {
  for (const name of Object.keys(models)) {
    for (const { device, threads, tolerance } of devices) {
      test(`${name} on ${device}, ${threads} thread(s)`, { timeout: 600_000 }, async () => {
        const run = JSON.parse(readFileSync(`${golden}${name}.json`, "utf8")) as Run;
        const { train, test: tests } = await mnist.load({ dir: `${sharedFolder}data/mnist` });
        const [begin, end] = run.trainImages;
        const labels = train.labels.slice(begin, end);
        const model = models[name]!();
        model.compile({ ...compiled[name]!(), metrics: ["accuracy"], device, threads });
        model.setWeights(loadWeights(name, run, "initial"));
        const log = new StepLog();
        const history = await model.fit(
          train.images.slice(begin, end),
          run.oneHot ? toCategorical(labels, 10) : labels,
          {
            epochs: run.fit.epochs,
            batchSize: run.fit.batch_size,
            validationSplit: run.fit.validation_split ?? 0,
            shuffle: false,
            callbacks: [log],
            verbose: 0,
          },
        );
        expect(log.steps).toHaveLength(run.steps.length);
        run.steps.forEach((step, i) => {
          expect(Math.abs(log.steps[i]!.loss! - step.loss) / step.loss, `loss of step ${i}`).toBeLessThan(tolerance);
          expect(log.steps[i]!.accuracy, `accuracy of step ${i}`).toBeCloseTo(step.accuracy, 6);
        });
        for (const [key, values] of Object.entries(run.history))
          values.forEach((value, epoch) => {
            const got = history.history[key]![epoch]!;
            if (key.endsWith("accuracy")) expect(got, `${key} of epoch ${epoch}`).toBeCloseTo(value, 6);
            else expect(Math.abs(got - value) / value, `${key} of epoch ${epoch}`).toBeLessThan(tolerance);
          });
        const after = model.getWeights();
        loadWeights(name, run, "final").forEach(({ data }, i) => {
          const error = relativeError(after[i]!.data, data);
          expect(error, `${model.weights[i]!.path} after training`).toBeLessThan(10 * tolerance);
        });
        const predicted = await model.predict(tests.images.slice(0, run.testPredictions.shape[0]!), { verbose: 0 });
        run.testPredictions.data.forEach((value, i) => {
          expect(Math.abs(predicted.data[i]! - value)).toBeLessThan(1e-3);
        });
      });
    }
  }
});
