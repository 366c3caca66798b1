/** What station 7 asks the engine: races of its devices. */
import { Sequential, setSeed, toCategorical } from "fovea";
import { digits } from "fovea/datasets";
import { type CrossoverCell, crossover, type RaceFailure, race } from "fovea/insight";
import { Conv2D, Dense, Flatten } from "fovea/layers";
import { grouped } from "../../base/numbers.ts";
import { compileNetwork, makeHandout } from "../../engine/networks.ts";
import type { CallContext } from "../../engine/server.ts";
import type { Task } from "../../engine/tasks.ts";
import { type Absent, type Entry, type LaneKey, lanes } from "./state.ts";

export interface RaceInput {
  /** One after the other, in this order. */
  readonly keys: readonly LaneKey[];
  readonly steps: number;
  readonly batchSize: number;
  /** Drawn digits. */
  readonly images: number;
  readonly seed: number;
}

/** What is told while devices are measured; the page keeps it if the race is stopped. */
export interface RaceNews {
  readonly doing: string;
  /** A device that is through. */
  readonly entry?: Entry;
  readonly absent?: Absent;
}

/** Milliseconds between two pieces of news. */
const NEWS_MS = 100;

/** The work of this station that is on its way; one that was stopped still ends its step. */
let turn: Promise<unknown> = Promise.resolve();

/** Two races at once would measure each other. */
function alone<T>(work: () => Promise<T>): Promise<T> {
  const result = turn.then(work);
  turn = result.catch(() => undefined);
  return result;
}

async function draw(images: number) {
  const { train } = await digits.load({ train: images, test: 1 });
  return [train.images, toCategorical(train.labels, 10)] as const;
}

/** Every device gets a copy of the same weights and the same batches; the result is told as news. */
export const measure: Task<RaceInput, null> = (input, context) => alone(() => measureAlone(input, context));

async function measureAlone(
  { keys, steps, batchSize, images, seed }: RaceInput,
  { signal, progress }: CallContext,
): Promise<null> {
  const tell = (news: RaceNews) => progress(news);
  tell({ doing: `Drawing ${grouped(images)} digits` });
  const data = await draw(images);
  setSeed(seed);
  const model = compileNetwork(makeHandout(), { device: "cpu" });
  for (const key of keys) {
    signal.throwIfAborted();
    const { name, device, threads } = lanes[key];
    tell({ doing: `${name}: starting and compiling` });
    let told = performance.now();
    const result = await race(model, data, {
      devices: [device],
      ...(threads === undefined ? {} : { threads }),
      ...{ steps, batchSize, seed, signal },
      onStep: ({ step }) => {
        if (performance.now() - told < NEWS_MS) return;
        told = performance.now();
        tell({ doing: `${name}: step ${step} of ${steps}` });
      },
    });
    for (const { reason } of result.failures) tell({ doing: `${name}: not here`, absent: { key, reason } });
    for (const { speedUp: _, target: __, accuracies: ___, ...lane } of result.lanes)
      tell({ doing: `${name}: measured`, entry: { ...lane, key, warmUpSteps: result.warmUpSteps } });
  }
  return null;
}

export interface CrossoverInput {
  readonly filters: readonly number[];
  readonly batchSizes: readonly number[];
  readonly steps: number;
}

export interface CrossoverNews {
  readonly cell: CrossoverCell;
}

/** The handout's network with another number of filters: half as many in its second convolution. */
function makeWide(filters: number): Sequential {
  const model = new Sequential([
    new Conv2D({ filters, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
    new Conv2D({ filters: Math.ceil(filters / 2), kernelSize: 3, activation: "relu" }),
    new Flatten(),
    new Dense({ units: 10, activation: "softmax" }),
  ]);
  return compileNetwork(model, { device: "cpu" });
}

export interface CrossoverOutput {
  /** Devices that did not run. */
  readonly failures: readonly RaceFailure[];
}

/** The cells are told as news. */
export const cross: Task<CrossoverInput, CrossoverOutput> = (input, context) => alone(() => crossAlone(input, context));

async function crossAlone(
  { filters, batchSizes, steps }: CrossoverInput,
  { signal, progress }: CallContext,
): Promise<CrossoverOutput> {
  signal.throwIfAborted();
  const data = await draw(Math.max(...batchSizes));
  const { failures } = await crossover(makeWide, data, {
    ...{ filters, batchSizes, steps, signal },
    onCell: (cell) => progress({ cell } satisfies CrossoverNews),
  });
  return { failures };
}
