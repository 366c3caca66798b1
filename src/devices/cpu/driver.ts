/**
 * Turns a program into one WebAssembly module: a function per call, and `step(worker, rows, slot)`, which walks the phases. Each
 * worker runs the whole step in one call; JavaScript has no part in it.
 */
import { InternalError } from "../../base/errors.ts";
import { sizeOf } from "../../base/shape.ts";
import type { Buffer, Call, Operand, Phase, Program } from "../../ir/program.ts";
import type { FunctionBuilder, FunctionRef, Local } from "./assembler/function.ts";
import { ModuleBuilder } from "./assembler/module.ts";
import { barrierSpins, control } from "./control.ts";
import { DeviceMemory, memoryAlignment } from "./device-memory.ts";
import type { EmitKernel, EmittedKernel, Features } from "./kernel.ts";
import { emitCombine } from "./kernels/combine.ts";
import { emitElementwise } from "./kernels/elementwise.ts";
import { kernels } from "./kernels/index.ts";
import { winogradKernels } from "./winograd/index.ts";

export interface DriverOptions {
  readonly workers: number;
  /** Steps in flight, each with inputs and outputs of its own. */
  readonly slots: number;
  readonly features: Features;
  readonly shared: boolean;
  /** Reserves memory and gives its address. */
  reserve(bytes: number): number;
  /** Address of a variable. */
  variable(name: string): number;
  /** Reports to the host's `lap(call)` after each call, by its number in the program, and with -1 at the start of a step. */
  readonly laps?: boolean;
}

export interface EmittedProgram {
  readonly module: Uint8Array;
  /** Addresses of the first slot and of the constants. */
  readonly slots: number;
  readonly constants: number;
  /** Bytes reserved, by use. */
  readonly bytes: Readonly<Record<string, number>>;
}

/** Where everything of a program lies. A worker's own region holds slice buffers, partials and scratch, in this order. */
interface Layout {
  readonly slots: number;
  readonly constants: number;
  readonly shared: number;
  readonly workers: number;
  readonly workerBytes: number;
  readonly partials: number;
  readonly scratch: number;
}

/** A whole call is shared in parts of so many items or more, so that workers do not write to each other's cache lines. */
const LEAST_SHARE = 16;

/** What `lap` gets before the first call of a step. */
export const START_OF_STEP = -1;

export function emitProgram(program: Program, options: DriverOptions): EmittedProgram {
  const { regions } = program;
  const module = new ModuleBuilder({ maximumPages: DeviceMemory.maximumPages, shared: options.shared });
  const lap = options.laps ? module.importFunction("lap", ["i32"], []) : undefined;
  const aligned = (bytes: number) => Math.ceil(bytes / memoryAlignment) * memoryAlignment;
  const emitted = new Map<Call, EmittedKernel>();
  for (const call of program.phases.flatMap((phase) => phase.calls))
    if (call.mode !== "combine") emitted.set(call, emitKernel(module, call, options.features));
  const scratch = Math.max(0, ...[...emitted.values()].map(({ scratchBytes }) => scratchBytes));
  const partials = aligned(regions.slice);
  const workerBytes = aligned(partials + aligned(regions.partial) + scratch + memoryAlignment);
  const layout: Layout = {
    slots: options.reserve(regions.slot * options.slots),
    constants: options.reserve(regions.constant),
    shared: options.reserve(regions.shared),
    workers: options.reserve(workerBytes * options.workers),
    workerBytes,
    partials,
    scratch: partials + aligned(regions.partial),
  };
  for (const call of program.phases.flatMap((phase) => phase.calls))
    if (call.mode === "combine") {
      const elements = sizeOf(call.outputs[0]!.spec.shape);
      emitted.set(call, emitCombine(module, elements, options.workers, workerBytes));
    }
  const step = module.addFunction(["i32", "i32", "i32"], [], (f, [worker, rows, slot]) => {
    new StepEmitter(f, program, options, layout, emitted, worker!, rows!, slot!, lap).emit();
  });
  module.exportFunction("step", step);
  module.nameFunction(step, "step");
  let number = 0;
  for (const [call, { run }] of emitted) module.nameFunction(run, `${call.op.name} ${number++} ${call.mode}`);
  const bytes = {
    "inputs and outputs": regions.slot * options.slots,
    constants: regions.constant,
    shared: regions.shared,
    slices: partials * options.workers,
    "partial sums": aligned(regions.partial) * options.workers,
    scratch: scratch * options.workers,
  };
  return { module: module.finish(), slots: layout.slots, constants: layout.constants, bytes };
}

