/**
 * A session: one device, the variables on it, and the programs compiled for it. A program is traced and compiled once per key and
 * run many times. The key names everything that shapes the program: the step's kind, the batch size, the kinds of inputs.
 */
import type { DType, TypedArray } from "../base/dtype.ts";
import { DeviceError, StateError } from "../base/errors.ts";
import { compile, type Rewrite } from "../compile/compile.ts";
import type { Device, Executable } from "../ir/device.ts";
import { type Graph, GraphBuilder } from "../ir/graph.ts";
import type { Program } from "../ir/program.ts";
import { CompiledStep } from "./compiled-step.ts";
import { StepCache } from "./step-cache.ts";

/** A host variable, as a session sees it. Sessions know variables by identity; the path is for people. */
export interface StateEntry {
  readonly path: string;
  readonly shape: readonly number[];
  /** Default float32. One of another type is no step's to change. */
  readonly dtype?: DType;
  value: TypedArray;
  /** The session whose device holds newer numbers than the host; undefined where none does. */
  readonly holder: object | undefined;
  /** Lets `value` come from `fetch`, called when it is first read. */
  defer(holder: object, fetch: () => Float32Array): void;
}

/** Emits one step with the builder, and tells what is to be known of it. */
export type Trace<T = void> = (builder: GraphBuilder) => T;

/** Runs a function of a builder and returns the graph that it emitted. */
export function traceGraph(trace: Trace<unknown>): Graph {
  const builder = new GraphBuilder();
  trace(builder);
  return builder.finish();
}

export class Session {
  readonly device: Device;
  /** What "auto" chose and why, as a message. */
  readonly notice: string | undefined;
  readonly #names = new WeakMap<StateEntry, string>();
  readonly #taken = new Set<string>();
  /** The array that each variable of the device was last set from or fetched into. */
  readonly #synced = new WeakMap<StateEntry, TypedArray>();
  /** Variables whose newest numbers are on this device. */
  readonly #newer = new Set<StateEntry>();
  /** Those of them that the host can read at once, as long as no step changes them. */
  readonly #lent = new Set<StateEntry>();
  readonly #steps = new StepCache();
  #scopes = 0;
  #withheld = 0;
  /** Settles when the last compilation is through: a device loads one program at a time. */
  #loaded: Promise<unknown> = Promise.resolve();

  constructor(device: Device, notice?: string) {
    this.device = device;
    this.notice = notice;
  }

  /** A number that no other caller of this session has, for keys of steps. */
  nextScope(): number {
    return this.#scopes++;
  }

