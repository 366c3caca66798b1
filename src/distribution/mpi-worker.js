// @ts-check
/** What a thread of the CPU device adds numbers up by: it calls MPI in the midst of a step. */
import { openMpi } from "./mpi-calls.js";

/** @typedef {import("./mpi-calls.js").Handle} Handle */
/** @typedef {import("./mpi-calls.js").MpiSettings & { readonly communicator: Handle, readonly background: Handle, readonly progress: Int32Array }} WorkerSettings */

/** Words of `progress`: calls that were begun, and that were ended, exchanges, and the time that they took. */
export const progressWords = { begun: 0, ended: 1, milliseconds: 2, exchanges: 3, length: 4 };

/** See `Connector`. */
const [BEGIN, END, POLL] = [1, 2, 3];

/** Milliseconds between two looks at exchanges that are under way: a look asks the system for what the network has brought. */
const POLL_MS = 0.05;

/**
 * @param {WebAssembly.Memory} memory of the device
 * @param {WorkerSettings} settings
 */
export async function connect(memory, settings) {
  const mpi = await openMpi(settings);
  const { communicator, background, progress } = settings;
  /** Milliseconds that are not yet counted: devices of a process count in the same word, whole ones. */
  let spent = 0;
  /** Exchanges that are under way, in the order in which they were begun. @type {BigInt64Array[]} */
  let requests = [];
  let polled = 0;

  const count = (/** @type {number} */ start) => {
    spent += performance.now() - start;
    Atomics.add(progress, progressWords.milliseconds, Math.floor(spent));
    spent %= 1;
  };

  function poll() {
    const start = performance.now();
    if (requests.length === 0 || start - polled < POLL_MS) return;
    while (requests[0] !== undefined && mpi.isThrough(requests[0])) requests.shift();
    polled = performance.now();
    count(start);
  }

  return (/** @type {number} */ address, /** @type {number} */ floats, /** @type {number} */ moment) => {
    if (moment === POLL) return poll();
    const start = performance.now();
    Atomics.add(progress, progressWords.begun, 1);
    if (moment === END) {
      for (const request of requests) mpi.wait(request);
      requests = [];
    } else {
      const values = new Float32Array(memory.buffer, address >>> 0, floats);
      if (moment === BEGIN) requests.push(...mpi.beginSum(values, background));
      else mpi.allSum(values, communicator);
      Atomics.add(progress, progressWords.exchanges, 1);
    }
    Atomics.add(progress, progressWords.ended, 1);
    count(start);
  };
}
