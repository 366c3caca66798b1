/** Transfer learning: a head on a frozen MobileNetV2, then fine-tuning of the net's last blocks. */
import { type DeviceName, input, Model, setSeed, tensor } from "fovea";
import { MobileNetV2, mobilenetV2 } from "fovea/applications";
import { BatchNormalization, Dense, Dropout } from "fovea/layers";
import { Adam } from "fovea/optimizers";

/** Images of 0 … 255 whose classes differ in colour and in the direction of their stripes. */
function stripedImages(rows: number, size: number) {
  const labels = Int32Array.from({ length: rows }, (_, row) => row % 2);
  const pixels = Float32Array.from({ length: rows * size * size * 3 }, (_, i) => {
    const [color, x, y, row] = [
      i % 3,
      Math.floor(i / 3) % size,
      Math.floor(i / (3 * size)) % size,
      Math.floor(i / (3 * size * size)),
    ];
    const along = row % 2 === 0 ? x : y;
    return 127.5 + 100 * Math.sin(along + row) + (color === row % 2 ? 27.5 : 0);
  });
  return { images: tensor(pixels, [rows, size, size, 3]), labels };
}

/** @param weights "imagenet" in earnest; a file with weights, or null */
export async function transfer(device: DeviceName, weights: "imagenet" | string | null = null) {
  setSeed(3);
  const size = 32;
  const { images, labels } = stripedImages(16, size);

  const base = await MobileNetV2({
    weights,
    alpha: 0.35,
    includeTop: false,
    pooling: "avg",
    inputShape: [size, size, 3],
  });
  base.trainable = false;
  // `training: false`: BatchNormalization keeps its statistics also when the net is fine-tuned.
  const pixels = input({ shape: [size, size, 3] });
  const features = base.apply(mobilenetV2.preprocessInput(pixels), { training: false });
  const head = new Dense({ units: 2, activation: "softmax", name: "head" });
  const model = new Model({ inputs: pixels, outputs: head.apply(new Dropout({ rate: 0.2 }).apply(features)) });

  const compile = (learningRate: number) =>
    model.compile({
      optimizer: new Adam({ learningRate }),
      loss: "sparse_categorical_crossentropy",
      metrics: ["accuracy"],
      device,
    });
  const baseBefore = base.getWeights();
  compile(0.01);
  const trainedHead = model.trainableWeights.length;
  const first = await model.fit(images, labels, { epochs: 3, batchSize: 8, verbose: 0 });
  const baseAfterHead = base.getWeights();

  // The last blocks learn along, in small steps; their BatchNormalization does not.
  base.trainable = true;
  const from = base.layers.findIndex(({ name }) => name === "block_15_add");
  for (const [i, layer] of base.layers.entries()) layer.trainable = i > from && !(layer instanceof BatchNormalization);
  compile(1e-3);
  const trainedTop = model.trainableWeights.map(({ path }) => path);
  const second = await model.fit(images, labels, { epochs: 2, batchSize: 8, verbose: 0 });
  return { base, baseBefore, baseAfterHead, trainedHead, trainedTop, first, second, images, labels, model };
}
