// @ts-check
/** What a worker of the CPU device runs. It is plain JavaScript for the same reason as worker.js. */

/** @typedef {{ postMessage(message: unknown): void, on?: (type: "message", listener: (message: any) => void) => void, onmessage?: unknown }} Port */
/** @typedef {{ produced: number, ring: number, ringLength: number, wordsPerCommand: number, spins: number, newsMs: number }} ControlLayout */

/**
 * Runs the commands that the main thread writes into a ring in shared memory (layout: control.ts), in order; it counts them in
 * there. The worker cannot receive messages while it loops, so command `0` returns it to its event loop to load a new program.
 *
 * A page that may not load worker.js starts its workers from this function's text (thread.ts). The function therefore uses
 * nothing of its module.
 *
 * @param {Port} port to the main thread
 */
export function runCommandLoop(port) {
  /** @type {Map<number, (worker: number, rows: number, slot: number, prepared: number) => void>} */
  const steps = new Map();
  /** @type {{ memory: WebAssembly.Memory, control: Int32Array, worker: number, layout: ControlLayout }} */
  let setup;
  /** Adds numbers up over the processes of a group; only worker 0 has it.
   * @type {((address: number, floats: number, moment: number) => void) | undefined} */
  let allSum;
  /** Commands taken from the ring. */
  let seen = 0;
  /** Finished steps that were not reported to the main thread yet, and the time of the last report; kept by worker 0. */
  let finished = 0;
  let told = 0;
  /** The counter of commands at that time. */
  let toldAt = -1;

  /** Commands in the ring that were not taken yet. */
  function waiting() {
    return (Atomics.load(setup.control, setup.layout.produced) - seen) | 0;
  }

  function awaitCommand() {
    const { control, layout } = setup;
    for (let spin = 0; spin < layout.spins; spin++) if (waiting() > 0) return;
    while (waiting() === 0) Atomics.wait(control, layout.produced, seen);
  }

  function tellMainThread() {
    if (finished > 0) {
      // Read first: the main thread may write the next commands while the message is posted, and those must be reported too.
      toldAt = Atomics.load(setup.control, setup.layout.produced);
      port.postMessage({ type: "done", steps: finished });
    }
    finished = 0;
    told = performance.now();
  }

  /**
   * Called by worker 0 at the start of a step's first rows phase. Waking the main thread takes 0.1-0.5 ms of this core, and in a
   * rows phase the other workers can take over rows. It is notified only when it must write commands, once for the same commands,
   * or when callbacks have waited too long for results.
   */
  function tell() {
    const mustWrite = waiting() <= 1 && Atomics.load(setup.control, setup.layout.produced) !== toldAt;
    if (mustWrite || performance.now() - told > setup.layout.newsMs) tellMainThread();
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
      // The step ends with a barrier: when worker 0 has finished, all have.
      if (worker !== 0) continue;
      finished++;
      if (waiting() === 0) tellMainThread();
    }
  }

  /** @param {any} message */
  function receive(message) {
    try {
      if (message.type === "setup") {
        const { memory, worker, layout, connector } = message;
        const words = layout.ring + layout.ringLength * layout.wordsPerCommand;
        setup = { memory, worker, layout, control: new Int32Array(memory.buffer, 0, words) };
        if (connector === undefined) port.postMessage({ type: "ready" });
        else connect(connector);
      } else if (message.type === "load") {
        const host = { memory: setup.memory, tell, allSum: allSum ?? (() => {}) };
        const instance = new WebAssembly.Instance(message.module, { host });
        steps.set(message.program, /** @type {any} */ (instance.exports.step));
        port.postMessage({ type: "ready" });
        runCommands();
      } else if (message.type === "unload") {
        steps.delete(message.program);
        runCommands();
      }
    } catch (error) {
      fail(error);
    }
  }

  function fail(/** @type {unknown} */ error) {
    port.postMessage({ type: "failed", message: String(/** @type {any} */ (error)?.stack ?? error) });
  }

  /** @param {{ module: string, settings: unknown }} connector */
  function connect(connector) {
    import(/* @vite-ignore */ connector.module)
      .then((module) => module.connect(setup.memory, connector.settings))
      .then((made) => {
        allSum = made;
        port.postMessage({ type: "ready" });
      })
      .catch(fail);
  }

  if (port.on) port.on("message", receive);
  else port.onmessage = (/** @type {MessageEvent} */ event) => receive(event.data);
}
