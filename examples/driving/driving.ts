/** A driving scene: lanes, cars and signs, and how to steer, from one camera. `npx fovea example driving` */
import { input, type KerasTensor, Model, type Tensor } from "fovea";
import { Constant } from "fovea/initializers";
import { averagePrecision, type FoundBox } from "fovea/insight";
import {
  Activation,
  BatchNormalization,
  Concatenate,
  Conv2D,
  Dense,
  Flatten,
  ReLU,
  Reshape,
  Softmax,
  UpSampling2D,
} from "fovea/layers";
import { Adam } from "fovea/optimizers";
import { type GridPicture, type PictureBox, pictureGrid, type Scene, themes } from "fovea/plot";
import { CosineDecay } from "fovea/schedules";
import { boxesOfCells, detectionLoss } from "../shared/cells.ts";
import { classIoU } from "../shared/class-iou.ts";
import type { Example } from "../shared/example.ts";
import { type DriveData, drawDriveData, drawMap, drive, thingNames } from "./draw.ts";
import { loadDriveData } from "./load.ts";
import { HEIGHT, LANE, WIDTH } from "./track.ts";

type Heads = { lanes: KerasTensor; cells: KerasTensor; steering: KerasTensor };
type Driver = Model<KerasTensor, Heads>;

/** One backbone, three heads. */
function driver(): Driver {
  const image = input({ shape: [HEIGHT, WIDTH, 3] });
  const fine = block(16, 2)(image); //                24 x 48
  const middle = block(32)(block(24, 2)(fine)); //    12 x 24
  const coarse = block(48)(block(48, 2)(middle)); //   6 x 12
  // Ground, own lane or other lane, for every other pixel: up again, joined with what was there on the way down.
  let x = block(24)(new Concatenate().apply([new UpSampling2D().apply(coarse), middle]));
  x = block(16)(new Concatenate().apply([new UpSampling2D().apply(x), fine]));
  const lanes = new Conv2D({ filters: 3, kernelSize: 1, activation: "softmax", name: "lanes" }).apply(x);
  // Cars and signs, by cells of 8x8 pixels.
  const three = { kernelSize: 3, padding: "same" } as const;
  const biasInitializer = new Constant({ value: -4.6 });
  const near = block(48)(coarse);
  const classes = new Conv2D({ filters: thingNames.length, ...three, biasInitializer }).apply(near);
  const sides = new Conv2D({ filters: 4, ...three, activation: "softplus" }).apply(near);
  const cells = new Concatenate({ name: "cells" }).apply([classes, sides]);
  // The curve to drive.
  const flat = new Flatten().apply(block(12)(coarse));
  const steering = new Dense({ units: 1, name: "steering" }).apply(
    new Dense({ units: 32, activation: "relu" }).apply(flat),
  );
  return new Model({ inputs: image, outputs: { lanes, cells, steering }, name: "driver" });
}

/** Convolution, normalization, ReLU. */
function block(filters: number, strides = 1) {
  const convolution = new Conv2D({ filters, kernelSize: 3, strides, padding: "same", useBias: false });
  return (x: KerasTensor) => new ReLU().apply(new BatchNormalization({ momentum: 0.9 }).apply(convolution.apply(x)));
}

