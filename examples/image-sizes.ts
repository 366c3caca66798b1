/** Images of any size: convolutions and a global pooling take what comes; batches of several sizes in one `fit`. */
import { Dataset, type DeviceName, input, Model, setSeed, tensor } from "fovea";
import { Conv2D, Dense, GlobalAveragePooling2D } from "fovea/layers";
import { SGD } from "fovea/optimizers";

/** Images of one size; bright ones are of class 1. */
export function imagesOf(height: number, width: number, count = 4) {
  const labels = Int32Array.from({ length: count }, (_, row) => row % 2);
  const pixels = Float32Array.from({ length: count * height * width * 3 }, (_, i) => {
    const row = Math.floor(i / (height * width * 3));
    return labels[row]! + 0.5 * Math.sin(i * 12.9898);
  });
  return [tensor(pixels, [count, height, width, 3]), labels] as const;
}

export const sizes = [
  [6, 6],
  [5, 9],
  [11, 7],
] as const;

/** A model for one size, or for any. */
export function makeModel(device: DeviceName, height: number | null, width: number | null) {
  setSeed(13);
  const image = input({ shape: [height, width, 3] });
  const features = new Conv2D({ filters: 4, kernelSize: 3, activation: "relu" }).apply(image);
  const pooled = new GlobalAveragePooling2D().apply(
    new Conv2D({ filters: 4, kernelSize: 3, padding: "same", activation: "relu" }).apply(features),
  );
  const model = new Model({ inputs: image, outputs: new Dense({ units: 2, activation: "softmax" }).apply(pooled) });
  model.compile({ optimizer: new SGD({ learningRate: 0.1 }), loss: "sparse_categorical_crossentropy", device });
  return model;
}

export async function trainOnSizes(device: DeviceName) {
  const model = makeModel(device, null, null);
  const batches = Dataset.from(() => sizes.map(([height, width]) => imagesOf(height, width)));
  const first = await model.evaluate(batches, { verbose: 0 });
  const { history } = await model.fit(batches, { epochs: 15, shuffle: false, verbose: 0 });
  return { model, first, history };
}
