/** One worker thread, the same in Node and in browsers. */
import type { Worker as NodeWorker } from "node:worker_threads";

/** What the worker says. */
export type WorkerMessage =
  | { type: "ready" }
  /** So many steps are through since the last time. */
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

const isNode = () => typeof process === "object" && process.versions?.node !== undefined;

/** Whether threads over shared memory can be had here: always in Node, in browsers only under cross-origin isolation. */
export function canShareMemory(): boolean {
  if (typeof SharedArrayBuffer === "undefined") return false;
  return isNode() || (typeof Worker !== "undefined" && globalThis.crossOriginIsolated === true);
}

/** Starts the CPU device's worker. */
export async function startThread(listener: ThreadListener): Promise<Thread> {
  if (!isNode()) {
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    worker.onmessage = (event: MessageEvent<WorkerMessage>) => listener.message(event.data);
    worker.onerror = (event) => listener.failed(new Error(event.message));
    return {
      post: (message) => worker.postMessage(message),
      holdProcess: () => {},
      terminate: () => worker.terminate(),
    };
  }
  const { Worker: NodeWorkerClass } = await import("node:worker_threads");
  const worker: NodeWorker = new NodeWorkerClass(new URL("./worker.js", import.meta.url), {
    // Not the flags of the process: `node --eval` has some that no worker accepts.
    execArgv: [],
  });
  worker.on("message", (message: WorkerMessage) => listener.message(message));
  worker.on("error", (error) => listener.failed(error instanceof Error ? error : new Error(String(error))));
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    holdProcess: (hold) => (hold ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
}

/** Logical cores that this process may use. */
export async function availableCores(): Promise<number> {
  if (!isNode()) return navigator.hardwareConcurrency || 1;
  return (await import("node:os")).availableParallelism();
}
