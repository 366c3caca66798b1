/** A step that is ready to run, and the queue for its places in flight. */
import { InternalError } from "../base/errors.ts";
import type { BatchShare, Executable, Feeds, Outputs } from "../ir/device.ts";
import type { Program } from "../ir/program.ts";

/** @typeParam T what the writer of the step told of it */
export class CompiledStep<T = unknown> {
  static #uses = 0;

  readonly program: Program;
  readonly executable: Executable;
  /** Milliseconds from tracing to a program ready to run. */
  readonly compileMs: number;
  readonly about: T;
  #lastUse = ++CompiledStep.#uses;
  #isReleased = false;
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(program: Program, executable: Executable, compileMs: number, about: T) {
    this.program = program;
    this.executable = executable;
    this.compileMs = compileMs;
    this.about = about;
    this.#free = executable.stepsInFlight;
  }

  get stepsInFlight(): number {
    return this.executable.stepsInFlight;
  }

  /** Bytes that the program holds on the device. */
  get bytes(): number {
    return Object.values(this.executable.bytes).reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Whether no step of it is in flight or waited for. */
  get isIdle(): boolean {
    return this.#free === this.executable.stepsInFlight && this.#waiting.length === 0;
  }

  /** Orders steps by when a place was last taken. */
  get lastUse(): number {
    return this.#lastUse;
  }

  /** Whether its memory on the device was given back, so that it cannot run any more. */
  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Gives its memory on the device back. */
  release(): void {
    this.#isReleased = true;
    this.executable.release();
  }

  /** Takes a place for one step, or gives a promise of one; callers get their places in the order in which they asked. */
  reserve(): Promise<void> | undefined {
    if (this.#isReleased) throw new InternalError("A step was asked to run after its memory was released.");
    this.#lastUse = ++CompiledStep.#uses;
    if (this.#free > 0 && this.#waiting.length === 0) {
      this.#free--;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Gives back a place that was not used. */
  cancel(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }

  /**
   * Starts a step in a reserved place. Feeds are copied before the call returns.
   *
   * @param share where other processes compute other rows of the batch
   */
  start(feeds: Feeds, rows: number, share?: BatchShare): Promise<Outputs> {
    let outputs: Promise<Outputs>;
    try {
      outputs = this.executable.run(feeds, rows, share);
    } catch (error) {
      this.cancel();
      throw error;
    }
    // Before the caller goes on, which may want the place. A step may fail before its caller awaits it; the failure is thrown then.
    const settle = () => this.cancel();
    outputs.then(settle, settle);
    return outputs;
  }
}