  /** The variable's name on the device: its path, numbered where another variable has it. */
  nameOf(entry: StateEntry): string {
    const known = this.#names.get(entry);
    if (known !== undefined) return known;
    let name = entry.path;
    for (let i = 2; this.#taken.has(name); i++) name = `${entry.path}#${i}`;
    this.#taken.add(name);
    this.#names.set(entry, name);
    return name;
  }

  /**
   * Brings the device up to date for the steps that start from now on: adds new host variables, and sends those whose array was
   * replaced on the host since they were last sent or fetched. All are sent at once, before any step can start.
   *
   * @returns settles when they are sent; undefined where nothing is
   */
  sync(entries: readonly StateEntry[]): Promise<void> | undefined {
    let sent: Promise<void>[] | undefined;
    for (const entry of entries) {
      if (entry.holder === this) continue;
      const { value } = entry;
      if (this.#synced.get(entry) === value) continue;
      sent ??= [];
      sent.push(this.#send(entry, value));
    }
    if (sent === undefined) return undefined;
    const all = Promise.all(sent).then(() => {});
    // A failure is thrown where the step is awaited.
    all.catch(() => {});
    return all;
  }

  #send(entry: StateEntry, value: TypedArray): Promise<void> {
    const name = this.nameOf(entry);
    this.device.addVariable(name, entry.shape, entry.dtype);
    this.#newer.delete(entry);
    this.#synced.set(entry, value);
    return this.device.write(name, value);
  }

  /** A variable's numbers on the device. */
  read(entry: StateEntry): Promise<Float32Array> {
    return this.device.read(this.nameOf(entry)) as Promise<Float32Array>;
  }

  /** Sets a variable on the device alone. */
  write(entry: StateEntry, value: Float32Array): Promise<void> {
    return this.device.write(this.nameOf(entry), value);
  }

  /** Sets variables on the device to their host values, whether it has them or not. */
  async reset(entries: readonly StateEntry[]): Promise<void> {
    await Promise.all(entries.map((entry) => this.#send(entry, entry.value)));
  }

  /** Notes that a step that starts now changes the variables: their host values are fetched when they are read. */
  markChanged(entries: readonly StateEntry[]): void {
    for (const entry of entries) {
      if (entry.holder === this && !this.#lent.delete(entry)) continue;
      this.#newer.add(entry);
      entry.defer(this, () => this.#fetchNow(entry));
    }
  }

  #fetchNow(entry: StateEntry): Float32Array {
    const value = this.#withheld === 0 ? (this.device.readNow?.(this.nameOf(entry)) as Float32Array) : undefined;
    if (value === undefined)
      throw new StateError(
        `The value of "${entry.path}" is on the device, where steps are changing it. In a callback that reads weights ` +
          'after each batch, set `reads = "weights"`; elsewhere, await the call that is running: models that share an optimizer ' +
          "or layers train one after the other.",
      );
    this.#take(entry, value);
    return value;
  }

  /** Notes that the host now has the device's numbers. */
  #take(entry: StateEntry, value: TypedArray): void {
    this.#newer.delete(entry);
    this.#lent.delete(entry);
    this.#synced.set(entry, value);
  }

  /** Fetches the variables that are newer on the device; those that were set on the host meanwhile keep the host's value. */
  async pull(entries: readonly StateEntry[]): Promise<void> {
    const newer = entries.filter(({ holder }) => holder === this);
    // All at once: a GPU then waits for the host once, and not for each.
    const values = await Promise.all(newer.map((entry) => this.read(entry)));
    newer.forEach((entry, i) => {
      if (entry.holder !== this) return;
      this.#take(entry, values[i]!);
      entry.value = values[i]!;
    });
  }

  /**
   * Lets the host read the variables at once until the next step changes them. They stay deferred, which tells whether anybody
   * does. Nothing is to be done where they can be read at any time.
   */
  async lend(entries: readonly StateEntry[]): Promise<void> {
    if (this.device.readNow !== undefined) return;
    const newer = entries.filter(({ holder }) => holder === this);
    const values = await Promise.all(newer.map((entry) => this.read(entry)));
    newer.forEach((entry, i) => {
      if (entry.holder !== this) return;
      this.#lent.add(entry);
      entry.defer(this, () => {
        this.#take(entry, values[i]!);
        return values[i]!;
      });
    });
  }

  /** Fetches what can only be read from the device later: nothing where it can be read at any time. */
  async settle(entries: readonly StateEntry[]): Promise<void> {
    if (this.device.readNow === undefined) await this.pull(entries);
  }

  /**
   * Runs work in which nobody may read what is on the device: steps ahead of the moment have changed it. To read it throws a
   * StateError.
   */
  async withholding<T>(work: () => T | Promise<T>): Promise<T> {
    this.#withheld++;
    try {
      return await work();
    } finally {
      this.#withheld--;
    }
  }

  /**
   * The compiled step of this key; traced and compiled on first use. What the trace told of it is known to be of the key's kind.
   *
   * @param distribute where the processes of the device's group compute it together: makes it the step of one of them
   */
  step<T>(key: string, trace: Trace<T>, distribute?: Rewrite): Promise<CompiledStep<T>> {
    return this.#steps.get(key, () => this.#compile(trace, distribute)) as Promise<CompiledStep<T>>;
  }

  #compile<T>(trace: Trace<T>, distribute: Rewrite | undefined): Promise<CompiledStep<T>> {
    const step = this.#loaded.then(async () => {
      const start = performance.now();
      const builder = new GraphBuilder();
      const about = trace(builder);
      const graph = builder.finish();
      for (const { name, sym } of graph.variables) this.device.addVariable(name, sym.spec.shape, sym.spec.dtype);
      const program = compile(graph, this.device.traits, undefined, distribute);
      const executable = await this.#load(program);
      return new CompiledStep(program, executable, performance.now() - start, about);
    });
    this.#loaded = step.catch(() => {});
    return step;
  }

  async #load(program: Program): Promise<Executable> {
    try {
      return await this.device.load(program);
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      // Memory that older programs hold may be what is lacking.
      this.#steps.releaseIdle();
      return this.device.load(program);
    }
  }

  /** Releases the compiled steps that nobody runs: they belong to a graph that is no more. */
  releaseSteps(): void {
    this.#steps.releaseIdle();
  }

  /** Every program on the device, by key. */
  get compiled(): ReadonlyMap<string, CompiledStep> {
    return new Map(this.#steps.steps);
  }

  /** Fetches what only this device holds, and stops it. */
  async dispose(): Promise<void> {
    await this.pull([...this.#newer]);
    this.device.dispose();
  }
}
