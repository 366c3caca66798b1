/**
 * A session: one device, the variables that live on it, and the programs compiled for it. A program is traced and compiled once
 * per key (which names everything that shapes it: the step's kind, the batch size, the kinds of inputs), then run many times.
 */
import { compile } from "../compile/compile.ts";
import type { Device, Executable, Feeds, Outputs } from "../ir/device.ts";
import { type Graph, GraphBuilder } from "../ir/graph.ts";
import type { Program } from "../ir/program.ts";

/** What the session keeps of a host variable. */
export interface StateEntry {
  readonly path: string;
  readonly shape: readonly number[];
  value: Float32Array;
}

/** Writes one step with the builder. */
export type Trace = (builder: GraphBuilder) => void;

/** Runs a function of a builder and returns the graph that it wrote. */
export function traceGraph(trace: Trace): Graph {
  const builder = new GraphBuilder();
  trace(builder);
  return builder.finish();
}

export interface CompiledStep {
  readonly program: Program;
  readonly executable: Executable;
  /** Milliseconds from tracing to a program ready to run. */
  readonly compileMs: number;
}

export class Session {
  readonly device: Device;
  /** What "auto" took and why, for people. */
  readonly notice: string | undefined;
  /** The array that each variable of the device was last set from or fetched into. */
  readonly #synced = new Map<string, Float32Array>();
  readonly #steps = new Map<string, Promise<CompiledStep>>();

  constructor(device: Device, notice?: string) {
    this.device = device;
    this.notice = notice;
  }

  /**
   * Brings the device up to date with host variables: new ones are added, and those whose value was replaced on the host since
   * they were last sent or fetched are sent.
   */
  async sync(entries: readonly StateEntry[]): Promise<void> {
    for (const { path, shape, value } of entries) {
      if (this.#synced.get(path) === value) continue;
      this.device.addVariable(path, shape);
      await this.device.write(path, value);
      this.#synced.set(path, value);
    }
  }

  /** Sends host values to the device, whether it has them or not. */
  async push(entries: readonly StateEntry[]): Promise<void> {
    for (const { path, value } of entries) await this.device.write(path, value);
  }

  /** Fetches values from the device into the host variables. */
  async pull(entries: readonly StateEntry[]): Promise<void> {
    // All at once: a GPU then waits for the host once, and not for each.
    const values = await Promise.all(entries.map(({ path }) => this.device.read(path)));
    entries.forEach((entry, i) => {
      entry.value = values[i]!;
      this.#synced.set(entry.path, entry.value);
    });
  }

  /** The compiled step of this key; traced and compiled on first use. */
  step(key: string, trace: Trace): Promise<CompiledStep> {
    let step = this.#steps.get(key);
    if (step === undefined) {
      step = this.#compile(trace);
      // A failed compilation is not remembered: the next call tries again and gets its own error.
      step.catch(() => this.#steps.delete(key));
      this.#steps.set(key, step);
    }
    return step;
  }

  async #compile(trace: Trace): Promise<CompiledStep> {
    const start = performance.now();
    const program = compile(traceGraph(trace), this.device.traits);
    const executable = await this.device.load(program);
    return { program, executable, compileMs: performance.now() - start };
  }

  /** Runs one step and waits for it. */
  async run(key: string, trace: Trace, feeds: Feeds, rows: number): Promise<Outputs> {
    const { executable } = await this.step(key, trace);
    return executable.run(feeds, rows);
  }

  /** Every program compiled so far, with what it holds on the device. */
  async compiled(): Promise<Map<string, CompiledStep>> {
    return new Map(await Promise.all([...this.#steps].map(async ([key, step]) => [key, await step] as const)));
  }

  dispose(): void {
    this.device.dispose();
  }
}
