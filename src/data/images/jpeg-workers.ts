/** Worker threads of Node that decode JPEGs beside the main thread. They start with the first batch and end when they are idle. */
import type { Worker } from "node:worker_threads";
import { builtin, isNode } from "../../base/node.ts";
import type { ImageOptions, JpegJob, JpegsDone } from "./jpeg-worker.ts";
import { jpegWorkerFile } from "./jpeg-worker-file.ts";
import { SharedBatches } from "./shared-batches.ts";

/** Files of a message: enough that messages cost little, and few enough that all threads work on a batch. */
const ROWS_OF_JOB = 4;
const MOST_WORKERS = 8;
/** A pass over a data set asks more often, also between the steps of a large model. */
const IDLE_MS = 10_000;

interface Slot {
  readonly worker: Worker;
  /** Jobs that were sent, by their number. */
  readonly jobs: Map<number, (filled: readonly boolean[]) => void>;
}

export class JpegWorkers {
  readonly #options: ImageOptions;
  readonly #most: number;
  #slots: Slot[] = [];
  readonly batches = new SharedBatches();
  #lastJob = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;
  /** Threads do not work here: the host decodes by itself. */
  #broken = false;

  private constructor(options: ImageOptions, most: number) {
    this.#options = options;
    this.#most = most;
  }

  /** @param parallel the most threads that the caller wants @returns undefined where threads cannot share memory */
  static create(options: ImageOptions, parallel: number): JpegWorkers | undefined {
    if (!isNode() || typeof SharedArrayBuffer === "undefined") return undefined;
    return new JpegWorkers(options, Math.min(parallel, MOST_WORKERS, builtin("node:os").availableParallelism()));
  }

  /**
   * Fills rows of a batch in shared memory with the images of their files.
   *
   * @param paths of the files, a row each; undefined: the row is left alone
   * @returns which rows are filled; the others are not JPEGs, are damaged or cannot be read
   */
  async fill(batch: Float32Array, paths: readonly (string | undefined)[]): Promise<boolean[]> {
    const filled = paths.map(() => false);
    clearTimeout(this.#idle);
    const jobs: Promise<void>[] = [];
    for (let row = 0; row < paths.length; ) {
      const firstRow = row;
      const own: string[] = [];
      while (own.length < ROWS_OF_JOB && paths[row] !== undefined) own.push(paths[row++]!);
      if (own.length === 0) row++;
      else
        jobs.push(
          this.#send({ batch, firstRow, paths: own }).then((done) => {
            for (const [i, each] of done.entries()) filled[firstRow + i] = each;
          }),
        );
    }
    await Promise.all(jobs);
    if (this.#slots.every(({ jobs }) => jobs.size === 0)) {
      clearTimeout(this.#idle);
      this.#idle = setTimeout(() => this.#end(), IDLE_MS);
      this.#idle.unref();
    }
    return filled;
  }

  /** Resolves to an empty list where no thread does the job. */
  #send(job: Omit<JpegJob, "id">): Promise<readonly boolean[]> {
    const slot = this.#broken ? undefined : this.#leastBusy();
    if (slot === undefined) return Promise.resolve([]);
    return new Promise((resolve) => {
      const id = ++this.#lastJob;
      slot.jobs.set(id, resolve);
      // The process lives as long as somebody waits for a batch.
      slot.worker.ref();
      slot.worker.postMessage({ ...job, id } satisfies JpegJob);
    });
  }

  /** A new thread while there are few and all are busy. */
  #leastBusy(): Slot | undefined {
    const least = this.#slots.reduce<Slot | undefined>(
      (best, slot) => (best === undefined || slot.jobs.size < best.jobs.size ? slot : best),
      undefined,
    );
    if (least !== undefined && (least.jobs.size === 0 || this.#slots.length >= this.#most)) return least;
    return this.#start() ?? least;
  }

  #start(): Slot | undefined {
    const { Worker } = builtin("node:worker_threads");
    let worker: Worker;
    try {
      // Does not inherit the process's flags: workers reject some of those of `node --eval`.
      worker = new Worker(jpegWorkerFile(), { workerData: this.#options, execArgv: [] });
    } catch (error) {
      this.#giveUp(error);
      return undefined;
    }
    const slot: Slot = { worker, jobs: new Map() };
    const drop = (cause: unknown) => {
      if (!this.#slots.includes(slot)) return;
      this.#slots = this.#slots.filter((each) => each !== slot);
      this.#giveUp(cause);
      for (const resolve of slot.jobs.values()) resolve([]);
    };
    worker.on("message", ({ id, filled }: JpegsDone) => {
      slot.jobs.get(id)?.(filled);
      slot.jobs.delete(id);
      if (slot.jobs.size === 0) worker.unref();
    });
    worker.on("error", drop);
    worker.on("messageerror", drop);
    worker.on("exit", (code) => drop(`it ended with exit code ${code}`));
    worker.unref();
    this.#slots.push(slot);
    return slot;
  }

  /** Files are decoded on the main thread from here on, with the same numbers; said once, because it is slower. */
  #giveUp(cause: unknown): void {
    if (this.#broken) return;
    this.#broken = true;
    const why = cause instanceof Error ? cause.message : String(cause);
    process.emitWarning(`Images of a folder are decoded on the main thread: a worker thread failed (${why}).`, {
      code: "FOVEA_JPEG_WORKERS",
    });
  }

  #end(): void {
    const ended = this.#slots;
    this.#slots = [];
    this.batches.clear();
    for (const { worker } of ended) void worker.terminate();
  }
}
