/**
 * Turns a program into one WebAssembly module: a function per call, and `step(worker, rows, slot, prepared)`, which walks the
 * phases. Each worker runs the whole step in one call; JavaScript has no part in it.
 */
import { InternalError } from "../../base/errors.ts";
import { sizeOf } from "../../base/shape.ts";
import type { Buffer, Call, Operand, Phase, Program } from "../../ir/program.ts";
import { countReaders, joinEpilogues } from "../epilogue.ts";
import type { FunctionBuilder, FunctionRef, Local } from "./assembler/function.ts";
import { ModuleBuilder } from "./assembler/module.ts";
import { Chunks } from "./chunks.ts";
import { findCopies } from "./copies.ts";
import { DeviceMemory, memoryAlignment, memorySlack } from "./device-memory.ts";
import { epilogueOptions } from "./epilogue-options.ts";
import type { EmitKernel, EmittedKernel, Features } from "./kernel.ts";
import { emitCombine } from "./kernels/combine.ts";
import { emitElementwise } from "./kernels/elementwise.ts";
import { kernels } from "./kernels/index.ts";
import { narrowKernels } from "./narrow/index.ts";
import { type Task, Team } from "./team.ts";
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

/** Where everything of a program lies. A worker's own region holds slice buffers, its copies and scratch, in this order. */
interface Layout {
  readonly slots: number;
  readonly constants: number;
  readonly shared: number;
  readonly workers: number;
  readonly workerBytes: number;
  /** Where in its region a worker has its copy of a buffer. */
  readonly copies: ReadonlyMap<Buffer, number>;
  readonly scratch: number;
  /** Partial sums of the first chunk; those of the next lie `chunkBytes` further. */
  readonly partials: number;
  readonly chunkBytes: number;
}

/** What a step calls in JavaScript. */
interface HostFunctions {
  readonly lap: FunctionRef | undefined;
  /** The moment at which waking the main thread disturbs the workers least; where there are worker threads. */
  readonly tell: FunctionRef | undefined;
}

/** What `lap` gets before the first call of a step. */
export const START_OF_STEP = -1;

export function emitProgram(planned: Program, options: DriverOptions): EmittedProgram {
  const { program, numbers } = joinCalls(planned);
  const { regions } = program;
  const module = new ModuleBuilder({ maximumPages: DeviceMemory.maximumPages, shared: options.shared });
  const host: HostFunctions = {
    lap: options.laps ? module.importFunction("lap", ["i32"], []) : undefined,
    tell: options.shared ? module.importFunction("tell", [], []) : undefined,
  };
  const aligned = (bytes: number) => Math.ceil(bytes / memoryAlignment) * memoryAlignment;
  const emitted = new Map<Call, EmittedKernel>();
  for (const call of program.phases.flatMap((phase) => phase.calls))
    if (call.mode !== "combine") emitted.set(call, emitKernel(module, call, options.features));
  const scratch = Math.max(0, ...[...emitted.values()].map(({ scratchBytes }) => scratchBytes));
  const chunks = new Chunks(options.workers, program.capacity);
  const slice = aligned(regions.slice);
  const chunkBytes = aligned(regions.partial);
  const copies = new Map<Buffer, number>();
  let own = slice;
  for (const buffer of findCopies(program.phases, options.workers)) {
    copies.set(buffer, own);
    own += aligned(buffer.bytes + memorySlack);
  }
  const workerBytes = aligned(own + scratch + memoryAlignment);
  const layout: Layout = {
    slots: options.reserve(regions.slot * options.slots),
    constants: options.reserve(regions.constant),
    shared: options.reserve(regions.shared),
    workers: options.reserve(workerBytes * options.workers),
    workerBytes,
    copies,
    scratch: own,
    partials: options.reserve(chunkBytes * chunks.count),
    chunkBytes,
  };
  for (const call of program.phases.flatMap((phase) => phase.calls))
    if (call.mode === "combine") {
      const elements = sizeOf(call.outputs[0]!.spec.shape);
      emitted.set(call, emitCombine(module, elements, chunks.count, chunkBytes));
    }
  const step = module.addFunction(["i32", "i32", "i32", "i32"], [], (f, [worker, rows, slot, prepared]) => {
    new StepEmitter(f, program, numbers, options, layout, chunks, emitted, worker!, rows!, slot!, host).emit(prepared!);
  });
  module.exportFunction("step", step);
  module.nameFunction(step, "step");
  let number = 0;
  for (const [call, { run }] of emitted) module.nameFunction(run, `${call.op.name} ${number++} ${call.mode}`);
  const bytes = {
    "inputs and outputs": regions.slot * options.slots,
    constants: regions.constant,
    shared: regions.shared,
    slices: slice * options.workers,
    copies: (own - slice) * options.workers,
    "partial sums": chunkBytes * chunks.count,
    scratch: scratch * options.workers,
  };
  return { module: module.finish(), slots: layout.slots, constants: layout.constants, bytes };
}

