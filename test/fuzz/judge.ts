/** Calls functions with hostile arguments and judges what comes out. */
import { Worker } from "node:worker_threads";
import { FoveaError, InternalError } from "../../src/base/errors.ts";
import { formatValue } from "../../src/base/format.ts";
import { OwnError } from "./hostile.ts";

/** Longest that a promise may take, and a call may block, in ms. */
const PATIENCE = 20_000;
const BLOCKING = 10_000;
/** Most memory that a call may take, in bytes. */
const MEMORY = 512 * 2 ** 20;
/** The engine's own words; no error of the library speaks so. */
const engineWords =
  /Cannot (read|set|convert|mix|destructure|access)|is not (a function|iterable|a constructor|defined|an object)|\[object |undefined \(reading|call stack|Invalid (array|typed array)/;

export interface Failure {
  readonly what: string;
  readonly error: string;
  readonly args: string;
  readonly stack: string;
}

/**
 * Ends the process with the name of the call that has blocked it for half a minute: a call that never returns would take the test
 * with it, in silence.
 */
export class Watchdog {
  readonly #shared = new SharedArrayBuffer(2048);
  readonly #count = new Int32Array(this.#shared, 0, 2);
  readonly #text = new Uint8Array(this.#shared, 8);
  readonly #worker = new Worker(
    `const { workerData } = require("node:worker_threads");
     const count = new Int32Array(workerData, 0, 2), text = new Uint8Array(workerData, 8);
     let last = -1;
     setInterval(() => {
       const now = Atomics.load(count, 0);
       if (now !== last || Atomics.load(count, 1) === 0) { last = now; return; }
       require("node:fs").writeSync(2, "fuzz: this call blocks: " + Buffer.from(text).toString().split("\\0")[0] + "\\n");
       process.kill(process.pid, "SIGKILL");
     }, 30000);`,
    { eval: true, workerData: this.#shared },
  );

  begin(call: string): void {
    this.#text.fill(0);
    new TextEncoder().encodeInto(call, this.#text);
    Atomics.add(this.#count, 0, 1);
    Atomics.store(this.#count, 1, 1);
  }

  end(): void {
    Atomics.store(this.#count, 1, 0);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

export class Judge {
  readonly failures: Failure[] = [];
  readonly byKind = new Map<string, number>();
  calls = 0;
  returned = 0;
  readonly #watchdog = new Watchdog();

  /** Calls once. Tells whether it returned (or resolved). */
  async call(what: string, args: readonly unknown[], run: () => unknown, expected?: unknown): Promise<Outcome> {
    this.calls++;
    // Before the call: it may change what it is given.
    const shown = args.map(formatValue).join(", ");
    const fail = (error: string, stack = "") => this.failures.push({ what, error, args: shown, stack });
    const [memory, start] = [process.memoryUsage.rss(), performance.now()];
    this.#watchdog.begin(`${what}(${shown})`);
    let outcome: Outcome;
    try {
      const made = run();
      const blocked = performance.now() - start;
      if (blocked > BLOCKING) fail(`blocked for ${Math.round(blocked)} ms`);
      outcome = { value: made instanceof Promise ? await settled(made) : await someOf(made) };
      this.returned++;
    } catch (error) {
      outcome = { error };
      this.#judge(error, expected, fail);
    }
    this.#watchdog.end();
    const grown = process.memoryUsage.rss() - memory;
    if (grown > MEMORY) fail(`took ${Math.round(grown / 2 ** 20)} MiB`);
    return outcome;
  }

  #judge(error: unknown, expected: unknown, fail: (error: string, stack?: string) => void): void {
    if (error instanceof OwnError || (expected !== undefined && error === expected)) {
      this.#count("the caller's own");
      return;
    }
    if (!(error instanceof FoveaError) || error instanceof InternalError) {
      const { name, message, stack } =
        error instanceof Error ? error : { name: "no Error", message: formatValue(error), stack: "" };
      this.#count(`not the library's: ${name}`);
      fail(`${name}: ${message}`, stack);
      return;
    }
    this.#count(error.name);
    if (error.message.length < 12 || engineWords.test(error.message))
      fail(`says too little: ${error.message}`, error.stack);
  }

  #count(kind: string): void {
    this.byKind.set(kind, (this.byKind.get(kind) ?? 0) + 1);
  }

  close(): Promise<void> {
    return this.#watchdog.close();
  }
}

export interface Outcome {
  readonly value?: unknown;
  readonly error?: unknown;
}

async function settled(promise: Promise<unknown>): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new RangeError(`not settled after ${PATIENCE} ms`)), PATIENCE);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The first elements of what is lazy: a dataset does its work, and fails, when it is read. */
async function someOf(made: unknown): Promise<unknown> {
  const isLazy = typeof made === "object" && made !== null && made.constructor?.name === "Dataset";
  if (!isLazy) return made;
  let left = 3;
  const iterator = (made as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  while (left-- > 0 && !((await settled(iterator.next())) as IteratorResult<unknown>).done);
  await iterator.return?.();
  return made;
}
