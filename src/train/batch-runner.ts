/** Feeds steps batch by batch, keeps as many steps in flight as is useful, and hands back each step's outputs in order. */
import type { TypedArray } from "../base/dtype.ts";
import type { Batch, BatchFeeds, BatchReader } from "../data/batch-source.ts";
import type { BoundStep } from "../engine/bound-step.ts";
import type { Device, Outputs } from "../ir/device.ts";

/** What a run needs of a compiled step. */
export type Steps = Pick<BoundStep, "reserve" | "start" | "stepsInFlight" | "isReleased">;

/** @typeParam S the steps of the run */
export interface BatchRun<S extends Steps = Steps> {
  readonly reader: BatchReader;
  /** Number of the reader's first batch. Default 0. */
  readonly first?: number;
  /** The step for a batch of this kind; a promise where it must be compiled. Asked again for a step that was released. */
  stepFor(batch: Batch): S | Promise<S>;
  /** Limits the steps in flight, this batch's included. Default: as many as the device takes. */
  inFlight?(batch: number): number;
  /** What is fed to each step beside the batch. */
  alsoFed?(batch: Batch): Record<string, TypedArray>;
  /** Runs of one fit share one: short runs must not starve timers together. */
  readonly breath: Breath;
  /**
   * Before a batch is fed, once its rows are there. Returning false ends the run after the steps in flight.
   *
   * @param pending steps that are in flight
   */
  begin?(batch: number, pending: number): boolean | Promise<boolean>;
  /** After a batch's step is finished, in order. */
  end(batch: number, outputs: Outputs, done: FinishedStep<S>): undefined | Promise<void>;
}

/** Lets timers and signals have their turn now and then, should the device never do so. */
export class Breath {
  readonly #ms: number;
  #last = performance.now();

  /** @param device steps on the calling thread leave others no turn, so that breaths come more often */
  constructor(device?: Pick<Device, "onCallingThread">) {
    this.#ms = device?.onCallingThread === true ? BLOCKING_BREATH_MS : BREATH_MS;
  }

  /** A promise where it is time for it. */
  take(): Promise<void> | undefined {
    return performance.now() - this.#last < this.#ms ? undefined : this.#pause();
  }

  async #pause(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve));
    this.#last = performance.now();
  }
}

/** Short enough for a server beside the training: requests wait for it at most. */
const BLOCKING_BREATH_MS = 10;
/** Each wakes the main thread, which takes a core from a worker. Waiting for workers or a GPU gives turns enough. */
const BREATH_MS = 50;

/** Steps ahead that take longer than this gain nothing, and a run that is told to end would still have to wait for them. */
const AHEAD_MS = 200;

/**
 * How many steps should be pending: the device's limit for fast steps; two (one running, one waiting) for slow steps or before
 * the first result.
 */
class Lookahead {
  readonly #start = performance.now();
  #finished = 0;

  finishOne(): void {
    this.#finished++;
  }

  steps(most: number): number {
    const stepMs = this.#finished === 0 ? AHEAD_MS : (performance.now() - this.#start) / this.#finished;
    return Math.min(most, Math.max(2, Math.floor(AHEAD_MS / stepMs)));
  }
}

export interface FinishedStep<S extends Steps = Steps> {
  readonly fed: Batch;
  readonly step: S;
  /** Steps after it that are in flight. */
  readonly pending: number;
}

interface PendingStep<S extends Steps> {
  readonly batch: number;
  readonly fed: Batch;
  readonly step: S;
  readonly outputs: Promise<Outputs>;
}

/** The arrays of a batch, by input name. */
export function valuesOf(feeds: BatchFeeds): Record<string, TypedArray> {
  const values: Record<string, TypedArray> = {};
  for (const name in feeds) values[name] = feeds[name]!.data;
  return values;
}

/** Runs all batches; resolves to the number of the last one and one. Rejects with the first error, after the steps in flight, and closes the reader. */
export async function runBatches<S extends Steps>(run: BatchRun<S>): Promise<number> {
  const { reader, breath } = run;
  const pending: PendingStep<S>[] = [];
  const lookahead = new Lookahead();
  let most = Number.POSITIVE_INFINITY;
  const finishOne = async () => {
    const { batch, fed, step, outputs } = pending.shift()!;
    const values = await outputs;
    lookahead.finishOne();
    const ended = run.end(batch, values, { fed, step, pending: pending.length });
    if (ended !== undefined) await ended;
  };
  let batch = run.first ?? 0;
  try {
    for (; ; batch++) {
      while (pending.length >= Math.min(lookahead.steps(most), run.inFlight?.(batch) ?? most)) await finishOne();
      const read = reader.next();
      const fed = read instanceof Promise ? await read : read;
      if (fed === undefined) break;
      const begun = run.begin?.(batch, pending.length);
      if ((begun instanceof Promise ? await begun : begun) === false) break;
      const found = run.stepFor(fed);
      let step = found instanceof Promise ? await found : found;
      while (step.isReleased) step = await run.stepFor(fed);
      most = step.stepsInFlight;
      const place = step.reserve();
      if (place !== undefined) await place;
      const values = Object.assign(valuesOf(fed.feeds), run.alsoFed?.(fed));
      pending.push({ batch, fed, step, outputs: step.start(values, fed.rows, fed.share) });
      const pause = breath.take();
      if (pause !== undefined) await pause;
    }
    while (pending.length > 0) await finishOne();
  } finally {
    // After an error the other steps are waited for, so that nothing is left running.
    await Promise.allSettled(pending.map(({ outputs }) => outputs));
    await reader.close();
  }
  return batch;
}
