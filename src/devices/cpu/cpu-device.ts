/**
 * The CPU device: compiles each program at run time to one WebAssembly module with its shapes as constants. A pool of worker
 * threads runs it over one shared memory.
 */
import { bytesPerElement, type DType, type TypedArray } from "../../base/dtype.ts";
import { DeviceError, InternalError } from "../../base/errors.ts";
import { builtin } from "../../base/node.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { type BatchShare, type Device, type Executable, type Feeds, type Outputs, ownInput } from "../../ir/device.ts";
import { type Group, requireAlike } from "../../ir/group.ts";
import { exchanges, type Program, setsVariables, type Traits } from "../../ir/program.ts";
import { isBrief, Turns } from "./brief.ts";
import { type DeviceMemory, memoryAlignment, memorySlack } from "./device-memory.ts";
import { emitProgram } from "./driver.ts";
import { detectFeatures } from "./features.ts";
import type { Features } from "./kernel.ts";
import { kernelNames } from "./kernels/index.ts";
import { loadKernels } from "./load-kernels.ts";
import { lowerNarrowProduct } from "./narrow/lower.ts";
import { lowerPackedProduct } from "./packed/lower.ts";
import { InlineRunner, type Runner } from "./runners.ts";
import { CACHED_BYTES } from "./slice-rows.ts";
import { Slots } from "./slots.ts";
import { describeRunner, type RunnerOptions, type StartedRunner, startRunner } from "./start-runner.ts";
import { availableCores } from "./thread.ts";
import { fastestTile, winogradLowering } from "./winograd/lower.ts";
import { type Workspace, Workspaces } from "./workspace.ts";

export interface CpuOptions extends RunnerOptions {
  /** Overrides the detected instruction set; for tests. */
  readonly relaxed?: boolean;
  readonly wide?: boolean;
}

/** Maximum rows of a slice: layers with many weights read them once for all rows of the slice. */
const SLICE_ROWS = 8;

/** Programs with larger slices are planned for fewer rows. The step emitter reduces the rows of each phase to fit the cache. */
const SLICE_BYTES = 8 * 2 ** 20;

/** Each operand needs one pointer parameter of the kernel's function. */
const MOST_FUSED_OPERANDS = 24;

const lowerWinograd = /* @__PURE__ */ winogradLowering(fastestTile);

const traits: Traits = {
  sliceRows: SLICE_ROWS,
  sliceBytes: SLICE_BYTES,
  cachedBytes: CACHED_BYTES,
  kernels: kernelNames,
  lower: (node, inputs, graph) =>
    lowerWinograd(node, inputs, graph) ??
    lowerNarrowProduct(node, inputs, graph) ??
    lowerPackedProduct(node, inputs, graph),
  fusedOperands: MOST_FUSED_OPERANDS,
  alignment: memoryAlignment,
  slack: memorySlack,
};

/** An input or output of a program, and the size of its live part in a step. */
interface Port {
  readonly name: string;
  readonly dtype: DType;
  readonly offset: number;
  /** Elements: `fixed` plus `perRow` for each live row. */
  readonly fixed: number;
  readonly perRow: number;
}

function portsOf({ buffers }: Program, kind: "input" | "output"): Port[] {
  const ports = buffers.filter((buffer) => buffer.kind === kind);
  return ports.map(({ name, offset, spec: { dtype, batched, shape } }) => {
    const size = sizeOf(batched ? shape.slice(1) : shape);
    return { name: name!, dtype, offset, fixed: batched ? 0 : size, perRow: batched ? size : 0 };
  });
}

/**
 * Batches are written while others are computed. There are more than two slots, so that the main thread need not wake after every
 * step. There are fewer where a slot needs much memory; large batches are also slow ones.
 */
const MOST_STEPS_IN_FLIGHT = 16;
const SLOT_BYTES = 4 * 2 ** 20;

const stepsInFlight = ({ regions }: Program): number =>
  Math.min(MOST_STEPS_IN_FLIGHT, Math.max(2, Math.floor(SLOT_BYTES / regions.slot)));

/** What a program holds of the device's memory; workspaces may be shared. */
interface Held {
  readonly blocks: { readonly address: number; readonly bytes: number }[];
  readonly workspaces: Workspace[];
}

