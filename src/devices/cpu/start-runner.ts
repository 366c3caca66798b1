/** Decides how steps run on this host: on a pool of threads, on fewer than asked for, or on the calling thread. */
import { DeviceError } from "../../base/errors.ts";
import { isNode } from "../../base/node.ts";
import { controlBytes } from "./control.ts";
import { DeviceMemory } from "./device-memory.ts";
import { InlineRunner, type Lap, PoolRunner, type Runner } from "./runners.ts";
import { availableCores, canShareMemory } from "./thread.ts";

/** More threads do not speed up the models that fovea targets; `threads` can still request them. */
const MOST_THREADS_BY_DEFAULT = 8;

export interface RunnerOptions {
  /** Worker threads. Default: the cores available to this process, at most 8. */
  readonly threads?: number;
  /** Runs on the calling thread, as without shared memory; for tests. */
  readonly inline?: boolean;
  /** Called after each call of a step. Steps then run on the calling thread only: see `DriverOptions.laps`. */
  readonly lap?: Lap;
}

export interface StartedRunner {
  readonly memory: DeviceMemory;
  readonly runner: Runner;
  /** The threads, in words. */
  readonly who: string;
  /** What the user did not ask for and should know; undefined where all is as it was asked for. */
  readonly notice: string | undefined;
}

/** Why no thread can share memory here; undefined where they can. */
function whyInline(options: RunnerOptions): string | undefined {
  if (options.inline || options.lap !== undefined) return "asked for";
  if (canShareMemory()) return undefined;
  return isNode()
    ? "SharedArrayBuffer is switched off in this process, so memory cannot be shared"
    : "the page is not cross-origin isolated, so memory cannot be shared";
}

const threadsOf = ({ threads }: RunnerOptions) => threads ?? Math.min(MOST_THREADS_BY_DEFAULT, availableCores());

const threadCount = (count: number) => `${count} worker ${count === 1 ? "thread" : "threads"}`;

/** The threads that `startRunner` would start, in words. */
export function describeRunner(options: RunnerOptions): string {
  const reason = whyInline(options);
  return reason === undefined ? threadCount(threadsOf(options)) : `the calling thread (${reason})`;
}

/** Starts the threads that the host gives. Where it gives none, steps run on the calling thread. */
export function startRunner(options: RunnerOptions): StartedRunner {
  let reason = whyInline(options);
  if (reason === undefined) {
    const threads = threadsOf(options);
    const memory = new DeviceMemory(true, controlBytes);
    try {
      const runner = PoolRunner.start(memory, threads);
      const { workers } = runner;
      const who = threadCount(workers);
      const notice =
        workers < threads
          ? `The CPU device runs on ${who} instead of ${threads}: this host starts no more of them.`
          : undefined;
      return { memory, runner, who, notice };
    } catch (error) {
      if (error instanceof DeviceError) throw error;
      reason = `worker threads cannot be started here: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  const memory = new DeviceMemory(false, controlBytes);
  const notice = reason === "asked for" ? undefined : `The CPU device runs on the calling thread: ${reason}.`;
  return { memory, runner: new InlineRunner(memory, options.lap), who: `the calling thread (${reason})`, notice };
}
