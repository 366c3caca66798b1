/** What station 8 asks of the worker. */
import { type Sequential, tensor, toCategorical } from "fovea";
import { digits } from "fovea/datasets";
import { featureMaps, occlusion, shiftMap } from "fovea/insight";
import { copyNetwork } from "../../engine/make-network.ts";
import { compileNetwork, imagesTensor } from "../../engine/networks.ts";
import type { WeightsAt } from "../../engine/protocol.ts";
import type { Task } from "../../engine/tasks.ts";
import { lessonRows, nearestRows } from "./state.ts";

export interface DrawnDigits {
  /** [count, 28, 28, 1] in 0 … 1. */
  readonly images: Float32Array;
  readonly labels: Int32Array;
}

/** Digits that the program draws: none of them is from MNIST. */
export const drawDigits: Task<{ readonly count: number }, DrawnDigits> = async ({ count }) => {
  const { test } = await digits.load({ train: 1, test: count });
  return { images: Float32Array.from(test.images.data), labels: Int32Array.from(test.labels.data) };
};

export interface ShiftInput {
  readonly image: Float32Array;
  readonly at: WeightsAt;
}

export interface Shifts {
  /** The class for each shift, [7, 7]. */
  readonly classes: Int32Array;
  /** [7, 7, 10] */
  readonly probabilities: Float32Array;
}

/** The answers when the image is shifted by up to three pixels. */
export const shifts: Task<ShiftInput, Shifts> = ({ image, at }, { withModel }) =>
  withModel(at, async (model) => {
    const { classes, outputs } = await shiftMap(model, tensor(image, [28, 28, 1]), { reach: 3 });
    return { classes: Int32Array.from(classes.data), probabilities: Float32Array.from(outputs.data) };
  });

export interface MistakeInput {
  readonly at: WeightsAt;
  /** [28, 28] */
  readonly image: Float32Array;
  /** What the image is, and what it is taken for. */
  readonly label: number;
  readonly read: number;
}

/** A digit of those that the program draws to train with. */
export interface Neighbour {
  readonly image: Float32Array;
  readonly label: number;
  /** Between the features, as a share of the length of the mistaken digit's. */
  readonly distance: number;
}

export interface Mistake {
  /** How much of the probability of the wrong answer goes when a patch is covered, [rows, columns]. */
  readonly drop: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** The nearest first. */
  readonly neighbours: readonly Neighbour[];
}

/** Rows and columns of the patch that covers. */
const PATCH = 5;
/** Digits among which the nearest ones are looked for, and how many are found. */
const [SEARCHED, FOUND] = [240, 6];
/** Images whose features are computed at once. */
const CHUNK = 60;
const PIXELS = 784;

/** What the layer before the last one gives, a row for each image. */
async function featuresOf(model: Sequential, images: Float32Array): Promise<Float32Array[]> {
  const layer = model.layers.at(-2)!.name;
  const rows: Float32Array[] = [];
  for (let from = 0; from < images.length; from += CHUNK * PIXELS) {
    const part = imagesTensor(images.slice(from, from + CHUNK * PIXELS));
    const { data, shape } = (await featureMaps(model, part, { layers: [layer] }))[layer]!;
    const size = data.length / shape[0]!;
    for (let row = 0; row < shape[0]!; row++)
      rows.push(Float32Array.from(data.subarray(row * size, (row + 1) * size) as Float32Array));
  }
  return rows;
}

/** What speaks for a wrong answer: the pixels, and the digits of the training that look like it to the network. */
export const examineMistake: Task<MistakeInput, Mistake> = ({ at, image, read }, { withModel, signal }) =>
  withModel(at, async (model) => {
    signal.throwIfAborted();
    const { maps } = await occlusion(model, imagesTensor(image), { size: PATCH, classIndex: read });
    signal.throwIfAborted();
    const { train } = await digits.load({ train: SEARCHED, test: 1 });
    const drawn = Float32Array.from(train.images.data);
    const [own] = await featuresOf(model, image);
    signal.throwIfAborted();
    const nearest = nearestRows(own!, await featuresOf(model, drawn), FOUND);
    return {
      drop: Float32Array.from(maps.data),
      rows: maps.shape[1]!,
      columns: maps.shape[2]!,
      neighbours: nearest.map(({ row, distance }) => ({
        image: drawn.slice(row * PIXELS, (row + 1) * PIXELS),
        label: train.labels.data[row]!,
        distance,
      })),
    };
  });

export interface LessonInput extends MistakeInput {
  /** Digits by which it is told what the lesson has cost, [n, 28, 28]. */
  readonly images: Float32Array;
}

/** Answers before and after the lesson. */
export interface Lesson {
  /** For the mistaken digit, ten each. */
  readonly before: Float32Array;
  readonly after: Float32Array;
  /** For all digits, [n, 10]. */
  readonly allBefore: Float32Array;
  readonly allAfter: Float32Array;
}

/** Steps of a lesson, its batch, and how many rows of it are the mistaken digit. */
const [STEPS, BATCH, TAUGHT] = [50, 32, 4];
/** A tenth of Adam's usual rate: a lesson should not undo what has been learnt. */
const RATE = 1e-4;

/** Trains a copy of the network on the mistaken digit among others, and compares. The network itself stays as it is. */
export const teach: Task<LessonInput, Lesson> = async (input, { withModel, signal, progress }) => {
  const { at, image, label, images } = input;
  const { copy, before, allBefore } = await withModel(at, async (model) => {
    signal.throwIfAborted();
    const [copy, before] = [copyNetwork(model), await probabilitiesOf(model, image)];
    return { copy, before, allBefore: await probabilitiesOf(model, images) };
  });
  const { train } = await digits.load({ train: STEPS * (BATCH - TAUGHT), test: 1 });
  const drawn = train.images.data as Float32Array;
  compileNetwork(copy, { device: "cpu", learningRate: RATE });
  for (let step = 0; step < STEPS; step++) {
    signal.throwIfAborted();
    const batch = new Float32Array(BATCH * PIXELS);
    const labels = new Int32Array(BATCH);
    lessonRows(step, BATCH, TAUGHT).forEach((row, at) => {
      batch.set(row < 0 ? image : drawn.subarray(row * PIXELS, (row + 1) * PIXELS), at * PIXELS);
      labels[at] = row < 0 ? label : train.labels.data[row]!;
    });
    await copy.trainOnBatch(imagesTensor(batch), toCategorical(labels, 10));
    progress((step + 1) / STEPS);
  }
  return {
    before,
    after: await probabilitiesOf(copy, image),
    allBefore,
    allAfter: await probabilitiesOf(copy, images),
  };
};

const probabilitiesOf = async (model: Sequential, images: Float32Array): Promise<Float32Array> =>
  Float32Array.from((await model.predict(imagesTensor(images), { verbose: 0, batchSize: 50 })).data);
