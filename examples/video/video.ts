/** Video classification: which way something moves in a clip, by convolutions over space and time. `npx fovea example video` */
import { input, type KerasTensor, Model, Tensor } from "fovea";
import {
  BatchNormalization,
  Conv2D,
  Conv3D,
  Dense,
  Flatten,
  GlobalAveragePooling1D,
  GlobalAveragePooling3D,
  type Layer,
  LSTM,
  MaxPooling2D,
  MaxPooling3D,
  ReLU,
  TimeDistributed,
} from "fovea/layers";
import { Adam } from "fovea/optimizers";
import { type GridPicture, pictureGrid } from "fovea/plot";
import { CosineDecay } from "fovea/schedules";
import type { Example } from "../shared/example.ts";
import { type ClipData, FRAMES, SIZE } from "./clips.ts";
import { drawClips } from "./draw.ts";
import { loadClips } from "./load.ts";

/** Kernels of 3 frames x 3 x 3 pixels see motion as they see edges. C3D, Tran et al. 2015 (arXiv 1412.0767), in small. */
function spaceTime({ classNames }: ClipData): Model {
  const clip = input({ shape: [FRAMES, SIZE, SIZE, 1] });
  let x = block(new Conv3D({ filters: 12, kernelSize: 3, strides: [1, 2, 2], padding: "same" }).apply(clip)); // 8 x 16 x 16
  x = block(new Conv3D({ filters: 24, kernelSize: 3, padding: "same" }).apply(x));
  x = new MaxPooling3D({ poolSize: [1, 2, 2] }).apply(x); //                                               8 x  8 x  8
  x = block(new Conv3D({ filters: 32, kernelSize: 3, padding: "same" }).apply(x));
  x = new MaxPooling3D({ poolSize: 2 }).apply(x); //                                                       4 x  4 x  4
  x = block(new Conv3D({ filters: 32, kernelSize: 3, padding: "same" }).apply(x));
  x = new GlobalAveragePooling3D().apply(x);
  const outputs = new Dense({ units: classNames.length, activation: "softmax" }).apply(x);
  return new Model({ inputs: clip, outputs, name: "space_time" });
}

/** Normalization, ReLU. */
const block = (x: KerasTensor) => new ReLU().apply(new BatchNormalization({ momentum: 0.9 }).apply(x));

/** What a CNN sees in each frame, [clips, frames, features]. */
function frameByFrame(filters: number) {
  const clip = input({ shape: [FRAMES, SIZE, SIZE, 1] });
  const each = (layer: Layer, x: KerasTensor) => new TimeDistributed({ layer }).apply(x) as KerasTensor;
  const window = { kernelSize: 3, padding: "same" } as const;
  let x = block(each(new Conv2D({ filters: 12, strides: 2, ...window }), clip));
  x = block(each(new Conv2D({ filters: 24, ...window }), x));
  x = block(each(new Conv2D({ filters, ...window }), each(new MaxPooling2D(), x)));
  const features = each(new Flatten(), each(new MaxPooling2D(), x));
  return { clip, features: block(new Dense({ units: 32, useBias: false }).apply(features)) };
}

/** A CNN sees the frames one by one, and an LSTM remembers what it saw. */
function recurrent({ classNames }: ClipData): Model {
  const { clip, features } = frameByFrame(52);
  const x = new LSTM({ units: 48 }).apply(features);
  return new Model({ inputs: clip, outputs: new Dense({ units: classNames.length, activation: "softmax" }).apply(x) });
}

/** A CNN sees the frames one by one, and the mean of what it saw decides: their order is lost. */
function perFrame({ classNames }: ClipData): Model {
  const { clip, features } = frameByFrame(74);
  const x = new GlobalAveragePooling1D().apply(features);
  return new Model({ inputs: clip, outputs: new Dense({ units: classNames.length, activation: "softmax" }).apply(x) });
}

/** The same number of weights in Dense layers, which see the whole clip at once. */
function perceptron(data: ClipData): Model {
  const pixels = FRAMES * SIZE * SIZE;
  const units = Math.round(spaceTime(data).countParams() / (pixels + data.classNames.length));
  const clip = input({ shape: [FRAMES, SIZE, SIZE, 1] });
  const hidden = new Dense({ units, activation: "relu" }).apply(new Flatten().apply(clip));
  const outputs = new Dense({ units: data.classNames.length, activation: "softmax" }).apply(hidden);
  return new Model({ inputs: clip, outputs });
}

interface RunningAnswer {
  readonly label: number;
  readonly probability: number;
}