const emitters: ReadonlyMap<string, EmitKernel> = /* @__PURE__ */ new Map(
  Object.entries({ ...kernels, ...winogradKernels }),
);

function emitKernel(module: ModuleBuilder, call: Call, features: Features): EmittedKernel {
  if (call.op.elementwise !== undefined) return emitElementwise(module, call, features);
  const kernel = emitters.get(call.op.name);
  if (kernel === undefined) throw new InternalError(`The CPU device has no kernel for "${call.op.name}".`);
  return kernel(module, call, features);
}

class StepEmitter {
  readonly #f: FunctionBuilder;
  readonly #program: Program;
  readonly #options: DriverOptions;
  readonly #layout: Layout;
  readonly #emitted: ReadonlyMap<Call, EmittedKernel>;
  readonly #worker: Local;
  readonly #rows: Local;
  /** Address of the step's slot, and of the worker's own region. */
  readonly #slot: Local;
  readonly #own: Local;
  readonly #begin: Local;
  readonly #end: Local;
  readonly #lap: FunctionRef | undefined;
  readonly #numbers: ReadonlyMap<Call, number>;

  constructor(
    f: FunctionBuilder,
    program: Program,
    options: DriverOptions,
    layout: Layout,
    emitted: ReadonlyMap<Call, EmittedKernel>,
    worker: Local,
    rows: Local,
    slot: Local,
    lap: FunctionRef | undefined,
  ) {
    this.#f = f;
    this.#program = program;
    this.#options = options;
    this.#layout = layout;
    this.#emitted = emitted;
    this.#worker = worker;
    this.#rows = rows;
    this.#slot = slot;
    [this.#own, this.#begin, this.#end] = [f.local("i32"), f.local("i32"), f.local("i32")];
    this.#lap = lap;
    this.#numbers = new Map(program.phases.flatMap((phase) => phase.calls).map((call, number) => [call, number]));
  }

  emit(): void {
    const f = this.#f;
    f.get(this.#slot)
      .i32(this.#program.regions.slot)
      .op("i32.mul")
      .i32(this.#layout.slots)
      .op("i32.add")
      .set(this.#slot);
    f.get(this.#worker)
      .i32(this.#layout.workerBytes)
      .op("i32.mul")
      .i32(this.#layout.workers)
      .op("i32.add")
      .set(this.#own);
    this.#report(START_OF_STEP);
    for (const phase of this.#program.phases) {
      if (phase.kind === "rows") this.#rowsPhase(phase);
      else for (const call of phase.calls) this.#wholeCall(call);
      if (this.#options.workers > 1) this.#barrier();
    }
  }

  /** The worker's share of the rows, `sliceRows` at a time through all calls. */
  #rowsPhase(phase: Phase): void {
    const f = this.#f;
    for (const call of phase.calls)
      if (call.mode === "accumulate")
        for (const { buffer } of call.outputs) {
          this.#address(buffer);
          f.i32(0).i32(buffer.bytes).memoryFill();
          this.#report(this.#numbers.get(call)!);
        }
    const [at, last] = [f.local("i32"), f.local("i32")];
    const bound = (more: number) => {
      f.get(this.#rows).get(this.#worker).i32(more).op("i32.add").op("i32.mul");
      f.i32(this.#options.workers).op("i32.div_u");
    };
    bound(0);
    f.set(at);
    bound(1);
    f.set(last);
    f.get(at).set(this.#begin);
    f.forLoop(this.#begin, last, this.#program.sliceRows, () => {
      f.get(this.#begin).i32(this.#program.sliceRows).op("i32.add").tee(this.#end);
      f.get(last).get(this.#end).get(last).op("i32.lt_s").op("select").set(this.#end);
      for (const call of phase.calls) this.#invoke(call);
    });
  }

  /** The worker's part of a call that all share. */
  #wholeCall(call: Call): void {
    const f = this.#f;
    const { workers } = this.#options;
    const { extent } = this.#emitted.get(call)!;
    const part = Math.ceil(extent / workers / LEAST_SHARE) * LEAST_SHARE;
    const share = extent >= 2 * LEAST_SHARE ? part : Math.ceil(extent / workers);
    f.get(this.#worker).i32(share).op("i32.mul").set(this.#begin);
    f.get(this.#begin).i32(share).op("i32.add").tee(this.#end);
    f.i32(extent).get(this.#end).i32(extent).op("i32.lt_s").op("select").set(this.#end);
    f.get(this.#begin)
      .get(this.#end)
      .op("i32.lt_s")
      .if(() => this.#invoke(call));
  }

  #invoke(call: Call): void {
    const f = this.#f;
    const inRows = call.mode === "map" || call.mode === "accumulate";
    f.get(this.#begin).get(this.#end).get(this.#rows);
    f.get(this.#own).i32(this.#layout.scratch).op("i32.add");
    for (const operand of [...call.inputs, ...call.outputs]) this.#pointer(operand, call, inRows);
    f.call(this.#emitted.get(call)!.run);
    this.#report(this.#numbers.get(call)!);
  }

  /** Tells the host, where it wants to know, that what belongs to this number is done. */
  #report(number: number): void {
    if (this.#lap !== undefined) this.#f.i32(number).call(this.#lap);
  }

  /** Pushes the address that a call gets for an operand. */
  #pointer({ buffer }: Operand, call: Call, inRows: boolean): void {
    const f = this.#f;
    // Partials are combined from the first worker's on, whoever does it.
    if (call.mode === "combine" && buffer.kind === "partial")
      f.i32(this.#layout.workers + this.#layout.partials + buffer.offset);
    else this.#address(buffer);
    if (!inRows || !buffer.spec.batched || buffer.kind === "slice") return;
    const rowBytes = buffer.bytes / buffer.spec.shape[0]!;
    f.get(this.#begin).i32(rowBytes).op("i32.mul").op("i32.add");
  }

  #address({ kind, name, offset }: Buffer): void {
    const f = this.#f;
    const { constants, shared, partials } = this.#layout;
    if (kind === "variable") f.i32(this.#options.variable(name!));
    else if (kind === "constant") f.i32(constants + offset);
    else if (kind === "shared") f.i32(shared + offset);
    else if (kind === "input" || kind === "output") f.get(this.#slot).i32(offset).op("i32.add");
    else
      f.get(this.#own)
        .i32((kind === "partial" ? partials : 0) + offset)
        .op("i32.add");
  }

  /**
   * Waits until all workers are here. The last one to arrive starts the next generation; the others poll for it, which takes a
   * fraction of a microsecond, and sleep only when a neighbour has taken the core.
   */
  #barrier(): void {
    const f = this.#f;
    const [generation, spins] = [f.local("i32"), f.local("i32")];
    const word = (index: number) => 4 * index;
    f.i32(word(control.generation)).mem("i32.atomic.load").set(generation);
    f.i32(word(control.arrived))
      .i32(1)
      .mem("i32.atomic.rmw.add")
      .i32(this.#options.workers - 1)
      .op("i32.eq");
    f.if(
      () => {
        f.i32(word(control.arrived)).i32(0).mem("i32.atomic.store");
        f.i32(word(control.generation)).i32(1).mem("i32.atomic.rmw.add").op("drop");
        f.i32(word(control.asleep)).mem("i32.atomic.load");
        f.if(() => {
          f.i32(word(control.generation)).i32(this.#options.workers).mem("memory.atomic.notify").op("drop");
        });
      },
      () => {
        const changed = () => f.i32(word(control.generation)).mem("i32.atomic.load").get(generation).op("i32.ne");
        f.block((through) => {
          f.i32(0).set(spins);
          f.forLoop(spins, barrierSpins, 1, () => {
            changed().brIf(through);
          });
          f.i32(word(control.asleep)).i32(1).mem("i32.atomic.rmw.add").op("drop");
          f.loop((again) => {
            // A time-out of -1 nanoseconds: none.
            f.i32(word(control.generation)).get(generation).i64(-1).mem("memory.atomic.wait32").op("drop");
            changed().op("i32.eqz").brIf(again);
          });
          f.i32(word(control.asleep)).i32(1).mem("i32.atomic.rmw.sub").op("drop");
        });
      },
    );
  }
}
