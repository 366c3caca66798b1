/** A vision transformer: patches as words, positions that are learnt, blocks of attention. Dosovitskiy et al. 2021. */
import { type DeviceName, input, type KerasTensor, Model, type Sym, setSeed } from "fovea";
import { digits } from "fovea/datasets";
import {
  Add,
  type BatchShape,
  Conv2D,
  Dense,
  Dropout,
  GlobalAveragePooling1D,
  Layer,
  LayerNormalization,
  MultiHeadAttention,
  Reshape,
  type Variable,
} from "fovea/layers";
import { add } from "fovea/ops";
import { AdamW } from "fovea/optimizers";
import { CosineDecay } from "fovea/schedules";

/** Adds a learnt vector to each place: attention alone does not know where a patch was. */
export class Positions extends Layer {
  static override readonly className: string = "Positions";
  table!: Variable;

  override build([, ...places]: BatchShape) {
    this.table = this.addWeight({ name: "table", shape: places as number[], initializer: "random_normal" });
  }

  override call(x: Sym) {
    return add(x, this.table);
  }
}

export interface TransformerSettings {
  /** Sides of the images, a multiple of `patch`. */
  readonly size: number;
  readonly channels: number;
  readonly classes: number;
  readonly patch?: number;
  readonly width?: number;
  readonly depth?: number;
  readonly heads?: number;
}

export function makeVisionTransformer(settings: TransformerSettings) {
  const { size, channels, classes, patch = 4, width = 32, depth = 1, heads = 4 } = settings;
  const image = input({ shape: [size, size, channels] });
  // A convolution whose window is as large as its stride: one product for each patch.
  const patches = new Conv2D({ filters: width, kernelSize: patch, strides: patch }).apply(image);
  let x: KerasTensor = new Positions().apply(new Reshape({ targetShape: [-1, width] }).apply(patches));
  for (let block = 0; block < depth; block++) {
    const normal = new LayerNormalization({ epsilon: 1e-6 }).apply(x);
    const attention = new MultiHeadAttention({ numHeads: heads, keyDim: width / heads, dropout: 0.1 });
    const seen = new Add().apply([x, attention.apply([normal, normal])]);
    const wide = new Dense({ units: 2 * width, activation: "gelu" }).apply(
      new LayerNormalization({ epsilon: 1e-6 }).apply(seen),
    );
    x = new Add().apply([seen, new Dropout({ rate: 0.1 }).apply(new Dense({ units: width }).apply(wide))]);
  }
  const whole = new GlobalAveragePooling1D().apply(new LayerNormalization({ epsilon: 1e-6 }).apply(x));
  const scores = new Dense({ units: classes, activation: "softmax" }).apply(whole);
  return new Model({ inputs: image, outputs: scores });
}

export async function trainVisionTransformer(device: DeviceName, { rows = 400, epochs = 8, batchSize = 20 } = {}) {
  setSeed(3);
  const { train, test } = await digits.load({ train: rows, test: 100 });
  const model = makeVisionTransformer({ size: 28, channels: 1, classes: 10 });
  const decaySteps = epochs * Math.ceil(rows / batchSize);
  model.compile({
    optimizer: new AdamW({
      learningRate: new CosineDecay({ initialLearningRate: 0.008, decaySteps }),
      weightDecay: 1e-3,
    }),
    loss: "sparse_categorical_crossentropy",
    metrics: ["accuracy"],
    device,
  });
  const { history } = await model.fit(train.images, train.labels, { epochs, batchSize, verbose: 0 });
  const found = await model.evaluate(test.images, test.labels, { verbose: 0 });
  return { model, history, found, images: test.images };
}