/**
 * What a model says after each frame of a clip [1, 8, 32, 32, 1], if the picture stood still from there on: the most probable class
 * and how probable it is.
 */
export async function runningAnswer(model: Model, clip: Tensor): Promise<RunningAnswer[]> {
  const area = SIZE * SIZE;
  const frozen = Float32Array.from({ length: FRAMES * FRAMES * area }, (_, i) => {
    const [until, frame, pixel] = [Math.floor(i / (FRAMES * area)), Math.floor(i / area) % FRAMES, i % area];
    return clip.data[Math.min(until, frame) * area + pixel]!;
  });
  const { data, shape } = await model.predict(new Tensor(frozen, [FRAMES, FRAMES, SIZE, SIZE, 1]), { verbose: 0 });
  const classes = shape[1]!;
  return Array.from({ length: FRAMES }, (_, row) => {
    const scores = Array.from(data.slice(row * classes, (row + 1) * classes));
    const probability = Math.max(...scores);
    return { label: scores.indexOf(probability), probability };
  });
}

/** A frame of a clip with the answer so far; framed where it is right. */
function answeredFrame(
  clip: Tensor,
  frame: number,
  { label, probability }: RunningAnswer,
  truth: number,
  classNames: readonly string[],
): GridPicture {
  const area = SIZE * SIZE;
  return {
    values: { data: clip.data.slice(frame * area, (frame + 1) * area), shape: [SIZE, SIZE, 1] },
    caption: [classNames[label]!, `${(100 * probability).toFixed(0)} %`],
    selected: label === truth,
  };
}

export const example: Example<ClipData> = {
  name: "video",
  summary: "how something moves in a clip",
  goals: { accuracy: 0.95 },
  rows: { train: 3000, test: 400 },
  epochs: 10,
  layout: "a folder for each class, in it a folder for each clip with its frames as pictures in order",
  draw: drawClips,
  load: loadClips,
  describe: ({ source, train, test }) =>
    `${source}; ${train.clips.shape[0]} to train on, ${test.clips.shape[0]} to test on`,
  model: spaceTime,
  baselines: {
    "CNN and LSTM at equal parameters": recurrent,
    "CNN frame by frame at equal parameters": perFrame,
    "MLP at equal parameters": perceptron,
  },
  setUp(model, { train }, { epochs, device, threads }) {
    const decaySteps = epochs * Math.ceil(train.clips.shape[0]! / 32);
    const optimizer = new Adam({ learningRate: new CosineDecay({ initialLearningRate: 0.003, decaySteps }) });
    model.compile({ optimizer, loss: "sparse_categorical_crossentropy", metrics: ["accuracy"], device, threads });
  },
  fit: (model, { train }, run) => model.fit(train.clips, train.labels, { batchSize: 32, ...run }),
  async judge(model, { test }) {
    const { accuracy } = await model.evaluate(test.clips, test.labels, { verbose: 0 });
    return { accuracy: accuracy! };
  },
  async picture(model, { test, classNames, source }) {
    const pictures: GridPicture[] = [];
    for (const row of firstOfEach(test.labels.data, classNames.length)) {
      const clip = test.clips.slice(row, row + 1);
      const answers = await runningAnswer(model, clip);
      const truth = test.labels.data[row]!;
      pictures.push(...answers.map((answer, frame) => answeredFrame(clip, frame, answer, truth, classNames)));
    }
    const subtitle = `${source}. Below each frame: the answer so far; framed where it is right.`;
    return pictureGrid({ title: "How something moves", subtitle, pictures, columns: FRAMES, width: 760 });
  },
  async film(model, { test, classNames, source }) {
    const rows = firstOfEach(test.labels.data, classNames.length);
    const clips = rows.map((row) => test.clips.slice(row, row + 1));
    const answers = await Promise.all(clips.map((clip) => runningAnswer(model, clip)));
    return Array.from({ length: FRAMES }, (_, frame) => {
      const pictures = clips.map((clip, row) =>
        answeredFrame(clip, frame, answers[row]![frame]!, test.labels.data[rows[row]!]!, classNames),
      );
      const subtitle = `${source}. The answer so far; framed where it is right.`;
      return pictureGrid({ title: "How something moves", subtitle, pictures, columns: 4 });
    });
  },
};

/** Rows: the first of each class, of those that have one. */
const firstOfEach = (labels: ArrayLike<number>, classes: number) =>
  Array.from({ length: classes }, (_, label) => Array.from(labels).indexOf(label)).filter((row) => row >= 0);