export class CpuDevice implements Device {
  readonly name = "cpu";
  readonly description: string;
  readonly notice: string | undefined;
  readonly onCallingThread: boolean;
  readonly traits = traits;
  readonly features: Features;
  readonly group: Group | undefined;
  readonly #laps: boolean;
  readonly #memory: DeviceMemory;
  readonly #workspaces: Workspaces;
  readonly #runner: Runner;
  /** Runs brief steps; the runner itself where it is the calling thread. */
  readonly #caller: InlineRunner;
  readonly #turns = new Turns();
  readonly #variables = new Map<string, { address: number; size: number; dtype: DType }>();
  #programs = 0;
  /** Steps that were started and are not yet through. */
  #inFlight = 0;
  /** Counts what may have changed a variable. */
  #changes = 0;
  /** Reads, writes and steps that wait for what was called before them. */
  #waiting = 0;
  /** Settles when the last step, read or write has finished. */
  #last: Promise<unknown> = Promise.resolve();

  /** Stops the threads of a device that was garbage-collected. */
  static readonly #abandoned = /* @__PURE__ */ new FinalizationRegistry<Runner>((runner) => runner.dispose());

  private constructor({ memory, runner, who, notice }: StartedRunner, features: Features, options: CpuOptions) {
    this.group = options.group;
    this.#memory = memory;
    this.#workspaces = new Workspaces(memory);
    this.#runner = runner;
    this.features = features;
    this.notice = notice;
    this.onCallingThread = runner instanceof InlineRunner;
    this.#caller = runner instanceof InlineRunner ? runner : new InlineRunner(memory);
    this.#laps = options.lap !== undefined;
    this.description = describe(who, features);
    CpuDevice.#abandoned.register(this, runner, this);
  }

  static async start(options: CpuOptions = {}): Promise<CpuDevice> {
    const detected = detectFeatures();
    const features = { relaxed: options.relaxed ?? detected.relaxed, wide: options.wide ?? detected.wide };
    return new CpuDevice(await startRunner(options), features, options);
  }

  get failure(): Error | undefined {
    return this.#runner.failure;
  }

  addVariable(name: string, shape: Shape, dtype: DType = "float32"): void {
    if (this.#variables.has(name)) return;
    const size = sizeOf(shape);
    const address = this.#memory.allocate(bytesPerElement[dtype] * size);
    this.#variables.set(name, { address, size, dtype });
    this.#variable(name).fill(0);
  }

  #variable(name: string): TypedArray {
    const variable = this.#variables.get(name);
    if (variable === undefined) throw new DeviceError(`The CPU device holds no variable "${name}".`);
    return this.#memory.view(variable.dtype, variable.address, variable.size);
  }

  write(name: string, values: TypedArray): Promise<void> {
    this.#changes++;
    return this.#inTurn(async () => this.#variable(name).set(values));
  }

  read(name: string): Promise<TypedArray> {
    return this.#inTurn(async () => this.#variable(name).slice());
  }

  /** Runs work after all that was called before it, and before all that is called after it. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const done = this.#last.then(() => {
      this.#waiting--;
      return work();
    });
    this.#last = done.catch(() => {});
    return done;
  }

  readNow(name: string): TypedArray | undefined {
    return this.#inFlight === 0 && this.#waiting === 0 ? this.#variable(name).slice() : undefined;
  }

  async load(program: Program): Promise<Executable> {
    const held: Held = { blocks: [], workspaces: [] };
    try {
      return await this.#load(program, held);
    } catch (error) {
      this.#giveBack(held);
      throw error;
    }
  }

  #giveBack({ blocks, workspaces }: Held): void {
    for (const { address, bytes } of blocks) this.#memory.free(address, bytes);
    for (const workspace of workspaces) this.#workspaces.release(workspace);
  }

  async #load(program: Program, held: Held): Promise<Executable> {
    const number = ++this.#programs;
    const most = stepsInFlight(program);
    const reserve = (bytes: number): number => {
      const address = this.#memory.allocate(bytes);
      held.blocks.push({ address, bytes });
      return address;
    };
    const workspace = (bytes: number): number => {
      const taken = this.#workspaces.take(bytes);
      held.workspaces.push(taken);
      return taken.address;
    };
    const kernels = await loadKernels(program);
    const onCaller = this.#runner !== this.#caller && isBrief(program);
    const runner = onCaller ? this.#caller : this.#runner;
    const emitted = emitProgram(program, {
      workers: runner.workers,
      onCaller,
      features: this.features,
      kernels,
      shared: this.#memory.shared,
      reserve,
      workspace,
      variable: (name) => this.#variables.get(name)!.address,
      laps: this.#laps,
      oversubscribed: runner.workers > availableCores(),
    });
    for (const { data, offset } of program.buffers)
      if (data !== undefined) this.#memory.floats(emitted.constants + offset, data.length).set(data as Float32Array);
    const updates = setsVariables(program);
    // Training keeps as many steps in flight as it may, and must not be short of memory later on.
    const slots = new Slots({ bytes: program.regions.slot, most, first: updates ? most : 1, reserve });
    await this.#last;
    if (this.group !== undefined) await checkAlike(this.group, number, program);
    await runner.load(number, await WebAssembly.compile(emitted.module as Uint8Array<ArrayBuffer>));
    // Of a batch that is divided among processes, some may get no row.
    const fewest = exchanges(program) ? 0 : 1;
    const inputs = portsOf(program, "input");
    const outputs = portsOf(program, "output");
    /** Value of `#changes` when the program was last prepared. */
    let preparedAfter: number | undefined;
    return {
      get bytes() {
        return { "inputs and outputs": slots.bytes, ...emitted.bytes };
      },
      stepsInFlight: most,
      run: (feeds, rows, share) => {
        if (!(Number.isInteger(rows) && rows >= fewest && rows <= program.capacity))
          throw new InternalError(
            `A step of ${rows} rows; the program was compiled for ${fewest} to ${program.capacity}.`,
          );
        const slot = slots.take();
        try {
          this.#feed(inputs, slot, feeds, rows, share);
        } catch (error) {
          slots.release(slot);
          throw error;
        }
        if (updates) this.#changes++;
        const prepared = preparedAfter === this.#changes;
        preparedAfter = this.#changes;
        const run = () => runner.run(number, rows, slot, prepared);
        // Threads run steps in the order of their commands; the calling thread waits for theirs.
        const turn = onCaller ? this.#turns.take() : undefined;
        const waits = this.#waiting > 0 || turn !== undefined || (onCaller && this.#inFlight > 0);
        const begun = waits ? this.#inTurn(() => (turn === undefined ? run() : turn.then(run))) : run();
        const step = begun.then(() => this.#collect(outputs, slot, rows));
        this.#inFlight++;
        const settle = () => {
          slots.release(slot);
          this.#inFlight--;
        };
        this.#last = step.then(settle, settle);
        return step;
      },
      release: () => {
        runner.unload(number);
        this.#giveBack(held);
      },
    };
  }

