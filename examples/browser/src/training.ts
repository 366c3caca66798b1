/** The lab: digits, a model, a training. Nothing here knows of the page. */
import { type DeviceName, Sequential, setSeed, type Tensor, toCategorical } from "fovea";
import { digits } from "fovea/datasets";
import { Conv2D, Dense, Flatten } from "fovea/layers";

export interface Settings {
  readonly device: DeviceName;
  readonly filters: readonly [number, number];
  readonly images: number;
  readonly batchSize: number;
  readonly epochs: number;
}

export interface Guess {
  /** Grey levels, [28, 28]. */
  readonly image: Tensor;
  readonly digit: number;
  readonly probability: number;
}

export function makeModel({ device, filters }: Pick<Settings, "device" | "filters">): Sequential {
  setSeed(1);
  const model = new Sequential([
    new Conv2D({ filters: filters[0], kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
    new Conv2D({ filters: filters[1], kernelSize: 3, activation: "relu" }),
    new Flatten(),
    new Dense({ units: 10, activation: "softmax" }),
  ]);
  model.compile({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"], device });
  return model;
}

/** Drawn digits; without a name from fovea's own pen, so nothing is downloaded. */
export function loadDigits(images: number) {
  return digits.load({ train: images, test: 100 });
}

export async function train(
  model: Sequential,
  { images, labels }: { images: Tensor; labels: Tensor },
  { batchSize, epochs }: Settings,
  signal: AbortSignal,
): Promise<void> {
  await model.fit(images, toCategorical(labels, 10), { batchSize, epochs, signal, verbose: 0 });
}

/** What the model makes of the first four test digits. */
export async function guess(model: Sequential, images: Tensor): Promise<Guess[]> {
  const first = images.slice(0, 4);
  const probabilities = await model.predict(first, { verbose: 0 });
  return Array.from({ length: 4 }, (_, i): Guess => {
    const row = [...probabilities.slice(i, i + 1).data];
    const digit = row.indexOf(Math.max(...row));
    return { image: first.slice(i, i + 1).reshape([28, 28]), digit, probability: row[digit] ?? 0 };
  });
}
