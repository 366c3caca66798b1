/** The duel: a CNN and an MLP of as many parameters learn from the same batches, and are then tested on damaged digits. */
import { Sequential, setSeed, Tensor } from "fovea";
import { Dense, Flatten } from "fovea/layers";
import { grouped } from "../../base/numbers.ts";
import { compileNetwork, makeHandout } from "../../engine/networks.ts";
import { shuffledRows } from "../../engine/shuffle.ts";
import type { Task } from "../../engine/tasks.ts";
import { loadTrainingData, type TrainingData } from "../../engine/training-data.ts";
import { noisy, shifted, shuffled } from "./state.ts";

export const fighters = ["cnn", "mlp"] as const;
export type Fighter = (typeof fighters)[number];

export interface DuelInput {
  /** Whether the pixels of all images are put into one other order. */
  readonly isShuffled: boolean;
  readonly images: number;
  readonly batchSize: number;
  readonly seed: number;
}

export interface DuelTest {
  readonly step: number;
  /** Share of right test digits. */
  readonly accuracy: Readonly<Record<Fighter, number>>;
}

/** What is told while the two learn. */
export interface DuelNews {
  readonly doing: string;
  readonly step: number;
  readonly totalSteps: number;
  /** Losses of the batches since the last news. */
  readonly losses: Readonly<Record<Fighter, readonly number[]>>;
  readonly test?: DuelTest;
}

/** Accuracies under damage of growing size. */
export interface DamageCurve {
  readonly amounts: readonly number[];
  readonly accuracy: Readonly<Record<Fighter, readonly number[]>>;
}

export interface DuelOutput {
  readonly parameters: Readonly<Record<Fighter, number>>;
  readonly shift: DamageCurve;
  readonly noise: DamageCurve;
  /** Weights of the MLP's first layer, [28, 28, 256]. */
  readonly templates: Float32Array;
}

/** Tests during training. */
const TESTS = 10;
/** Batches between two pieces of news. */
const NEWS = 4;
const SHIFTS = [0, 1, 2, 3, 4, 6];
const NOISES = [0, 0.1, 0.2, 0.3, 0.5, 0.8];

/** As many parameters as the handout's CNN, within a hundred. */
export function makeMlp(): Sequential {
  const model = new Sequential([
    new Flatten({ inputShape: [28, 28, 1] }),
    new Dense({ units: 256, activation: "relu" }),
    new Dense({ units: 10, activation: "softmax" }),
  ]);
  model.compile({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"], device: "auto" });
  return model;
}

/** Messages get a turn. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

let drawn: { readonly images: number; readonly data: TrainingData } | undefined;

/** Drawn once for a number of images. */
async function dataOf(images: number, signal: AbortSignal): Promise<TrainingData> {
  if (drawn?.images !== images) {
    const data = await loadTrainingData({ data: "digits", images, page: "" }, signal, () => undefined);
    drawn = { images, data };
  }
  return drawn.data;
}

const changed = (images: Tensor, change: (pixels: Float32Array) => Float32Array): Tensor =>
  new Tensor(change(images.data as Float32Array), images.shape);

export const duel: Task<DuelInput, DuelOutput> = async (input, { signal, progress }) => {
  const { isShuffled, images: count, batchSize, seed } = input;
  const tell = (news: DuelNews) => progress(news);
  const none = { cnn: [], mlp: [] };
  const totalSteps = Math.ceil(count / batchSize);
  tell({ doing: `drawing ${grouped(count)} digits`, step: 0, totalSteps, losses: none });
  await turn();
  const data = await dataOf(count, signal);
  const order = shuffledRows(28 * 28, seed, 0);
  const seen = (images: Tensor) => (isShuffled ? changed(images, (pixels) => shuffled(pixels, order)) : images);
  const [images, testImages] = [seen(data.images), seen(data.testImages)];
  setSeed(seed);
  const models: Record<Fighter, Sequential> = {
    cnn: compileNetwork(makeHandout(), { device: "auto" }),
    mlp: makeMlp(),
  };
  const accuracyOf = async (on: Tensor): Promise<Record<Fighter, number>> => {
    const found = { cnn: 0, mlp: 0 };
    for (const name of fighters) {
      signal.throwIfAborted();
      const logs = await models[name].evaluate(on, data.testTargets, { verbose: 0, batchSize: 100, signal });
      found[name] = logs.accuracy ?? Number.NaN;
    }
    return found;
  };
  const testEvery = Math.ceil(totalSteps / TESTS);
  let losses: Record<Fighter, number[]> = { cnn: [], mlp: [] };
  tell({
    doing: "compiling both",
    step: 0,
    totalSteps,
    losses: none,
    test: { step: 0, accuracy: await accuracyOf(testImages) },
  });
  for (let step = 1; step <= totalSteps; step++) {
    signal.throwIfAborted();
    const from = (step - 1) * batchSize;
    const batch = [images.slice(from, from + batchSize), data.targets.slice(from, from + batchSize)] as const;
    for (const name of fighters) losses[name].push((await models[name].trainOnBatch(...batch)).loss ?? Number.NaN);
    const isTest = step % testEvery === 0 || step === totalSteps;
    if (!isTest && step % NEWS !== 0) continue;
    const test = isTest ? { test: { step, accuracy: await accuracyOf(testImages) } } : {};
    tell({ doing: "training both on the same batches", step, totalSteps, losses, ...test });
    losses = { cnn: [], mlp: [] };
    await turn();
  }
  const damage = async (amounts: readonly number[], change: (pixels: Float32Array, amount: number) => Float32Array) => {
    const accuracy: Record<Fighter, number[]> = { cnn: [], mlp: [] };
    for (const amount of amounts) {
      const found = await accuracyOf(seen(changed(data.testImages, (pixels) => change(pixels, amount))));
      for (const name of fighters) accuracy[name].push(found[name]);
      await turn();
    }
    return { amounts, accuracy };
  };
  tell({ doing: "testing on shifted and noisy digits", step: totalSteps, totalSteps, losses: none });
  const [kernel] = models.mlp.getWeights();
  return {
    parameters: { cnn: models.cnn.countParams(), mlp: models.mlp.countParams() },
    shift: await damage(SHIFTS, shifted),
    noise: await damage(NOISES, (pixels, amount) => noisy(pixels, amount, seed)),
    templates: Float32Array.from(kernel!.data),
  };
};
