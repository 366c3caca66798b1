/** Two inputs and two outputs by name: an image and numbers of its own in; a class and a number out. */
import { type DeviceName, input, Model, setSeed, tensor } from "fovea";
import { Concatenate, Conv2D, Dense, Flatten } from "fovea/layers";
import { Adam } from "fovea/optimizers";

const rows = 48;
const side = 6;
const classes = 3;

/** Images with one bright line, whose place is the class; the slant is a sum of the numbers beside them. */
function makeData() {
  const images = new Float32Array(rows * side * side);
  const numbers = new Float32Array(rows * 4);
  const slants = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    images.fill(1, (row * side + 2 * (row % classes)) * side, (row * side + 2 * (row % classes) + 1) * side);
    for (let i = 0; i < 4; i++) numbers[row * 4 + i] = Math.sin(row * 4 + i);
    slants[row] = numbers[row * 4]! - numbers[row * 4 + 3]!;
  }
  const labels = Int32Array.from({ length: rows }, (_, row) => row % classes);
  return { images: tensor(images, [rows, side, side, 1]), numbers: tensor(numbers, [rows, 4]), labels, slants };
}

export async function trainTwoInputs(device: DeviceName) {
  setSeed(1);
  const { images, numbers, labels, slants } = makeData();
  const image = input({ shape: [side, side, 1], name: "image" });
  const meta = input({ shape: [4], name: "meta" });
  const features = new Flatten().apply(new Conv2D({ filters: 4, kernelSize: 3, activation: "relu" }).apply(image));
  const both = new Concatenate().apply([features, meta]);
  const model = new Model({
    inputs: { image, meta },
    outputs: {
      digit: new Dense({ units: classes, activation: "softmax" }).apply(both),
      slant: new Dense({ units: 1 }).apply(both),
    },
  });
  model.compile({
    optimizer: new Adam({ learningRate: 0.02 }),
    loss: { digit: "sparse_categorical_crossentropy", slant: "mse" },
    lossWeights: { slant: 0.1 },
    metrics: { digit: ["accuracy"] },
    device,
  });
  const x = { image: images, meta: numbers };
  const y = { digit: labels, slant: slants };
  const { history } = await model.fit(x, y, { epochs: 20, batchSize: 16, verbose: 0 });
  const { digit, slant } = await model.predict(x, { verbose: 0 });
  const logs = await model.evaluate(x, y, { verbose: 0 });
  return { history, logs, digit, slant, labels, slants };
}
