/** One worker thread, the same in Node and in browsers. */
import type { Worker as NodeWorker } from "node:worker_threads";
import { DeviceError } from "../../base/errors.ts";
import { builtin, isNode } from "../../base/node.ts";

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

/** Whether threads over shared memory can be had here: always in Node, in browsers only under cross-origin isolation. */
export function canShareMemory(): boolean {
  if (typeof SharedArrayBuffer === "undefined") return false;
  return isNode() || (typeof Worker !== "undefined" && globalThis.crossOriginIsolated === true);
}

const unloadable =
  "The worker of the CPU device could not be loaded. See that the server gives out worker.js and that the page's Content-Security-Policy allows it (worker-src).";

/** Starts the CPU device's worker. */
export function startThread(listener: ThreadListener): Thread {
  if (!isNode()) {
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    worker.onmessage = (event: MessageEvent<WorkerMessage>) => listener.message(event.data);
    // A file that cannot be loaded is an event without a message.
    worker.onerror = ({ message }) => listener.failed(new DeviceError(message || unloadable));
    worker.onmessageerror = () =>
      listener.failed(new DeviceError("The CPU device and its worker do not understand each other."));
    return {
      post: (message) => worker.postMessage(message),
      holdProcess: () => {},
      terminate: () => worker.terminate(),
    };
  }
  const { Worker: NodeWorkerClass } = builtin("node:worker_threads");
  // The address in a variable: bundlers would take it for a file of the page, beside the browser's worker above.
  const here = import.meta.url;
  const worker: NodeWorker = new NodeWorkerClass(new URL("./worker.js", here), {
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
export function availableCores(): number {
  return isNode() ? builtin("node:os").availableParallelism() : navigator.hardwareConcurrency || 1;
}
