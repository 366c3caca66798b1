/**
 * Image classification from a folder: a subfolder of images for each class, augmentation as layers of the model, and a network that
 * keeps the weights of its best epoch.
 */
import { type DeviceName, Sequential, setSeed, tensor } from "fovea";
import { EarlyStopping } from "fovea/callbacks";
import {
  BatchNormalization,
  Conv2D,
  Dense,
  Dropout,
  GlobalAveragePooling2D,
  InputLayer,
  MaxPooling2D,
  RandomFlip,
  RandomRotation,
  RandomZoom,
  ReLU,
  Rescaling,
} from "fovea/layers";
import { Adam } from "fovea/optimizers";
import { imageDatasetFromDirectory, loadImg } from "fovea/utils";

export interface FolderSettings {
  readonly device?: DeviceName;
  /** Sides of the images that the network sees. */
  readonly size?: number;
  readonly epochs?: number;
  readonly batchSize?: number;
}

/** Each block halves the sides; the mean over all places makes the classifier small. */
export function makeClassifier(size: number, classes: number) {
  const block = (filters: number) => [
    new Conv2D({ filters, kernelSize: 3, padding: "same", useBias: false }),
    new BatchNormalization({ momentum: 0.9 }),
    new ReLU(),
    new MaxPooling2D(),
  ];
  return new Sequential([
    new InputLayer({ shape: [size, size, 3] }),
    // Active in training only: `evaluate` and `predict` see the images as they are.
    new RandomFlip({ mode: "horizontal" }),
    new RandomRotation({ factor: 0.05 }),
    new RandomZoom({ heightFactor: 0.1 }),
    new Rescaling({ scale: 1 / 255 }),
    ...block(16),
    ...block(32),
    ...block(64),
    new GlobalAveragePooling2D(),
    new Dropout({ rate: 0.2 }),
    new Dense({ units: classes, activation: "softmax" }),
  ]);
}

/**
 * Trains on a folder with a subfolder for each class, a fifth of the files apart for validation.
 *
 * @returns the model, the run, and a function that names the class of an image file
 */
export async function classifyFolder(
  folder: string,
  { device = "auto", size = 96, epochs = 30, batchSize = 32 }: FolderSettings = {},
) {
  setSeed(1);
  const [train, validation] = await imageDatasetFromDirectory(folder, {
    imageSize: [size, size],
    batchSize,
    validationSplit: 0.2,
    subset: "both",
    seed: 1,
  });
  const { classNames = [] } = train;

  const model = makeClassifier(size, classNames.length);
  model.compile({
    optimizer: new Adam({ learningRate: 0.003 }),
    loss: "sparse_categorical_crossentropy",
    metrics: ["accuracy"],
    device,
  });
  const run = await model.fit(train, {
    epochs,
    validationData: validation,
    callbacks: [new EarlyStopping({ patience: 8, restoreBestWeights: true })],
    verbose: 0,
  });
  const found = await model.evaluate(validation, { verbose: 0 });

  const nameOf = async (file: string) => {
    const { data } = await loadImg(file, { targetSize: [size, size] });
    const scores = await model.predict(tensor(data, [1, size, size, 3]), { verbose: 0 });
    return classNames[scores.data.indexOf(Math.max(...scores.data))]!;
  };
  return { model, history: run.history, found, classNames, nameOf };
}
