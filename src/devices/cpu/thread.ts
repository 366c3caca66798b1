/** Worker threads: what a thread is, and those of Node. */
import type { Worker as NodeWorker } from "node:worker_threads";
import { DeviceError } from "../../base/errors.ts";
import { builtin, isNode } from "../../base/node.ts";

/** Messages from the worker. */
export type WorkerMessage =
  | { type: "ready" }
  /** Number of steps finished since the last message. */
  | { type: "done"; steps: number }
  | { type: "failed"; message: string };

export interface Thread {
  post(message: unknown): void;
  /** Whether this thread keeps the process alive. */
  holdProcess(hold: boolean): void;
  terminate(): void;
}

export interface ThreadListener {
  message(message: WorkerMessage): void;
  failed(error: Error): void;
}

/** Whether threads with shared memory are available: always in Node, in browsers only with cross-origin isolation. */
export function canShareMemory(): boolean {
  if (typeof SharedArrayBuffer === "undefined") return false;
  return isNode() || (typeof Worker !== "undefined" && globalThis.crossOriginIsolated === true);
}

export const misunderstood = "The CPU device and its worker do not understand each other.";

/** Why no thread could be started, as a clause: the host's message without its full stop. */
export function whyNotStarted(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `worker threads cannot be started here: ${message.replace(/\.$/, "")}`;
}

/** Starts one thread; what happens to it later is told to the listener. @throws what the host says where it gives none */
export type StartThread = (listener: ThreadListener) => Thread;

/** A thread of Node, Deno or Bun. */
export const startNodeThread: StartThread = (listener) => {
  const { Worker: NodeWorkerClass } = builtin("node:worker_threads");
  // The address is in a variable, because bundlers would otherwise treat it as a second file of the page.
  const here = import.meta.url;
  const worker: NodeWorker = new NodeWorkerClass(new URL("./worker.js", here), {
    // Do not inherit the process's flags: workers reject some of those of `node --eval`.
    execArgv: [],
  });
  worker.on("message", (message: WorkerMessage) => listener.message(message));
  worker.on("error", (cause) =>
    listener.failed(new DeviceError(`A worker of the CPU device failed: ${String(cause)}`, { cause })),
  );
  worker.on("messageerror", (cause) => listener.failed(new DeviceError(misunderstood, { cause })));
  // Comes last, after an error too; only the first failure is told.
  worker.on("exit", (code) =>
    listener.failed(new DeviceError(`A worker of the CPU device ended, with exit code ${code}: something stopped it.`)),
  );
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    holdProcess: (hold) => (hold ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
};

/** Logical cores available to this process. */
export function availableCores(): number {
  return isNode() ? builtin("node:os").availableParallelism() : navigator.hardwareConcurrency || 1;
}
