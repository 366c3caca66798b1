/** Decides how steps run on this host: on a pool of threads, on fewer than asked for, or on the calling thread. */
import { DeviceError } from "../../base/errors.ts";
import { isNode } from "../../base/node.ts";
import type { Group } from "../../ir/group.ts";
import { controlBytes } from "./control.ts";
import { DeviceMemory } from "./device-memory.ts";
import { startPagePool } from "./page-threads.ts";
import { type AllSum, InlineRunner, type Lap, PoolRunner, type Runner } from "./runners.ts";
import { availableCores, canShareMemory, startNodeThread, whyNotStarted } from "./thread.ts";

/** More threads do not speed up the models that fovea targets; `threads` can still request them. */
const MOST_THREADS_BY_DEFAULT = 8;

export interface RunnerOptions {
  /** Worker threads. Default: the cores available to this process, at most 8. */
  readonly threads?: number;
  /** Runs on the calling thread, as without shared memory; for tests. */
  readonly inline?: boolean;
  /** Leaves the memory before this address unused; for tests of addresses of 2 GiB and more. */
  readonly firstAddress?: number;
  /** Processes that share each batch: steps exchange numbers with them. */
  readonly group?: Group | undefined;
  /** Called after each call of a step. Steps then run on the calling thread only, which also exchanges: see `DriverOptions.laps`. */
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

/** Whether the caller wants the calling thread. */
const isInlineAsked = ({ inline, lap }: RunnerOptions): boolean => inline === true || lap !== undefined;

/** Why no thread can share memory here; undefined where they can. */
function whyNoSharing(): string | undefined {
  if (canShareMemory()) return undefined;
  return isNode()
    ? "SharedArrayBuffer is switched off in this process, so memory cannot be shared"
    : "the page is not cross-origin isolated, so memory cannot be shared";
}

const threadsOf = ({ threads, group }: RunnerOptions) =>
  threads ?? Math.min(MOST_THREADS_BY_DEFAULT, group?.threads ?? availableCores());

const threadCount = (count: number) => `${count} worker ${count === 1 ? "thread" : "threads"}`;

/** @param lack why there are no threads; undefined if none were asked for */
const callingThread = (lack: string | undefined) => `the calling thread${lack === undefined ? "" : ` (${lack})`}`;

/** The threads that `startRunner` would start, in words. */
export function describeRunner(options: RunnerOptions): string {
  if (isInlineAsked(options)) return callingThread(undefined);
  const lack = whyNoSharing();
  return lack === undefined ? threadCount(threadsOf(options)) : callingThread(lack);
}

function threadNotice(workers: number, wanted: number): string | undefined {
  const who = `The CPU device runs on ${threadCount(workers)}`;
  if (workers < wanted) return `${who} instead of ${wanted}: this host starts no more of them.`;
  const cores = availableCores();
  if (workers <= cores) return undefined;
  return `${who}, more than the ${cores} ${cores === 1 ? "core" : "cores"} of this process: fewer are faster.`;
}

/** Starts the threads that the host gives. Where it gives none, steps run on the calling thread. */
export async function startRunner(options: RunnerOptions): Promise<StartedRunner> {
  const asked = isInlineAsked(options);
  const reserved = Math.max(controlBytes, options.firstAddress ?? 0);
  let lack = asked ? undefined : whyNoSharing();
  if (!asked && lack === undefined) {
    const threads = threadsOf(options);
    const memory = new DeviceMemory(true, reserved);
    const runner = isNode() ? startNodePool(memory, threads, options.group) : await startPagePool(memory, threads);
    if (typeof runner !== "string") {
      const { workers } = runner;
      return { memory, runner, who: threadCount(workers), notice: threadNotice(workers, threads) };
    }
    lack = runner;
  }
  const { group, lap } = options;
  if (group !== undefined && lap === undefined)
    throw new DeviceError(
      `Several processes train on worker threads; here there are none: ${lack ?? "they were not wanted"}.`,
    );
  const memory = new DeviceMemory(false, reserved);
  const notice = lack === undefined ? undefined : `The CPU device runs on the calling thread: ${lack}.`;
  const allSum = group === undefined ? undefined : await connect(group, memory);
  return { memory, runner: new InlineRunner(memory, lap, allSum), who: callingThread(lack), notice };
}

/** What worker 0 of a pool has: what adds numbers up over the processes. */
async function connect({ connector }: Group, { memory }: DeviceMemory): Promise<AllSum> {
  const module = (await import(/* @vite-ignore */ connector.module)) as {
    connect(memory: WebAssembly.Memory, settings: unknown): Promise<AllSum>;
  };
  return module.connect(memory, connector.settings);
}

/** Node's threads, or the reason why there are none. The first `load` waits for them: they start while the first step is compiled. */
function startNodePool(memory: DeviceMemory, threads: number, group: Group | undefined): PoolRunner | string {
  try {
    return PoolRunner.start(memory, threads, startNodeThread, group?.connector);
  } catch (error) {
    if (error instanceof DeviceError) throw error;
    return whyNotStarted(error);
  }
}