/** The same heads on Dense layers, with as many weights. */
function perceptron(): Driver {
  const [lanePixels, cellCount] = [(HEIGHT * WIDTH) / 4, (HEIGHT * WIDTH) / 64];
  const outputs = lanePixels * 3 + cellCount * (thingNames.length + 4) + 1;
  const units = Math.round(driver().countParams() / (HEIGHT * WIDTH * 3 + outputs));
  const image = input({ shape: [HEIGHT, WIDTH, 3] });
  const x = new Dense({ units, activation: "relu" }).apply(new Flatten().apply(image));
  const shaped = (units: number, targetShape: number[], activation: "softmax" | "linear", name: string, bias = 0) => {
    const dense = new Dense({ units, biasInitializer: new Constant({ value: bias }) });
    const made = new Reshape({ targetShape }).apply(dense.apply(x));
    return activation === "softmax"
      ? new Softmax({ name }).apply(made)
      : new Activation({ activation, name }).apply(made);
  };
  const lanes = shaped(lanePixels * 3, [HEIGHT / 2, WIDTH / 2, 3], "softmax", "lanes");
  const cells = shaped(cellCount * 6, [HEIGHT / 8, WIDTH / 8, 6], "linear", "cells", -1);
  const steering = new Dense({ units: 1, name: "steering" }).apply(x);
  return new Model({ inputs: image, outputs: { lanes, cells, steering } });
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

export const example: Example<DriveData, Driver> = {
  name: "driving",
  summary: "lanes, cars and signs, and how to steer: one backbone, three heads; then it drives",
  goals: { laps: 10, "mIoU lanes": 0.85 },
  rows: { train: 3000, test: 300 },
  epochs: 8,
  layout: "a folder of Udacity's simulator (driving_log.csv, IMG): steering alone",
  draw: drawDriveData,
  load: loadDriveData,
  describe: ({ source, train, test }) =>
    `${source}; ${train.boxes.length} views to train on, ${test.boxes.length} to test on`,
  model: driver,
  baselines: { "MLP at equal parameters": perceptron },
  setUp(model, { train }, { epochs, device, threads }) {
    const decaySteps = epochs * Math.ceil(train.boxes.length / 32);
    model.compile({
      optimizer: new Adam({ learningRate: new CosineDecay({ initialLearningRate: 0.003, decaySteps }) }),
      loss: { lanes: "sparse_categorical_crossentropy", cells: detectionLoss, steering: "mse" },
      lossWeights: { lanes: 1, cells: 1, steering: 2 },
      device,
      threads,
    });
  },
  fit(model, { train: { images, lanes, cells, steering }, isSteeringAlone }, run) {
    const rows = images.shape[0]!;
    const known = new Float32Array(rows).fill(isSteeringAlone ? 0 : 1);
    const sampleWeight = { lanes: known, cells: known, steering: new Float32Array(rows).fill(1) };
    return model.fit(images, { lanes, cells, steering }, { batchSize: 32, sampleWeight, ...run });
  },
  async judge(model, { test, seed, isSteeringAlone }) {
    const { lanes, cells, steering } = await model.predict(test.images, { verbose: 0 });
    const errors = Array.from(steering.data, (value, i) => Math.abs(value - test.steering.data[i]!));
    if (isSteeringAlone) return { "steering error": mean(errors) };
    const ious = classIoU(test.lanes.data, lanes.argMax().data, 3);
    const { byThreshold } = averagePrecision(test.boxes, boxesOfCells(cells, { scoreThreshold: 0.05 }));
    // Five roads, two laps each.
    const { laps, deviation } = await drive(model, seed, 5, 2);
    return {
      laps: laps.reduce((a, b) => a + b, 0),
      "metres off the middle": deviation,
      "mIoU lanes": mean(ious),
      "mAP@0.5 cars and signs": byThreshold[0]!,
      "steering error": mean(errors),
    };
  },
  async picture(model, { test, source, seed, isSteeringAlone }) {
    const images = test.images.slice(0, 6);
    const { lanes, cells, steering } = await model.predict(images, { verbose: 0 });
    const found = boxesOfCells(cells, { scoreThreshold: 0.35, acrossClasses: true });
    const pictures = found.map((boxes, row): GridPicture => {
      const truth = test.steering.data[row]!;
      const caption = `steer ${steering.data[row]!.toFixed(2)} (truth ${truth.toFixed(2)})`;
      return { values: paint(images, lanes.argMax(), row), boxes: boxes.map(outline), caption };
    });
    const { laps, trips } = isSteeringAlone ? { laps: [], trips: [] } : await drive(model, seed, 2, 2);
    const maps = trips.map((trip, i) => ({
      values: drawMap(trip),
      caption: `${laps[i]!.toFixed(1)} laps by its own eyes`,
    }));
    const subtitle = `${source}. Blue: own lane, green: other lane. Steering in radians for ten metres, to the left.`;
    return pictureGrid({ title: "What the driver sees", subtitle, pictures: [...pictures, ...maps], columns: 2 });
  },
  async film(model, { seed }) {
    const scenes: Scene[] = [];
    await drive(model, seed, 1, 1, (views, { lanes, cells, steering }, [trip]) => {
      if (trip!.path.length % 8 !== 0) return;
      const [boxes] = boxesOfCells(cells, { scoreThreshold: 0.35, acrossClasses: true });
      const view = { values: paint(views, lanes.argMax(), 0), boxes: boxes!.map(outline) };
      const road = { values: drawMap(trip!, 1), caption: `steer ${steering.data[0]!.toFixed(2)}` };
      scenes.push(pictureGrid({ pictures: [view, road], columns: 2 }));
    });
    return scenes;
  },
  async watch(model, { seed, isSteeringAlone }, show) {
    if (isSteeringAlone) return;
    await drive(model, seed, 1, 1, (views, { lanes, cells, steering }, [trip]) => {
      if (trip!.path.length % 4 !== 0) return;
      const view = paint(views, lanes.argMax(), 0);
      for (const { box, label } of boxesOfCells(cells, { scoreThreshold: 0.35, acrossClasses: true })[0]!)
        frame(view.data, box, label);
      const { track, path } = trip!;
      const off = path.length === 0 ? 0 : track.offsetOf(path.at(-1)!.x, path.at(-1)!.y) - LANE / 2;
      const said = `steers ${steering.data[0]!.toFixed(2)}, ${Math.abs(off).toFixed(2)} m off the middle of its lane`;
      show(view, `${path.length} m: ${said}`);
    });
  },
};

/** Draws the sides of a box into a picture: cars light, signs in the colour of signs. */
function frame(data: Float32Array, [left, top, right, bottom]: FoundBox["box"], label: number): void {
  const color = label === 0 ? [1, 1, 1] : [1, 0.85, 0.1];
  const [x0, y0, x1, y1] = [left, top, right - 1, bottom - 1].map(Math.round) as [number, number, number, number];
  for (let y = Math.max(0, y0); y <= Math.min(HEIGHT - 1, y1); y++)
    for (let x = Math.max(0, x0); x <= Math.min(WIDTH - 1, x1); x++)
      if (x === x0 || x === x1 || y === y0 || y === y1) data.set(color, (y * WIDTH + x) * 3);
}

/** A box that was found, as it is drawn. */
function outline({ box: [left, top, right, bottom], label, score }: FoundBox): PictureBox {
  const color = label === 0 ? 4 : 1;
  return { left, top, right, bottom, color, label: `${thingNames[label]} ${score.toFixed(2)}` };
}

/** A picture with its lanes in colour. */
function paint(images: Tensor, lanes: Tensor, row: number): { data: Float32Array; shape: number[] } {
  const data = Float32Array.from(images.data.slice(row * HEIGHT * WIDTH * 3, (row + 1) * HEIGHT * WIDTH * 3));
  for (let i = 0; i < HEIGHT * WIDTH; i++) {
    const [y, x] = [Math.floor(i / WIDTH), i % WIDTH];
    const lane = lanes.data[((row * HEIGHT) / 2 + Math.floor(y / 2)) * (WIDTH / 2) + Math.floor(x / 2)]!;
    if (lane === 0) continue;
    const color = themes.light.classes[lane === 1 ? 0 : 2]!;
    for (let c = 0; c < 3; c++)
      data[3 * i + c] = 0.6 * data[3 * i + c]! + (0.4 * Number.parseInt(color.slice(1 + 2 * c, 3 + 2 * c), 16)) / 255;
  }
  return { data, shape: [HEIGHT, WIDTH, 3] };
}
