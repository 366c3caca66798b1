/** What processes that train together agree on: that they begin alike, that they end after the same step, and that they stay equal. */
import type { TypedArray } from "../base/dtype.ts";
import { DeviceError, FoveaError } from "../base/errors.ts";
import { builtin } from "../base/node.ts";
import type { Batch } from "../data/batch-source.ts";
import type { Outputs } from "../ir/device.ts";
import { type Group, requireAlike } from "../ir/group.ts";
import type { FeedSource } from "./feed-source.ts";
import type { FitOptions } from "./fit-options.ts";
import type { AnyModel } from "./model.ts";
import type { RunRecord } from "./run-record.ts";
import { feedCounts } from "./shared-source.ts";
import { stopName } from "./step.ts";

/**
 * Steps in flight, at most. A process that wants to end says so with its next step. All find it in that step's results, when none
 * has begun more than so many further ones, and end after these.
 */
const STEPS_AHEAD = 4;

/** Another process was told to stop, and this one stops with it. */
class StoppedElsewhere extends FoveaError {
  override name = "AbortError";
}

/** What this process wants. */
interface Wishes {
  stop(): boolean;
  abort(): boolean;
}

/** Values that are looked at to tell whether data is the same. */
const SAMPLE = 2 ** 16;

export class FitPact {
  readonly #group: Group;
  readonly #countsRows: boolean;
  readonly #wishes: Wishes;
  /** The last batch of the epoch, once it is agreed that it ends early. */
  #last: number | undefined;
  #isAborted = false;

  /** @param countsRows whether processes bring rows of their own */
  constructor(group: Group, countsRows: boolean, wishes: Wishes) {
    this.#group = group;
    this.#countsRows = countsRows;
    this.#wishes = wishes;
  }

  /** Steps in flight, at most. */
  readonly stepsAhead = STEPS_AHEAD;

  /** Whether an error says that another process was told to stop. */
  isStop(error: unknown): boolean {
    return error instanceof StoppedElsewhere;
  }

  /** Throws where the processes would not train the same model in the same way. */
  async begin(model: AnyModel, record: RunRecord, source: FeedSource, options: FitOptions): Promise<void> {
    const { epochs = 1, shuffle = true } = options;
    const place = source.placeAfter(0);
    const { node, v8 } = process.versions;
    await requireAlike(this.#group, "train", {
      "the version of Node": `${node}, V8 ${v8}`,
      "the seed": `${place.key ?? "none"}`,
      "the data": this.#countsRows ? "its own" : `${source.rows ?? "?"} rows, ${sampleOf(source)}`,
      "the options of fit": `${epochs} epochs of ${source.batches ?? "?"} batches of ${source.capacity ?? "?"}, shuffle ${shuffle}`,
      "the place where the run goes on": `epoch ${record.epoch + 1}, batch ${record.step + 1}`,
      "the weights": weightsOf(model),
    });
  }

  /** Waits for the others: a launcher ends all processes with the first one that was told to stop, who must not be early. */
  async meet(): Promise<void> {
    await this.#group.gather("end a training that was stopped", null);
  }

  beginEpoch(): void {
    this.#last = undefined;
  }

  /** What each step is fed beside its batch. */
  feed(batch: Batch): Record<string, TypedArray> {
    const wishes = Float32Array.of(this.#wishes.stop() ? 1 : 0, this.#wishes.abort() ? 1 : 0);
    return { [stopName]: wishes, ...(this.#countsRows ? feedCounts(this.#group, batch) : {}) };
  }

  /** Notes what all wanted when the step was fed. */
  note(batch: number, outputs: Outputs): void {
    const [stop = 0, abort = 0] = outputs[stopName] ?? [];
    if (stop + abort === 0) return;
    this.#last ??= batch + STEPS_AHEAD;
    if (abort > 0) this.#isAborted = true;
  }

  /** Whether the epoch ends before this batch. */
  isOver(batch: number): boolean {
    return this.#last !== undefined && batch > this.#last;
  }

  /**
   * Whether a process wanted to stop within the epoch.
   *
   * @throws the reason of the signal, or StoppedElsewhere, where one was told to abort
   */
  throwIfAborted(signal: AbortSignal | undefined): boolean {
    if (this.#isAborted) this.#abort(signal);
    return this.#last !== undefined;
  }

  #abort(signal: AbortSignal | undefined): never {
    signal?.throwIfAborted();
    throw new StoppedElsewhere("Another process of this training was told to stop, so this one stops with it.");
  }

  /**
   * Compares the weights, and what all want.
   *
   * @returns whether training ends
   */
  async endEpoch(model: AnyModel, signal?: AbortSignal): Promise<boolean> {
    const own = { stop: this.#wishes.stop(), abort: this.#wishes.abort(), weights: weightsOf(model) };
    const all = await this.#group.gather("end an epoch", own);
    const other = all.findIndex(({ weights }) => weights !== all[0]!.weights);
    if (other >= 0)
      throw new DeviceError(
        `The weights of rank ${other} are no longer those of rank 0. Their machines compute differently (other processors, or versions of Node), or a callback has changed weights in one of them.`,
      );
    if (all.some(({ abort }) => abort)) this.#abort(signal);
    return all.some(({ stop }) => stop);
  }
}

function weightsOf(model: AnyModel): string {
  const hash = builtin("node:crypto").createHash("sha256");
  for (const { value } of model.weights) hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  return hash.digest("hex").slice(0, 12);
}

/** Some values of the data. */
function sampleOf({ kind = {} }: FeedSource): string {
  const hash = builtin("node:crypto").createHash("sha256");
  for (const [name, { data, shape }] of Object.entries(kind)) {
    hash.update(`${name} ${shape}`);
    const stride = Math.max(1, Math.floor(data.length / SAMPLE));
    const values = Float32Array.from({ length: Math.ceil(data.length / stride) }, (_, i) => data[i * stride]!);
    hash.update(new Uint8Array(values.buffer));
  }
  return hash.digest("hex").slice(0, 12);
}
