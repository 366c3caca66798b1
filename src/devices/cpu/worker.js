// @ts-check
/**
 * A worker of the CPU device. Plain JavaScript, because Node 20 cannot start a worker from TypeScript and bundlers look for
 * exactly `new URL("./worker.js", import.meta.url)`; it imports nothing and only waits, steps and reports.
 *
 * The main thread writes commands into a ring in shared memory (layout: control.ts) and counts them up; the worker runs them in
 * order. While it loops it cannot receive messages, so a command `0` sends it back to its event loop to take a new program.
 */

/** @typedef {{ postMessage(message: unknown): void, on?: (type: "message", listener: (message: any) => void) => void }} Port */
/** @typedef {{ produced: number, ring: number, ringLength: number, wordsPerCommand: number, spins: number, newsMs: number }} ControlLayout */

const isNode = typeof process === "object" && process.versions?.node !== undefined;
// Not imported: bundlers would look for it, and make a classic worker of this file, where nothing can be awaited at the top.
const parentPort = isNode ? process.getBuiltinModule("node:worker_threads").parentPort : self;
const port = /** @type {Port} */ (/** @type {unknown} */ (parentPort));

/** @type {Map<number, (worker: number, rows: number, slot: number, prepared: number) => void>} */
const steps = new Map();
/** @type {{ memory: WebAssembly.Memory, control: Int32Array, worker: number, layout: ControlLayout }} */
let setup;
/** Commands taken from the ring. */
let seen = 0;
/** Steps that the main thread has not been told of, and when it was told last; worker 0 keeps both. */
let finished = 0;
let told = 0;

/** Commands in the ring that are not yet taken. */
function waiting() {
  return (Atomics.load(setup.control, setup.layout.produced) - seen) | 0;
}

function awaitCommand() {
  const { control, layout } = setup;
  for (let spin = 0; spin < layout.spins; spin++) if (waiting() > 0) return;
  while (waiting() === 0) Atomics.wait(control, layout.produced, seen);
}

function tellMainThread() {
  if (finished > 0) port.postMessage({ type: "done", steps: finished });
  finished = 0;
  told = performance.now();
}

/**
 * Called at the start of a step's first rows phase. The main thread takes this core for some tenths of a millisecond when it is
 * woken up; now the other workers make up for them by taking more of the rows. It is woken up only when it must write commands, or
 * when who watches it would wait for news.
 */
function tell() {
  if (waiting() <= 1 || performance.now() - told > setup.layout.newsMs) tellMainThread();
}

function runCommands() {
  const { control, worker, layout } = setup;
  for (;;) {
    awaitCommand();
    const at = layout.ring + (seen % layout.ringLength) * layout.wordsPerCommand;
    seen = (seen + 1) | 0;
    const program = /** @type {number} */ (control[at]);
    if (program === 0) {
      tellMainThread();
      return;
    }
    const step = /** @type {(worker: number, ...words: (number | undefined)[]) => void} */ (steps.get(program));
    step(worker, control[at + 1], control[at + 2], control[at + 3]);
    // The step ends with a barrier: when worker 0 is through, all are.
    if (worker !== 0) continue;
    finished++;
    if (waiting() === 0) tellMainThread();
  }
}

/** @param {any} message */
function receive(message) {
  try {
    if (message.type === "setup") {
      const { memory, worker, layout } = message;
      const words = layout.ring + layout.ringLength * layout.wordsPerCommand;
      setup = { memory, worker, layout, control: new Int32Array(memory.buffer, 0, words) };
      port.postMessage({ type: "ready" });
    } else if (message.type === "load") {
      const instance = new WebAssembly.Instance(message.module, { host: { memory: setup.memory, tell } });
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
