/** The programs of `fovea example` at station 11: their networks with the weights that they trained, on scenes that they draw. */
import type { AnyModel, Model, Tensor } from "fovea";
import type { FoundBox, TrueBox } from "fovea/insight";
import { detector, findBoxes } from "../../../../examples/detection/detection.ts";
import { drawBoxData } from "../../../../examples/detection/draw.ts";
import { drawSearchData } from "../../../../examples/search/draw.ts";
import { embedder, pointsOf } from "../../../../examples/search/search.ts";
import { drawMaskData } from "../../../../examples/segmentation/draw.ts";
import { findMasks, uNet } from "../../../../examples/segmentation/segmentation.ts";
import { readSmallWeights } from "../../engine/small-weights.ts";

export interface SceneInput {
  /** The file of the program's weights. */
  readonly weights: ArrayBuffer;
  readonly seed: number;
}

interface Scenes {
  /** [n, size, size, 3], 0 … 1. */
  readonly pictures: Float32Array;
  /** Milliseconds that the network took. */
  readonly ms: number;
}

export interface DetectOutput extends Scenes {
  /** Of each picture, the best first; from a score of 0.05 on. */
  readonly found: readonly (readonly FoundBox[])[];
  readonly truth: readonly (readonly TrueBox[])[];
}

export interface SegmentOutput extends Scenes {
  /** The class of each pixel, [n, 64, 64]. */
  readonly truth: Int32Array;
  readonly found: Int32Array;
}

export interface SearchOutput extends Scenes {
  /** The sign of each picture. */
  readonly labels: Int32Array;
  /** A point of length 1 for each picture, [n, 48]. */
  readonly points: Float32Array;
}

/** Scenes that are drawn, and signs with eight pictures each. */
const [SCENES, SIGNS] = [6, 12] as const;

const networks = new Map<string, Model>();

/** A program's network with its weights, made once. */
function open(name: string, weights: ArrayBuffer, make: () => Model): Model {
  const known = networks.get(name);
  if (known !== undefined) return known;
  const model = make();
  model.compile({ device: "cpu" });
  model.setWeights(
    readSmallWeights(
      weights,
      model.weights.map(({ shape }) => shape),
    ),
  );
  networks.set(name, model);
  return model;
}

const copyOf = ({ data }: Tensor) => Float32Array.from(data);

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const start = performance.now();
  return { value: await work(), ms: performance.now() - start };
}

export async function detect({ weights, seed }: SceneInput): Promise<DetectOutput> {
  const { test, ...data } = await drawBoxData({ seed, train: 1, test: SCENES });
  const model = open("detection", weights, () => detector({ test, ...data }));
  const { value: found, ms } = await timed(() => findBoxes(model, test.images, 0.05, true));
  return { pictures: copyOf(test.images), found, truth: test.boxes, ms };
}

export async function segment({ weights, seed }: SceneInput): Promise<SegmentOutput> {
  const data = drawMaskData({ seed, train: 1, test: SCENES });
  const model = open("segmentation", weights, () => uNet(data));
  const { images, masks } = data.test;
  const { value: found, ms } = await timed(() => findMasks(model, images));
  return { pictures: copyOf(images), truth: Int32Array.from(masks.data), found: Int32Array.from(found.data), ms };
}

export async function embed({ weights, seed }: SceneInput): Promise<SearchOutput> {
  const { pictures, labels } = drawSearchData({ seed, train: 1, test: SIGNS }).gallery;
  const model = open("search", weights, embedder);
  const { value: points, ms } = await timed(() => pointsOf(model as AnyModel, pictures));
  return { pictures: copyOf(pictures), labels: Int32Array.from(labels.data), points: copyOf(points), ms };
}