/** The program with products joined to their epilogues, and the number of each call that is left in the program as it was planned. */
function joinCalls(planned: Program): { readonly program: Program; readonly numbers: ReadonlyMap<Call, number> } {
  const all = planned.phases.flatMap((phase) => phase.calls);
  const readers = countReaders(all);
  const phases = planned.phases.map((phase) => ({
    ...phase,
    calls: joinEpilogues(phase.calls, epilogueOptions, readers),
  }));
  const place = new Map(all.map((call, number) => [call, number]));
  const numbers = new Map<Call, number>();
  for (const call of phases.flatMap(({ calls }) => calls)) numbers.set(call, place.get(call.product ?? call)!);
  return { program: { ...planned, phases }, numbers };
}

const emitters: ReadonlyMap<string, EmitKernel> = /* @__PURE__ */ new Map(
  Object.entries({ ...kernels, ...winogradKernels, ...narrowKernels }),
);

function emitKernel(module: ModuleBuilder, call: Call, features: Features): EmittedKernel {
  if (call.op.elementwise !== undefined) return emitElementwise(module, call, features);
  const kernel = emitters.get(call.op.name);
  if (kernel === undefined) throw new InternalError(`The CPU device has no kernel for "${call.op.name}".`);
  return kernel(module, call, features);
}

/** A whole call is shared in parts of so many items or more, so that workers do not write to each other's cache lines. */
const LEAST_SHARE = 16;

/** Parts for each worker: enough for the others to make up for one that is held up, few enough to cost nothing. */
const PARTS_PER_WORKER = 4;

/** Items of a whole call that one worker takes at a time. */
function shareOf(extent: number, workers: number): number {
  if (workers === 1 || extent === 0) return Math.max(1, extent);
  if (extent < 2 * LEAST_SHARE) return Math.ceil(extent / workers);
  return Math.ceil(extent / (PARTS_PER_WORKER * workers) / LEAST_SHARE) * LEAST_SHARE;
}

/** What the buffers of the rows in work should take at most: about what a core's own cache holds. */
const CACHED_BYTES = 1.5 * 2 ** 20;

/** Rows of a slice in a phase: as many as there is room for, halved until their buffers stay in the cache. */
function sliceRowsOf(phase: Phase, { sliceRows }: Program): number {
  const buffers = phase.calls.flatMap(({ inputs, outputs }) => [...inputs, ...outputs].map(({ buffer }) => buffer));
  const ends = buffers.filter(({ kind }) => kind === "slice").map(({ offset, bytes }) => offset + bytes);
  const rowBytes = Math.max(0, ...ends) / sliceRows;
  let rows = sliceRows;
  while (rows > 1 && rows * rowBytes > CACHED_BYTES) rows = Math.ceil(rows / 2);
  return rows;
}

class StepEmitter {
  readonly #f: FunctionBuilder;
  readonly #program: Program;
  readonly #options: DriverOptions;
  readonly #layout: Layout;
  readonly #team: Team;
  readonly #chunks: Chunks;
  readonly #emitted: ReadonlyMap<Call, EmittedKernel>;
  readonly #worker: Local;
  readonly #rows: Local;
  /** Address of the step's slot, and of the worker's own region. */
  readonly #slot: Local;
  readonly #own: Local;
  /** Address of the running chunk's partial sums. */
  readonly #partials: Local;
  readonly #begin: Local;
  readonly #end: Local;
  /** How many rows the first chunks of the workers have together. */
  readonly #firstRows: Local;
  readonly #host: HostFunctions;
  readonly #numbers: ReadonlyMap<Call, number>;

