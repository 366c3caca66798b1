/** Runs a program's steps, on a pool of worker threads over shared memory or on the calling thread. */
import { DeviceError } from "../../base/errors.ts";
import type { Connector } from "../../ir/group.ts";
import { control } from "./control.ts";
import type { DeviceMemory } from "./device-memory.ts";
import { availableCores, type StartThread, type Thread, type WorkerMessage } from "./thread.ts";

export interface Runner {
  readonly workers: number;
  /** Why no step can run any more; undefined while they can. */
  readonly failure: Error | undefined;
  /** Registers a module under a program number. */
  load(program: number, module: WebAssembly.Module): Promise<void>;
  unload(program: number): void;
  /**
   * Starts one step; steps run in call order. `prepared`: the values that the program prepares are still valid from an earlier
   * step.
   */
  run(program: number, rows: number, slot: number, prepared: boolean): Promise<void>;
  /** Stops everything; steps in flight reject. */
  dispose(): void;
}

/** Called during a step with the number of each finished call: see `DriverOptions.laps`. */
export type Lap = (call: number) => void;

/** Adds numbers of the memory up over the processes of a group: see `Connector`. */
export type AllSum = (address: number, floats: number, moment: number) => void;

type StepFunction = (worker: number, rows: number, slot: number, prepared: number) => void;

/** Runs steps on the calling thread: without shared memory. */
export class InlineRunner implements Runner {
  readonly workers = 1;
  readonly failure = undefined;
  readonly #memory: DeviceMemory;
  readonly #lap: Lap | undefined;
  readonly #allSum: AllSum | undefined;
  readonly #steps = new Map<number, StepFunction>();

  constructor(memory: DeviceMemory, lap?: Lap, allSum?: AllSum) {
    this.#memory = memory;
    this.#lap = lap;
    this.#allSum = allSum;
  }

  async load(program: number, module: WebAssembly.Module): Promise<void> {
    const [lap, allSum] = [this.#lap, this.#allSum];
    const host = { memory: this.#memory.memory, ...(lap && { lap }), ...(allSum && { allSum }) };
    const instance = await WebAssembly.instantiate(module, { host });
    this.#steps.set(program, instance.exports.step as StepFunction);
  }

  unload(program: number): void {
    this.#steps.delete(program);
  }

  async run(program: number, rows: number, slot: number, prepared: boolean): Promise<void> {
    const step = this.#steps.get(program);
    if (step === undefined) throw new DeviceError("The CPU device was disposed of.");
    step(0, rows, slot, Number(prepared));
  }

  dispose(): void {
    this.#steps.clear();
  }
}

interface Pending {
  resolve(): void;
  reject(error: Error): void;
}

/** Runs steps on worker threads, which read commands from a ring in shared memory and sleep while it is empty. */
export class PoolRunner implements Runner {
  /** The control block: shared memory that grows stays where it is. */
  readonly #control: Int32Array;
  readonly #threads: Thread[] = [];
  readonly #steps: Pending[] = [];
  #ready: Promise<void> = Promise.resolve();
  #awaited: { left: number; pending: Pending } | undefined;
  #looping = false;
  #held = false;
  #issued = 0;
  #error: Error | undefined;

  private constructor(memory: DeviceMemory) {
    this.#control = memory.ints(0, control.ring + control.ringLength * control.wordsPerCommand);
  }

  get workers(): number {
    return this.#threads.length;
  }

  /**
   * Starts as many threads as the host gives, up to `most`. Only `load` waits for them: the host writes and compiles the first
   * program while they start.
   *
   * @param connector what worker 0 adds numbers up by over processes
   * @throws what the host says where it gives none
   */
  static start(memory: DeviceMemory, most: number, start: StartThread, connector?: Connector): PoolRunner {
    const pool = new PoolRunner(memory);
    const listener = {
      message: (message: WorkerMessage) => pool.#receive(message),
      failed: (error: Error) => pool.#fail(error),
    };
    try {
      while (pool.workers < most) pool.#threads.push(start(listener));
    } catch (error) {
      if (pool.workers === 0) throw error;
    }
    // A thread that polls for commands takes the core of another one if there are fewer cores than threads.
    const layout = pool.workers > availableCores() ? { ...control, spins: 0 } : control;
    // One thread talks to other processes.
    const own = (worker: number) => (worker === 0 && connector !== undefined ? { connector } : {});
    pool.#ready = pool.#all((worker) => ({ type: "setup", memory: memory.memory, worker, layout, ...own(worker) }));
    // A failure is thrown by the first `load`.
    pool.#ready.catch(() => {});
    return pool;
  }

  /** Settles when all threads have answered. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  get failure(): Error | undefined {
    return this.#error;
  }

  async load(program: number, module: WebAssembly.Module): Promise<void> {
    await this.#ready;
    this.#park();
    this.#looping = true;
    await this.#all(() => ({ type: "load", program, module }));
  }

  unload(program: number): void {
    if (this.#error !== undefined) return;
    this.#park();
    this.#looping = true;
    for (const thread of this.#threads) thread.post({ type: "unload", program });
  }

  /** Sends the workers back to their event loops, where they can receive messages. */
  #park(): void {
    if (this.#looping) this.#issue(0, 0, 0, 0);
  }

  run(program: number, rows: number, slot: number, prepared: boolean): Promise<void> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    return new Promise((resolve, reject) => {
      this.#steps.push({ resolve, reject });
      this.#holdProcess();
      this.#issue(program, rows, slot, Number(prepared));
    });
  }

  #issue(program: number, rows: number, slot: number, prepared: number): void {
    const words = this.#control;
    const at = control.ring + (this.#issued % control.ringLength) * control.wordsPerCommand;
    words[at] = program;
    words[at + 1] = rows;
    words[at + 2] = slot;
    words[at + 3] = prepared;
    this.#issued = (this.#issued + 1) | 0;
    Atomics.store(words, control.produced, this.#issued);
    Atomics.notify(words, control.produced);
  }

  /** Sends a message to every worker and waits for all their answers. */
  #all(message: (worker: number) => unknown): Promise<void> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    return new Promise((resolve, reject) => {
      this.#awaited = { left: this.workers, pending: { resolve, reject } };
      this.#holdProcess();
      this.#threads.forEach((thread, worker) => {
        thread.post(message(worker));
      });
    });
  }

  #receive(message: WorkerMessage): void {
    if (message.type === "failed") this.#fail(new DeviceError(`A worker of the CPU device failed: ${message.message}`));
    else if (message.type === "done") for (const step of this.#steps.splice(0, message.steps)) step.resolve();
    else if (this.#awaited !== undefined && --this.#awaited.left === 0) {
      const { pending } = this.#awaited;
      this.#awaited = undefined;
      pending.resolve();
    }
    this.#holdProcess();
  }

  /** The workers keep the process alive only while a promise is pending. */
  #holdProcess(): void {
    const hold = this.#steps.length > 0 || this.#awaited !== undefined;
    if (hold === this.#held) return;
    this.#held = hold;
    for (const thread of this.#threads) thread.holdProcess(hold);
  }

  #fail(error: Error): void {
    this.#error ??= error;
    for (const thread of this.#threads) thread.terminate();
    for (const step of this.#steps.splice(0)) step.reject(this.#error);
    this.#awaited?.pending.reject(this.#error);
    this.#awaited = undefined;
  }

  dispose(): void {
    this.#fail(new DeviceError("The CPU device was disposed of."));
  }
}
