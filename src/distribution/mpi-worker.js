// @ts-check
/** What a thread of the CPU device adds numbers up by: it calls MPI in the midst of a step. */
import { openMpi } from "./mpi-calls.js";

/** @typedef {import("./mpi-calls.js").MpiSettings & { readonly communicator: import("./mpi-calls.js").Handle, readonly progress: Int32Array }} WorkerSettings */

/** Words of `progress`: exchanges that were begun, and that were ended, and the time that they took. */
export const progressWords = { begun: 0, ended: 1, milliseconds: 2, length: 3 };

/**
 * @param {WebAssembly.Memory} memory of the device
 * @param {WorkerSettings} settings
 */
export async function connect(memory, settings) {
  const mpi = await openMpi(settings);
  const { communicator, progress } = settings;
  /** Milliseconds that are not yet counted: devices of a process count in the same word, whole ones. */
  let spent = 0;
  return (/** @type {number} */ address, /** @type {number} */ floats) => {
    const start = performance.now();
    Atomics.add(progress, progressWords.begun, 1);
    mpi.allSum(new Float32Array(memory.buffer, address, floats), communicator);
    Atomics.add(progress, progressWords.ended, 1);
    spent += performance.now() - start;
    Atomics.add(progress, progressWords.milliseconds, Math.floor(spent));
    spent %= 1;
  };
}
