/** Semantic segmentation: what each pixel of a picture belongs to, by a U-Net. `npx fovea example segmentation` */
import { input, type KerasTensor, Model, type Tensor } from "fovea";
import {
  BatchNormalization,
  Concatenate,
  Conv2D,
  Conv2DTranspose,
  Dense,
  Flatten,
  MaxPooling2D,
  ReLU,
  Reshape,
  Softmax,
} from "fovea/layers";
import { Adam } from "fovea/optimizers";
import { type GridPicture, pictureGrid } from "fovea/plot";
import { CosineDecay } from "fovea/schedules";
import { classIoU } from "../shared/class-iou.ts";
import type { Example } from "../shared/example.ts";
import { drawMaskData } from "./draw.ts";
import { loadMaskData } from "./load.ts";
import { type MaskData, paintMask, SIZE } from "./masks.ts";

/** U-Net, Ronneberger et al. 2015 (arXiv 1505.04597): down to 8x8, and up again, joined with what was there on the way down. */
export function uNet({ classNames }: MaskData): Model {
  const image = input({ shape: [SIZE, SIZE, 3] });
  const fine = pair(8)(image); //           64 x 64
  const middle = pair(16)(half(fine)); //   32 x 32
  const coarse = pair(32)(half(middle)); // 16 x 16
  let x = pair(64)(half(coarse)); //         8 x 8: each place sees 60 pixels around it
  x = convolution(32)(join(twice(32)(x), coarse));
  x = convolution(16)(join(twice(16)(x), middle));
  x = convolution(16)(join(twice(8)(x), fine));
  const outputs = new Conv2D({ filters: classNames.length, kernelSize: 1, activation: "softmax" }).apply(x);
  return new Model({ inputs: image, outputs, name: "u_net" });
}

/** Convolution, normalization, ReLU. */
function convolution(filters: number, kernelSize = 3) {
  const layer = new Conv2D({ filters, kernelSize, padding: "same", useBias: false });
  return (x: KerasTensor) => new ReLU().apply(new BatchNormalization({ momentum: 0.9 }).apply(layer.apply(x)));
}
const pair = (filters: number) => (x: KerasTensor) => convolution(filters)(convolution(filters)(x));
const half = (x: KerasTensor) => new MaxPooling2D().apply(x);
const twice = (filters: number) => (x: KerasTensor) =>
  new Conv2DTranspose({ filters, kernelSize: 2, strides: 2 }).apply(x);
const join = (x: KerasTensor, skipped: KerasTensor) => new Concatenate().apply([x, skipped]);

/** Each pixel by its own colour; more weights would not see more. */
function perPixel({ classNames }: MaskData): Model {
  const image = input({ shape: [SIZE, SIZE, 3] });
  const x = convolution(32, 1)(convolution(32, 1)(image));
  const outputs = new Conv2D({ filters: classNames.length, kernelSize: 1, activation: "softmax" }).apply(x);
  return new Model({ inputs: image, outputs });
}

/** The same number of weights in Dense layers, which see the whole picture at once. */
function perceptron(data: MaskData): Model {
  const classes = data.classNames.length;
  const units = Math.max(1, Math.round(uNet(data).countParams() / (SIZE * SIZE * (3 + classes))));
  const image = input({ shape: [SIZE, SIZE, 3] });
  const hidden = new Dense({ units, activation: "relu" }).apply(new Flatten().apply(image));
  const scores = new Reshape({ targetShape: [SIZE, SIZE, classes] }).apply(
    new Dense({ units: SIZE * SIZE * classes }).apply(hidden),
  );
  return new Model({ inputs: image, outputs: new Softmax().apply(scores) });
}

/** The class of each pixel, [n, 64, 64]. */
export async function findMasks(model: Model, images: Tensor): Promise<Tensor> {
  return (await model.predict(images, { verbose: 0 })).argMax();
}

export const example: Example<MaskData> = {
  name: "segmentation",
  summary: "what each pixel of a picture belongs to",
  goals: { mIoU: 0.85 },
  rows: { train: 2000, test: 200 },
  epochs: 10,
  layout: "a folder of Oxford-IIIT Pets (images, annotations/trimaps)",
  draw: drawMaskData,
  load: loadMaskData,
  describe: ({ source, train, test }) =>
    `${source}; ${train.images.shape[0]} pictures to train on, ${test.images.shape[0]} to test on`,
  model: uNet,
  baselines: { "each pixel by itself": perPixel, "MLP at equal parameters": perceptron },
  setUp(model, { train }, { epochs, ...place }) {
    const decaySteps = epochs * Math.ceil(train.images.shape[0]! / 16);
    const learningRate = new CosineDecay({ initialLearningRate: 0.005, decaySteps });
    model.compile({ optimizer: new Adam({ learningRate }), loss: "sparse_categorical_crossentropy", ...place });
  },
  fit: (model, { train }, run) => model.fit(train.images, train.masks, { batchSize: 16, ...run }),
  async judge(model, { test, classNames }) {
    const found = await findMasks(model, test.images);
    const values = classIoU(test.masks.data, found.data, classNames.length);
    const known = values.filter((value) => !Number.isNaN(value));
    return {
      mIoU: known.reduce((a, b) => a + b, 0) / known.length,
      ...Object.fromEntries(classNames.map((name, c) => [`IoU ${name}`, values[c]!])),
    };
  },
  async picture(model, { test, classNames, source }) {
    const images = test.images.slice(0, 6);
    const found = await findMasks(model, images);
    const area = SIZE * SIZE;
    const pictures = Array.from({ length: images.shape[0]! }, (_, i): GridPicture[] => {
      const [truth, own] = [test.masks, found].map(({ data }) => Array.from(data.slice(i * area, (i + 1) * area)));
      const right = own!.reduce((sum, label, at) => sum + Number(label === truth![at]), 0);
      const picture = { data: images.data.slice(i * area * 3, (i + 1) * area * 3), shape: [SIZE, SIZE, 3] };
      return [
        { values: picture, caption: "picture" },
        { values: paintMask(truth!), caption: "truth" },
        { values: paintMask(own!), caption: `${((100 * right) / area).toFixed(1)} % right` },
      ];
    });
    const subtitle = `${source}. Classes: ${classNames.join(", ")}.`;
    return pictureGrid({ title: "What each pixel belongs to", subtitle, pictures: pictures.flat(), columns: 6 });
  },
};
