// @ts-check
/**
 * A worker of the CPU device. Plain JavaScript, because Node 20 cannot start a worker from TypeScript and bundlers look for
 * exactly `new URL("./worker.js", import.meta.url)`; it imports nothing and only waits, steps and reports.
 *
 * The main thread writes commands into a ring in shared memory (layout: control.ts) and counts them up; the worker runs them in
 * order. While it loops it cannot receive messages, so a command `0` sends it back to its event loop to take a new program.
 */

/** @typedef {{ postMessage(message: unknown): void, on?: (type: "message", listener: (message: any) => void) => void }} Port */
/** @typedef {{ produced: number, ring: number, ringLength: number, wordsPerCommand: number, spins: number }} ControlLayout */

const isNode = typeof process === "object" && process.versions?.node !== undefined;
// Not imported: bundlers would look for it, and make a classic worker of this file, where nothing can be awaited at the top.
const parentPort = isNode ? process.getBuiltinModule("node:worker_threads").parentPort : self;
const port = /** @type {Port} */ (/** @type {unknown} */ (parentPort));

/** @type {Map<number, (worker: number, rows: number, slot: number) => void>} */
const steps = new Map();
/** @type {{ memory: WebAssembly.Memory, worker: number, layout: ControlLayout } | undefined} */
let setup;
let seen = 0;

/** @param {Int32Array} control @param {ControlLayout} layout */
function awaitCommand(control, layout) {
  for (let spin = 0; spin < layout.spins; spin++) if (Atomics.load(control, layout.produced) !== seen) return;
  while (Atomics.load(control, layout.produced) === seen) Atomics.wait(control, layout.produced, seen);
}

function runCommands() {
  const { memory, worker, layout } = /** @type {NonNullable<typeof setup>} */ (setup);
  let finished = 0;
  const control = new Int32Array(memory.buffer, 0, layout.ring + layout.ringLength * layout.wordsPerCommand);
  for (;;) {
    awaitCommand(control, layout);
    const at = layout.ring + (seen % layout.ringLength) * layout.wordsPerCommand;
    seen = (seen + 1) | 0;
    const program = /** @type {number} */ (control[at]);
    if (program === 0) {
      if (finished > 0) port.postMessage({ type: "done", steps: finished });
      return;
    }
    const step = /** @type {(worker: number, rows: number, slot: number) => void} */ (steps.get(program));
    step(worker, /** @type {number} */ (control[at + 1]), /** @type {number} */ (control[at + 2]));
    // The step ends with a barrier: when worker 0 is through, all are. Waking the main thread takes this core from the workers
    // for some tenths of a millisecond, so it is told only when it must write the next commands.
    if (worker !== 0) continue;
    finished++;
    if (((Atomics.load(control, layout.produced) - seen) | 0) > 1) continue;
    port.postMessage({ type: "done", steps: finished });
    finished = 0;
  }
}

/** @param {any} message */
function receive(message) {
  try {
    if (message.type === "setup") {
      setup = message;
      port.postMessage({ type: "ready" });
    } else if (message.type === "load") {
      const { memory } = /** @type {NonNullable<typeof setup>} */ (setup);
      const instance = new WebAssembly.Instance(message.module, { host: { memory } });
      steps.set(message.program, /** @type {any} */ (instance.exports.step));
      port.postMessage({ type: "ready" });
      runCommands();
    } else if (message.type === "unload") {
      steps.delete(message.program);
      runCommands();
    }
  } catch (error) {
    port.postMessage({ type: "failed", message: String(/** @type {any} */ (error)?.stack ?? error) });
  }
}

if (port.on) port.on("message", receive);
else self.onmessage = (event) => receive(event.data);
