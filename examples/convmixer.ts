/** ConvMixer: patches, then blocks that mix places and channels in turn. Trockman and Kolter 2022, "Patches Are All You Need?". */
import { type DeviceName, input, type KerasTensor, Model, setSeed } from "fovea";
import { digits } from "fovea/datasets";
import {
  Activation,
  Add,
  BatchNormalization,
  Conv2D,
  Dense,
  DepthwiseConv2D,
  GlobalAveragePooling2D,
} from "fovea/layers";
import { AdamW } from "fovea/optimizers";

export interface ConvMixerSettings {
  /** Sides of the images, a multiple of `patch`. */
  readonly size: number;
  readonly channels: number;
  readonly classes: number;
  readonly patch?: number;
  readonly width?: number;
  readonly depth?: number;
  readonly kernel?: number;
}

const activate = (x: KerasTensor) =>
  new BatchNormalization({ momentum: 0.9 }).apply(new Activation({ activation: "gelu" }).apply(x));

export function makeConvMixer({
  size,
  channels,
  classes,
  patch = 4,
  width = 32,
  depth = 2,
  kernel = 5,
}: ConvMixerSettings) {
  const image = input({ shape: [size, size, channels] });
  let x = activate(new Conv2D({ filters: width, kernelSize: patch, strides: patch }).apply(image));
  for (let block = 0; block < depth; block++) {
    // A large window over each channel alone, around which the block may do nothing; then all channels of each place.
    const places = activate(new DepthwiseConv2D({ kernelSize: kernel, padding: "same" }).apply(x));
    x = activate(new Conv2D({ filters: width, kernelSize: 1 }).apply(new Add().apply([x, places])));
  }
  const scores = new Dense({ units: classes, activation: "softmax" }).apply(new GlobalAveragePooling2D().apply(x));
  return new Model({ inputs: image, outputs: scores });
}

export async function trainConvMixer(device: DeviceName, { rows = 300, epochs = 6 } = {}) {
  setSeed(2);
  const { train, test } = await digits.load({ train: rows, test: 100 });
  const model = makeConvMixer({ size: 28, channels: 1, classes: 10 });
  model.compile({
    optimizer: new AdamW({ learningRate: 0.01, weightDecay: 1e-3 }),
    loss: "sparse_categorical_crossentropy",
    metrics: ["accuracy"],
    device,
  });
  const { history } = await model.fit(train.images, train.labels, { epochs, batchSize: 20, verbose: 0 });
  const found = await model.evaluate(test.images, test.labels, { verbose: 0 });
  return { model, history, found };
}
