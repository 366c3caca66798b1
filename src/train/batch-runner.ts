/** Feeds a step batch by batch, with as many steps in flight as the device takes, and hands back each step's outputs in order. */
import { allocate, type TypedArray } from "../base/dtype.ts";
import { sizeOf } from "../base/shape.ts";
import type { Tensor } from "../base/tensor.ts";
import { batchCount, gatherRows } from "../data/batches.ts";
import type { Executable, Feeds, Outputs } from "../ir/device.ts";
import { rowsOf } from "./dataset-pair.ts";

export interface BatchRun {
  readonly executable: Pick<Executable, "run">;
  /** Tensors to feed, by input name; all of the same number of rows. */
  readonly data: Readonly<Record<string, Tensor>>;
  readonly batchSize: number;
  /** Row numbers in the order in which they are visited; null: as they lie. */
  readonly order: Int32Array | null;
  /** Steps that may be pending at a time; fewer are where they are slow. */
  readonly inFlight: number;
  /** Shared by the runs of one fit: short ones must not starve timers together. Default: one of its own. */
  readonly breath?: Breath;
  /** Before a batch is fed. Returning false ends the run after the steps in flight. */
  begin?(batch: number): boolean | Promise<boolean>;
  /** After a batch's step is through, in order. */
  end(batch: number, outputs: Outputs, rows: number): void | Promise<void>;
}

/** Lets timers and signals have their turn now and then, should the device never do so. */
export class Breath {
  #last = performance.now();

  async take(): Promise<void> {
    if (performance.now() - this.#last < BREATH_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    this.#last = performance.now();
  }
}

const BREATH_MS = 50;

/** Steps ahead that take longer than this gain nothing, and a run that is told to end would still have to wait for them. */
const AHEAD_MS = 200;

/** How many steps should be pending: as many as may be, but of slow ones, or while nobody knows, one that runs and one that waits. */
class Lookahead {
  readonly #most: number;
  readonly #start = performance.now();
  #finished = 0;

  constructor(most: number) {
    this.#most = most;
  }

  finishOne(): void {
    this.#finished++;
  }

  get steps(): number {
    const stepMs = this.#finished === 0 ? AHEAD_MS : (performance.now() - this.#start) / this.#finished;
    return Math.min(this.#most, Math.max(2, Math.floor(AHEAD_MS / stepMs)));
  }
}

/** Starts a step that is awaited later: it may fail before its turn has come, and the failure is thrown then. */
export function startStep(executable: Pick<Executable, "run">, feeds: Feeds, rows: number): Promise<Outputs> {
  const outputs = executable.run(feeds, rows);
  outputs.catch(() => {});
  return outputs;
}

/** Runs all batches; resolves to the number of batches that were run. Rejects with the first error, after the steps in flight. */
export async function runBatches(run: BatchRun): Promise<number> {
  const { executable, data, batchSize, order, breath = new Breath() } = run;
  const rows = rowsOf(Object.values(data)[0]!);
  const takeRows = Object.entries(data).map(([name, value]) => [name, rowTaker(value, order, batchSize)] as const);
  const pending: { batch: number; rows: number; outputs: Promise<Outputs> }[] = [];
  const lookahead = new Lookahead(run.inFlight);
  const finishOne = async () => {
    const step = pending.shift()!;
    const outputs = await step.outputs;
    lookahead.finishOne();
    await run.end(step.batch, outputs, step.rows);
  };
  let batch = 0;
  try {
    for (; batch < batchCount(rows, batchSize); batch++) {
      if (pending.length >= lookahead.steps) await finishOne();
      if ((await run.begin?.(batch)) === false) break;
      const begin = batch * batchSize;
      const count = Math.min(batchSize, rows - begin);
      const feeds = Object.fromEntries(takeRows.map(([name, take]) => [name, take(begin, count)]));
      pending.push({ batch, rows: count, outputs: startStep(executable, feeds, count) });
      await breath.take();
    }
    while (pending.length > 0) await finishOne();
  } finally {
    // After an error the other steps are waited for, so that nothing is left running.
    await Promise.allSettled(pending.map(({ outputs }) => outputs));
  }
  return batch;
}

/** Gives the rows of one batch: where they lie, or gathered into one array that the next batch overwrites. */
function rowTaker(
  value: Tensor,
  order: Int32Array | null,
  batchSize: number,
): (begin: number, count: number) => TypedArray {
  const size = sizeOf(value.shape.slice(1));
  if (order === null) return (begin, count) => value.data.subarray(begin * size, (begin + count) * size);
  const staging = allocate(value.dtype, batchSize * size);
  return (begin, count) => {
    gatherRows(value, order, begin, count, staging);
    return staging;
  };
}
