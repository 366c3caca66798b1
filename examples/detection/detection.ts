/** Object detection: digits of different size on a busy canvas → their boxes and classes. `npx fovea example detection` */
import { input, type KerasTensor, Model, type Tensor } from "fovea";
import { Constant } from "fovea/initializers";
import { averagePrecision, boxIoU, type FoundBox } from "fovea/insight";
import { BatchNormalization, Concatenate, Conv2D, Dense, Flatten, ReLU, Reshape } from "fovea/layers";
import { Adam } from "fovea/optimizers";
import { type GridPicture, type PictureBox, pictureGrid } from "fovea/plot";
import { CosineDecay } from "fovea/schedules";
import { boxesOfCells, detectionLoss } from "../shared/cells.ts";
import type { Example } from "../shared/example.ts";
import { type BoxData, type BoxSplit, GRID, SIZE } from "./boxes.ts";
import { drawBoxData } from "./draw.ts";

/** A cell of 8x8 pixels says which object has its middle nearby (a number per class), and how far away the four sides are. */
export function detector({ classNames }: BoxData): Model {
  const image = input({ shape: [SIZE, SIZE, 3] });
  let x = block(16, 2)(image); //       48 x 48
  x = block(32, 2)(x); //               24 x 24
  x = block(48)(block(48, 2)(x)); //    12 x 12: the cells
  x = block(48)(block(48)(x));
  const three = { kernelSize: 3, padding: "same" } as const;
  // At first one cell of a hundred is taken for an object: σ(-4.6) = 0.01.
  const biasInitializer = new Constant({ value: -4.6 });
  const classes = new Conv2D({ filters: classNames.length, ...three, biasInitializer, name: "classes" });
  const sides = new Conv2D({ filters: 4, ...three, activation: "softplus", name: "sides" });
  const outputs = new Concatenate().apply([classes.apply(x), sides.apply(x)]);
  return new Model({ inputs: image, outputs, name: "detector" });
}

/** Convolution, normalization, ReLU. */
function block(filters: number, strides = 1) {
  const convolution = new Conv2D({ filters, kernelSize: 3, strides, padding: "same", useBias: false });
  return (x: KerasTensor) => new ReLU().apply(new BatchNormalization().apply(convolution.apply(x)));
}

/** The same number of weights in Dense layers, which see the whole picture at once. */
function perceptron(data: BoxData): Model {
  const outputs = GRID * GRID * (data.classNames.length + 4);
  const units = Math.max(1, Math.round(detector(data).countParams() / (SIZE * SIZE * 3 + outputs)));
  const image = input({ shape: [SIZE, SIZE, 3] });
  const hidden = new Dense({ units, activation: "relu" }).apply(new Flatten().apply(image));
  const biasInitializer = new Constant({ value: -1 });
  const cells = new Dense({ units: outputs, biasInitializer }).apply(hidden);
  return new Model({ inputs: image, outputs: new Reshape({ targetShape: [GRID, GRID, -1] }).apply(cells) });
}

/** The boxes that a model finds in pictures [n, 96, 96, 3], best first. */
export async function findBoxes(model: Model, images: Tensor, scoreThreshold: number, acrossClasses = false) {
  return boxesOfCells(await model.predict(images, { verbose: 0 }), { scoreThreshold, acrossClasses });
}

export const example: Example<BoxData> = {
  name: "detection",
  summary: "where objects are in a picture, and what they are",
  goals: { "mAP@0.5": 0.85 },
  rows: { train: 3000, test: 300 },
  epochs: 10,
  layout: "a folder of Pascal VOC (Annotations, JPEGImages) or COCO (annotations/*.json and pictures)",
  draw: drawBoxData,
  load: async (folder, options) => (await import("./load.ts")).loadBoxData(folder, options),
  describe: ({ source, train, test }) =>
    `${source}; ${train.boxes.length} pictures to train on, ${test.boxes.length} to test on`,
  model: detector,
  baselines: { "MLP at equal parameters": perceptron },
  setUp(model, { train }, { epochs, ...place }) {
    const decaySteps = epochs * Math.ceil(train.boxes.length / 32);
    const learningRate = new CosineDecay({ initialLearningRate: 0.003, decaySteps });
    model.compile({ optimizer: new Adam({ learningRate }), loss: detectionLoss, ...place });
  },
  fit: (model, { train }, run) => model.fit(train.images, train.targets, { batchSize: 32, ...run }),
  async judge(model, { test }) {
    const found = await findBoxes(model, test.images, 0.05);
    const { mean, byThreshold } = averagePrecision(test.boxes, found);
    return { "mAP@0.5": byThreshold[0]!, "mAP@0.5:0.95": mean };
  },
  async picture(model, { test, classNames, source }) {
    const found = await findBoxes(model, test.images.slice(0, 12), 0.35, true);
    const pictures = found.map((boxes, i) => sheet(test, i, boxes, classNames));
    return pictureGrid({
      title: "What the detector found",
      subtitle: `${source}; dashed: missed.`,
      pictures,
      columns: 4,
    });
  },
};

/** A picture with what was found, and what was not. */
function sheet({ images, boxes }: BoxSplit, row: number, found: FoundBox[], names: readonly string[]): GridPicture {
  const drawn = found.map(({ box: [left, top, right, bottom], label, score }): PictureBox => {
    return { left, top, right, bottom, color: label, label: `${names[label]} ${score.toFixed(2)}` };
  });
  const missed = boxes[row]!.filter((truth) => !found.some((each) => overlaps(each, truth)));
  const dashed = missed.map(({ box: [left, top, right, bottom], label }): PictureBox => {
    return { left, top, right, bottom, color: label, label: `${names[label]} missed`, dashed: true };
  });
  const image = images.slice(row, row + 1);
  return { values: { data: image.data, shape: image.shape.slice(1) }, boxes: [...drawn, ...dashed] };
}

const overlaps = (a: FoundBox, b: { box: FoundBox["box"]; label: number }) =>
  a.label === b.label && boxIoU(a.box, b.box) > 0.5;