  constructor(
    f: FunctionBuilder,
    program: Program,
    numbers: ReadonlyMap<Call, number>,
    options: DriverOptions,
    layout: Layout,
    chunks: Chunks,
    emitted: ReadonlyMap<Call, EmittedKernel>,
    worker: Local,
    rows: Local,
    slot: Local,
    host: HostFunctions,
  ) {
    this.#f = f;
    this.#program = program;
    this.#options = options;
    this.#layout = layout;
    this.#chunks = chunks;
    this.#emitted = emitted;
    this.#worker = worker;
    this.#rows = rows;
    this.#slot = slot;
    [this.#own, this.#partials] = [f.local("i32"), f.local("i32")];
    [this.#begin, this.#end] = [f.local("i32"), f.local("i32")];
    this.#firstRows = f.local("i32");
    this.#team = new Team(f, options.workers);
    this.#host = host;
    this.#numbers = numbers;
  }

  /** @param prepared whether what the program prepares is there from an earlier step */
  emit(prepared: Local): void {
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
    const run = (phases: readonly Phase[]) => {
      const { copies } = this.#layout;
      const makesCopies = ({ outputs }: Call) => outputs.some(({ buffer }) => copies.has(buffer));
      for (const { calls } of phases) for (const call of calls.filter(makesCopies)) this.#copy(call);
      let before: readonly Call[] = [];
      phases.forEach((phase, at) => {
        const shared = phase.calls.filter((call) => !makesCopies(call));
        if (shared.length === 0) return;
        const early = this.#earlyCalls(phases[at + 1]);
        if (phase.kind === "rows") this.#rowsPhase(phase, early);
        else this.#wholePhase(shared, before);
        this.#team.barrier(early.length > 0);
        before = early;
      });
    };
    const { phases, prepared: count } = this.#program;
    if (count > 0)
      f.get(prepared)
        .op("i32.eqz")
        .if(() => run(phases.slice(0, count)));
    run(phases.slice(count));
  }

  /** The calls of a phase that a worker may begin where it would only wait for the last rows of the phase before. */
  #earlyCalls(phase: Phase | undefined): readonly Call[] {
    if (this.#chunks.count === this.#options.workers) return [];
    return phase?.calls.filter((call) => call.early && this.#emitted.get(call)!.add !== undefined) ?? [];
  }

  /** The rows, a chunk at a time, and while others are at their last ones, parts of early calls with the rows of the first chunks. */
  #rowsPhase(phase: Phase, early: readonly Call[]): void {
    const f = this.#f;
    if (this.#host.tell !== undefined && phase === this.#program.phases.find(({ kind }) => kind === "rows"))
      f.call(this.#host.tell);
    const run = (chunk: Local) => {
      this.#chunkOfRows(phase, chunk);
      if (early.length > 0) this.#team.countChunk(chunk);
    };
    this.#team.share([{ parts: this.#chunks.count, run }]);
    if (early.length === 0) return;
    const workers = f.local("i32");
    f.i32(this.#options.workers).set(workers);
    this.#chunks.pushStart(f, workers, this.#rows);
    f.set(this.#firstRows);
    const tasks = early.map((call) =>
      this.#partsOf(call, () => this.#invoke(call, this.#emitted.get(call)!.run, this.#firstRows)),
    );
    this.#team.fill(tasks, this.#chunks.count);
  }

  /** The rows of a chunk, a slice at a time, through all calls. */
  #chunkOfRows(phase: Phase, chunk: Local): void {
    const f = this.#f;
    const { partials, chunkBytes } = this.#layout;
    f.get(chunk).i32(chunkBytes).op("i32.mul").i32(partials).op("i32.add").set(this.#partials);
    const [next, last] = [f.local("i32"), f.local("i32")];
    this.#chunks.pushStart(f, chunk, this.#rows);
    f.set(this.#begin);
    f.get(chunk).i32(1).op("i32.add").set(next);
    this.#chunks.pushStart(f, next, this.#rows);
    f.set(last);
    const first = f.local("i32");
    f.get(this.#begin).set(first);
    const sums = phase.calls.filter(({ mode }) => mode === "accumulate");
    for (const call of sums.filter((each) => this.#emitted.get(each)!.set === undefined)) this.#clear(call);
    // A short batch leaves chunks without rows.
    f.get(first)
      .get(last)
      .op("i32.ge_s")
      .if(() => {
        for (const call of sums.filter((each) => this.#emitted.get(each)!.set !== undefined)) this.#clear(call);
      });
    const sliceRows = sliceRowsOf(phase, this.#program);
    f.forLoop(this.#begin, last, sliceRows, () => {
      f.get(this.#begin).i32(sliceRows).op("i32.add").tee(this.#end);
      f.get(last).get(this.#end).get(last).op("i32.lt_s").op("select").set(this.#end);
      for (const call of phase.calls) {
        const { run, set } = this.#emitted.get(call)!;
        if (set === undefined) this.#invoke(call, run);
        else
          f.get(this.#begin)
            .get(first)
            .op("i32.eq")
            .if(
              () => this.#invoke(call, set),
              () => this.#invoke(call, run),
            );
      }
    });
  }

  /** Clears the partial sums of a chunk. */
  #clear(call: Call): void {
    for (const { buffer } of call.outputs) {
      this.#address(buffer);
      this.#f.i32(0).i32(buffer.bytes).memoryFill();
      this.#report(this.#numbers.get(call)!);
    }
  }

  /** A call that each worker makes for itself. */
  #copy(call: Call): void {
    const { extent, run } = this.#emitted.get(call)!;
    this.#f.i32(0).set(this.#begin).i32(extent).set(this.#end);
    this.#invoke(call, run);
  }

  /** The calls, each in parts of its output. Of what was begun in the phase before, the rows that were missing then are added. */
  #wholePhase(calls: readonly Call[], early: readonly Call[]): void {
    const f = this.#f;
    let begun = 0;
    const tasks = calls.map((call) => {
      const { run, add } = this.#emitted.get(call)!;
      if (!early.includes(call)) return this.#partsOf(call, () => this.#invoke(call, run));
      const first = begun;
      const task = this.#partsOf(call, (part) => {
        f.get(part).i32(first).op("i32.add");
        this.#team.pushBegun();
        f.op("i32.lt_u").if(
          () => this.#invoke(call, add!, undefined, this.#firstRows),
          () => this.#invoke(call, run),
        );
      });
      begun += task.parts;
      return task;
    });
    this.#team.share(tasks);
  }

  /** A whole call in parts: `run` finds the bounds of each in `begin` and `end`. */
  #partsOf(call: Call, run: (part: Local) => void): Task {
    const f = this.#f;
    const { extent } = this.#emitted.get(call)!;
    const share = shareOf(extent, this.#options.workers);
    return {
      parts: Math.ceil(extent / share),
      run: (part) => {
        f.get(part).i32(share).op("i32.mul").tee(this.#begin);
        f.i32(share).op("i32.add").tee(this.#end);
        f.i32(extent).get(this.#end).i32(extent).op("i32.lt_s").op("select").set(this.#end);
        run(part);
      },
    };
  }

  /**
   * Calls one of a kernel's functions for the part from `begin` to `end`.
   *
   * @param until whole calls: the live rows that the kernel sees. Default: all of them
   * @param from whole calls: the first of them. Default: 0
   */
  #invoke(call: Call, kernel: FunctionRef, until: Local = this.#rows, from?: Local): void {
    const f = this.#f;
    const inRows = call.mode === "map" || call.mode === "accumulate";
    f.get(this.#begin).get(this.#end).get(until);
    if (from !== undefined) f.get(from).op("i32.sub");
    f.get(this.#own).i32(this.#layout.scratch).op("i32.add");
    for (const operand of [...call.inputs, ...call.outputs]) this.#pointer(operand, call, inRows ? this.#begin : from);
    f.call(kernel);
    this.#report(this.#numbers.get(call)!);
  }

  /** Tells the host, where it wants to know, that what belongs to this number is done. */
  #report(number: number): void {
    if (this.#host.lap !== undefined) this.#f.i32(number).call(this.#host.lap);
  }

  /** Pushes the address that a call gets for an operand: of row `from`, where it holds rows, or of its start. */
  #pointer({ buffer }: Operand, call: Call, from: Local | undefined): void {
    const f = this.#f;
    // Partials are combined from the first chunk's on, whoever does it.
    if (call.mode === "combine" && buffer.kind === "partial") f.i32(this.#layout.partials + buffer.offset);
    else this.#address(buffer);
    if (from === undefined || !buffer.spec.batched || buffer.kind === "slice") return;
    const rowBytes = buffer.bytes / buffer.spec.shape[0]!;
    f.get(from).i32(rowBytes).op("i32.mul").op("i32.add");
  }

  #address(buffer: Buffer): void {
    const f = this.#f;
    const { kind, name, offset } = buffer;
    const { constants, shared, copies } = this.#layout;
    const copy = copies.get(buffer);
    if (copy !== undefined) f.get(this.#own).i32(copy).op("i32.add");
    else if (kind === "variable") f.i32(this.#options.variable(name!));
    else if (kind === "constant") f.i32(constants + offset);
    else if (kind === "shared") f.i32(shared + offset);
    else if (kind === "input" || kind === "output") f.get(this.#slot).i32(offset).op("i32.add");
    else
      f.get(kind === "partial" ? this.#partials : this.#own)
        .i32(offset)
        .op("i32.add");
  }
}