  #feed(inputs: readonly Port[], slot: number, feeds: Feeds, rows: number, share: BatchShare | undefined): void {
    for (const port of inputs) {
      const target = this.#view(port, slot, rows);
      const own = ownInput(port.name, rows, share);
      if (own !== undefined) {
        target[0] = own;
        continue;
      }
      const source = feeds[port.name];
      if (source === undefined) throw new InternalError(`A step was not fed its input "${port.name}".`);
      // Else rows of an earlier step would be read in the place of those that lack.
      if (source.length < target.length)
        throw new InternalError(
          `Input "${port.name}" has ${source.length} elements; ${rows} rows take ${target.length}.`,
        );
      target.set(source.length === target.length ? source : source.subarray(0, target.length));
    }
  }

  #collect(outputs: readonly Port[], slot: number, rows: number): Outputs {
    // Without a prototype, since outputs may have any name, "__proto__" too.
    const values: Record<string, TypedArray> = Object.create(null);
    for (const port of outputs) values[port.name] = this.#view(port, slot, rows).slice();
    return values;
  }

  /** The live rows of an input or output. */
  #view({ dtype, offset, fixed, perRow }: Port, slot: number, rows: number): TypedArray {
    return this.#memory.view(dtype, slot + offset, fixed + perRow * rows);
  }

  dispose(): void {
    CpuDevice.#abandoned.unregister(this);
    this.#runner.dispose();
    this.#caller.dispose();
  }
}

/** Throws where other processes have made another program: their exchanges would add up what does not belong together. */
async function checkAlike(group: Group, number: number, { capacity, phases }: Program): Promise<void> {
  const calls = phases.flatMap((phase) => phase.calls);
  const text = calls.map(({ op, mode, outputs }) => `${op.name} ${mode} ${outputs.map(({ spec }) => spec.shape)}`);
  const hash = builtin("node:crypto").createHash("sha256").update(text.join("\n")).digest("hex").slice(0, 12);
  const steps = `number ${number} for ${capacity} rows, ${calls.length} calls, ${hash}`;
  await requireAlike(group, "run a step", { "the compiled step": steps });
}

export function describe(who: string, { relaxed, wide }: Features): string {
  const fused = relaxed ? " with fused multiply-add (relaxed SIMD)" : ", no relaxed SIMD";
  return `WebAssembly SIMD${fused}${wide ? ", pairs of vectors joined to 256 bits" : ""}, ${who}`;
}

/** Description of the device that `CpuDevice.start()` would create, without starting it. */
export function describeCpu(): string {
  return describe(describeRunner({}), detectFeatures());
}
