/** Segmentation by a U-Net: a class for each pixel. Ronneberger, Fischer, Brox 2015. */
import { type DeviceName, input, type KerasTensor, Model, setSeed, tensor } from "fovea";
import { BatchNormalization, Concatenate, Conv2D, Conv2DTranspose, MaxPooling2D, ReLU } from "fovea/layers";
import { MeanIoU } from "fovea/metrics";
import { Adam } from "fovea/optimizers";

/** Two convolutions of 3x3. */
function convolveTwice(x: KerasTensor, filters: number) {
  for (let i = 0; i < 2; i++) {
    const convolved = new Conv2D({ filters, kernelSize: 3, padding: "same", useBias: false }).apply(x);
    x = new ReLU().apply(new BatchNormalization({ momentum: 0.9 }).apply(convolved));
  }
  return x;
}

/**
 * Down: the sides halve and the channels grow, so that a place sees more of the image. Up: back to its size, where each level gets
 * the maps of the same size from the way down, which still know where the edges are.
 */
export function makeUNet(size: number, classes: number, filters: readonly number[]) {
  const image = input({ shape: [size, size, 1] });
  const skips: KerasTensor[] = [];
  let x: KerasTensor = image;
  for (const count of filters.slice(0, -1)) {
    x = convolveTwice(x, count);
    skips.push(x);
    x = new MaxPooling2D().apply(x);
  }
  x = convolveTwice(x, filters.at(-1)!);
  for (const count of filters.slice(0, -1).reverse()) {
    const larger = new Conv2DTranspose({ filters: count, kernelSize: 2, strides: 2 }).apply(x);
    x = convolveTwice(new Concatenate().apply([larger, skips.pop()!]), count);
  }
  const pixels = new Conv2D({ filters: classes, kernelSize: 1, activation: "softmax" }).apply(x);
  return new Model({ inputs: image, outputs: pixels });
}

/** Noisy images of a disc (class 1) and a square (class 2), which may overlap. */
function shapes(rows: number, size: number) {
  const masks = new Int32Array(rows * size * size);
  const images = new Float32Array(masks.length);
  for (let i = 0; i < masks.length; i++) {
    const [row, y, x] = [Math.floor(i / size ** 2), Math.floor(i / size) % size, i % size];
    const at = (shift: number) => Math.floor(size * (0.25 + 0.5 * Math.abs(Math.sin(row * 12.9898 + shift))));
    const inDisc = Math.hypot(x - at(0), y - at(1)) < size / 5;
    const inSquare = Math.max(Math.abs(x - at(2)), Math.abs(y - at(3))) < size / 6;
    masks[i] = inDisc ? 1 : inSquare ? 2 : 0;
    images[i] = (inDisc || inSquare ? 0.8 : 0.2) + 0.1 * Math.sin(i * 78.233);
  }
  return { images: tensor(images, [rows, size, size, 1]), masks: tensor(masks, [rows, size, size]) };
}

export async function trainUNet(device: DeviceName, { rows = 64, size = 16, epochs = 6, filters = [8, 16] } = {}) {
  setSeed(4);
  const { images, masks } = shapes(rows + 16, size);
  const model = makeUNet(size, 3, filters);
  model.compile({
    optimizer: new Adam({ learningRate: 0.01 }),
    loss: "sparse_categorical_crossentropy",
    // Of each class the pixels that answer and truth share, as a part of those that either has; then the mean.
    metrics: [new MeanIoU({ numClasses: 3, sparseYPred: false, name: "iou" })],
    device,
  });
  const { history } = await model.fit(images.slice(0, rows), masks.slice(0, rows), {
    epochs,
    batchSize: 16,
    verbose: 0,
  });
  const test = { images: images.slice(rows), masks: masks.slice(rows) };
  const found = await model.evaluate(test.images, test.masks, { verbose: 0 });
  const predicted = await model.predict(test.images, { verbose: 0 });
  return { history, found, predicted, masks: test.masks };
}
