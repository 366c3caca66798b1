/** Super-resolution: small images made larger by a network with sub-pixel convolution. Shi et al. 2016. */
import { type DeviceName, input, type KerasTensor, Model, setSeed, tensor } from "fovea";
import { digits } from "fovea/datasets";
import { Conv2D } from "fovea/layers";
import { add, image as images, reshape, transpose } from "fovea/ops";
import { Adam } from "fovea/optimizers";

/** [batch, h, w, f²] → [batch, f·h, f·w, 1]: the channels of a place become its f x f pixels. */
function pixelShuffle(x: KerasTensor, factor: number) {
  const [, height, width] = x.shape as [null, number, number, number];
  const split = reshape(x, [-1, height, width, factor, factor]);
  return reshape(transpose(split, [0, 1, 3, 2, 4]), [-1, height * factor, width * factor, 1]);
}

/** Images of any size, made `factor` times as large: a plain enlargement, and what the network adds to it. */
export function makeUpscaler(size: number, factor: number) {
  const small = input({ shape: [size, size, 1] });
  let x: KerasTensor = new Conv2D({ filters: 32, kernelSize: 5, padding: "same", activation: "relu" }).apply(small);
  x = new Conv2D({ filters: 16, kernelSize: 3, padding: "same", activation: "relu" }).apply(x);
  x = new Conv2D({ filters: factor ** 2, kernelSize: 3, padding: "same", kernelInitializer: "zeros" }).apply(x);
  const plain = images.resize(small, [size * factor, size * factor], { interpolation: "bilinear" });
  return new Model({ inputs: small, outputs: add(plain, pixelShuffle(x, factor)) });
}

/** Peak signal-to-noise ratio in decibels, of values 0 … 1. */
export const psnr = (meanSquaredError: number) => -10 * Math.log10(meanSquaredError);

export async function trainUpscaler(device: DeviceName, { rows = 256, epochs = 8, factor = 2 } = {}) {
  setSeed(11);
  const { train, test } = await digits.load({ train: rows, test: 40 });
  const shrink = ({ data, shape: [count] }: typeof train.images) => {
    const side = 28 / factor;
    const small = new Float32Array(count! * side ** 2);
    data.forEach((value, i) => {
      const [row, y, x] = [Math.floor(i / 784), Math.floor(i / 28) % 28, i % 28];
      small[(row * side + Math.floor(y / factor)) * side + Math.floor(x / factor)]! += value / factor ** 2;
    });
    return tensor(small, [count!, side, side, 1]);
  };
  const model = makeUpscaler(28 / factor, factor);
  model.compile({ optimizer: new Adam({ learningRate: 0.003 }), loss: "mse", device });
  const small = shrink(test.images);
  // Before training the network adds nothing: this is the plain enlargement.
  const plain = await model.evaluate(small, test.images, { verbose: 0 });
  const { history } = await model.fit(shrink(train.images), train.images, { epochs, batchSize: 32, verbose: 0 });
  const learnt = await model.evaluate(small, test.images, { verbose: 0 });
  return { history, psnr: { plain: psnr(plain.loss!), learnt: psnr(learnt.loss!) } };
}
