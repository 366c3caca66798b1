/** Worker threads of a page. */
import { DeviceError } from "../../base/errors.ts";
import type { DeviceMemory } from "./device-memory.ts";
import { PoolRunner } from "./runners.ts";
import { misunderstood, type StartThread, type ThreadListener, whyNotStarted } from "./thread.ts";
import { openWorkerFile } from "./worker-file.ts";

function listenTo(worker: Worker, listener: ThreadListener) {
  worker.onmessage = ({ data }) => listener.message(data);
  // A script that fails to load gives an event without a message.
  worker.onerror = ({ message }) =>
    listener.failed(new DeviceError(message || "the worker's script could not be loaded"));
  worker.onmessageerror = () => listener.failed(new DeviceError(misunderstood));
  return {
    post: (message: unknown) => worker.postMessage(message),
    holdProcess: () => {},
    terminate: () => worker.terminate(),
  };
}

/** Starts threads and waits until they answer: what the page's policy forbids, and a file that is not there, fail later. */
async function startPool(memory: DeviceMemory, most: number, start: StartThread): Promise<PoolRunner> {
  const pool = PoolRunner.start(memory, most, start);
  await pool.ready;
  return pool;
}

/**
 * Starts workers from their file, or else from the text of their function: a page may not start a worker from a file of another
 * origin (a CDN), and a server may not give it out.
 *
 * @returns the pool, or the reason why there is none
 */
export async function startPagePool(memory: DeviceMemory, most: number): Promise<PoolRunner | string> {
  const policy = watchPolicy();
  try {
    return await startPool(memory, most, (listener) => listenTo(openWorkerFile(), listener));
  } catch {
    const { runCommandLoop } = await import("./command-loop.js");
    const address = URL.createObjectURL(new Blob([`(${runCommandLoop})(self);`], { type: "text/javascript" }));
    try {
      return await startPool(memory, most, (listener) => listenTo(new Worker(address), listener));
    } catch (error) {
      if (policy.forbidsWorkers)
        return "the page's Content-Security-Policy forbids its workers (worker-src blob: allows them)";
      return whyNotStarted(error);
    } finally {
      URL.revokeObjectURL(address);
    }
  } finally {
    policy.stop();
  }
}

/** Notes whether the page's policy forbids a worker: the worker's own error does not say so. */
function watchPolicy() {
  let forbidsWorkers = false;
  const see = ({ effectiveDirective }: SecurityPolicyViolationEvent) => {
    forbidsWorkers ||= effectiveDirective === "worker-src";
  };
  globalThis.addEventListener("securitypolicyviolation", see);
  return {
    get forbidsWorkers() {
      return forbidsWorkers;
    },
    stop: () => globalThis.removeEventListener("securitypolicyviolation", see),
  };
}
