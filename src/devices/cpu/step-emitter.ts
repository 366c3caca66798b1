/**
 * Emits the function `step(worker, rows, slot, prepared)` of a program's module, which runs the phases in order. Each worker runs
 * the whole step in one call, without JavaScript in between.
 */

import type { FunctionBuilder, FunctionRef, Local } from "../../assembler/function.ts";
import type { Buffer, Call, Operand, Phase, Program } from "../../ir/program.ts";
import { beginSumOp, endSumOp } from "../../ops/all-sum.ts";
import { Chunks } from "./chunks.ts";
import { barrierSpins } from "./control.ts";
import { exchangeMoments, momentOf } from "./exchange-moments.ts";
import type { EmittedKernel } from "./kernel.ts";
import { isWeighty, sliceRowsOf } from "./slice-rows.ts";
import { type Task, Team } from "./team.ts";

/** Addresses of a program's regions. */
export interface Layout {
  readonly constants: number;
  readonly shared: number;
  /** The first worker's slice buffers, and scratch `scratch` bytes behind them; those of the next worker follow after `workerBytes`. */
  readonly workers: number;
  readonly workerBytes: number;
  readonly scratch: number;
  /** The first worker's copies, each at its offset; those of the next worker follow after `copyBytes`. */
  readonly copies: number;
  readonly copyBytes: number;
  readonly copyOffsets: ReadonlyMap<Buffer, number>;
  /** Address of the first chunk's partial sums; those of the next chunk follow after `chunkBytes`. */
  readonly partials: number;
  readonly chunkBytes: number;
}

/** JavaScript functions that a step calls. */
export interface HostFunctions {
  readonly lap: FunctionRef | undefined;
  /** Called at the moment when waking the main thread disturbs the workers least; undefined without worker threads. */
  readonly tell: FunctionRef | undefined;
  /**
   * `allSum(address, floats, moment)`: replaces them by their sums over all processes, at once or from begin to end; undefined in a
   * program without exchanges.
   */
  readonly allSum: FunctionRef | undefined;
}

/** Argument of `lap` before the first call of a step. */
export const START_OF_STEP = -1;

/** Inputs of the step emitter. */
export interface StepParts {
  readonly program: Program;
  /** Number of each call in the planned program, for `lap`. */
  readonly numbers: ReadonlyMap<Call, number>;
  readonly workers: number;
  /** Workers share the calls of the only row, whose buffers are then the first worker's. */
  readonly oneRow: boolean;
  /** Whether there are more workers than cores. */
  readonly oversubscribed: boolean;
  /** Address of a variable. */
  variable(name: string): number;
  readonly layout: Layout;
  readonly chunks: Chunks;
  readonly emitted: ReadonlyMap<Call, EmittedKernel>;
  readonly host: HostFunctions;
}

/** Parameters of the step function. */
export interface StepParams {
  readonly worker: Local;
  /** Live rows of the batch. */
  readonly rows: Local;
  /** Address of the step's inputs and outputs. */
  readonly slot: Local;
  /** Whether the values that the program prepares are still valid from an earlier step. */
  readonly prepared: Local;
}

/** Minimum items per part of a whole call, so that workers do not write to each other's cache lines. */
const LEAST_SHARE = 16;

/** Parts per worker: enough that the others can make up for a delayed worker, few enough for a negligible overhead. */
const PARTS_PER_WORKER = 4;

/** Items of a whole call that a worker claims at a time. */
function shareOf(extent: number, workers: number): number {
  if (workers === 1 || extent === 0) return Math.max(1, extent);
  if (extent < 2 * LEAST_SHARE) return Math.ceil(extent / workers);
  return Math.ceil(extent / (PARTS_PER_WORKER * workers) / LEAST_SHARE) * LEAST_SHARE;
}

/** Parts of a call of a single row: two a worker, because a part may begin with work of its own (packed weights). */
const ROW_PARTS_PER_WORKER = 2;

export class StepEmitter {
  readonly #f: FunctionBuilder;
  readonly #parts: StepParts;
  readonly #params: StepParams;
  readonly #team: Team;
  /** Address of the worker's copies. */
  readonly #copies: Local;
  /** Address of the worker's slice buffers. */
  readonly #own: Local;
  /** Address of the current chunk's partial sums. */
  readonly #partials: Local;
  readonly #begin: Local;
  readonly #end: Local;
  /** Total rows of the workers' first chunks. */
  readonly #firstRows: Local;
  /** Whether exchanges are under way in what is emitted. */
  #isUnderWay = false;

  constructor(f: FunctionBuilder, parts: StepParts, params: StepParams) {
    this.#f = f;
    this.#parts = parts;
    this.#params = params;
    this.#team = new Team(f, parts.workers, parts.oversubscribed ? 0 : barrierSpins);
    [this.#own, this.#copies, this.#partials] = [f.local("i32"), f.local("i32"), f.local("i32")];
    [this.#begin, this.#end] = [f.local("i32"), f.local("i32")];
    this.#firstRows = f.local("i32");
  }

  emit(): void {
    const f = this.#f;
    const { program, layout, oneRow, host } = this.#parts;
    const { worker, prepared } = this.#params;
    f.get(worker).i32(layout.workerBytes).op("i32.mul").i32(layout.workers).op("i32.add").set(this.#own);
    if (layout.copyOffsets.size > 0)
      f.get(worker).i32(layout.copyBytes).op("i32.mul").i32(layout.copies).op("i32.add").set(this.#copies);
    this.#report(START_OF_STEP);
    if (program.prepared > 0)
      f.get(prepared)
        .op("i32.eqz")
        .if(() => this.#run(program.phases.slice(0, program.prepared)));
    if (oneRow && host.tell !== undefined) f.call(host.tell);
    this.#run(program.phases.slice(program.prepared));
  }

  /** Emits the phases, with barriers between them. */
  #run(phases: readonly Phase[]): void {
    const { copyOffsets } = this.#parts.layout;
    const makesCopies = ({ outputs }: Call) => outputs.some(({ buffer }) => copyOffsets.has(buffer));
    for (const { calls } of phases) for (const call of calls.filter(makesCopies)) this.#copy(call);
    if (this.#parts.oneRow) {
      this.#team.sequence(phases.map(({ calls }) => this.#tasksOf(calls.filter((call) => !makesCopies(call)))));
      this.#team.barrier();
      return;
    }
    let begun: readonly Call[] = [];
    phases.forEach((phase, at) => {
      const shared = phase.calls.filter((call) => !makesCopies(call));
      if (shared.length === 0) return;
      const early = this.#earlyCalls(phases[at + 1]);
      if (phase.kind === "rows") this.#rowsPhase(phase, early);
      else this.#wholePhase(shared, begun);
      if (phase.calls.some(({ op }) => op === beginSumOp)) this.#isUnderWay = true;
      if (phase.calls.some(({ op }) => op === endSumOp)) this.#isUnderWay = false;
      this.#team.barrier(early.length > 0);
      begun = early;
    });
  }

  /** Calls of a phase that an idle worker may start while others finish the last rows of the previous phase. */
  #earlyCalls(phase: Phase | undefined): readonly Call[] {
    if (this.#parts.chunks.count === this.#parts.workers) return [];
    return phase?.calls.filter((call) => call.early && this.#parts.emitted.get(call)!.add !== undefined) ?? [];
  }

  /** A rows phase: chunk by chunk; an idle worker then computes parts of early calls from the rows of the first chunks. */
  #rowsPhase(phase: Phase, early: readonly Call[]): void {
    const f = this.#f;
    const { program, workers, emitted, host } = this.#parts;
    const chunks = this.#chunksOf(phase);
    if (host.tell !== undefined && phase === program.phases.find(({ kind }) => kind === "rows")) f.call(host.tell);
    const run = (chunk: Local) => {
      this.#chunkOfRows(phase, chunk, chunks);
      if (early.length > 0) this.#team.countChunk(chunk);
    };
    this.#team.share([{ parts: chunks.count, run }]);
    if (early.length === 0) return;
    const second = f.local("i32");
    f.i32(workers).set(second);
    chunks.pushStart(f, second, this.#params.rows);
    f.set(this.#firstRows);
    const tasks = early.map((call) =>
      this.#partsOf(call, () => this.#invoke(call, emitted.get(call)!.run, this.#firstRows)),
    );
    this.#team.fill(tasks, chunks.count);
  }

  /** The program's chunks; for larger slices, chunks that hold one. */
  #chunksOf(phase: Phase): Chunks {
    const { program, chunks, workers } = this.#parts;
    return isWeighty(phase, program.phases) ? new Chunks(workers, program.capacity, phase.sliceRows) : chunks;
  }

  /** Carries the rows of a chunk through all calls, one slice at a time. */
  #chunkOfRows(phase: Phase, chunk: Local, chunks: Chunks): void {
    const f = this.#f;
    const { partials, chunkBytes } = this.#parts.layout;
    f.get(chunk).i32(chunkBytes).op("i32.mul").i32(partials).op("i32.add").set(this.#partials);
    const [next, last] = [f.local("i32"), f.local("i32")];
    chunks.pushStart(f, chunk, this.#params.rows);
    f.set(this.#begin);
    f.get(chunk).i32(1).op("i32.add").set(next);
    chunks.pushStart(f, next, this.#params.rows);
    f.set(last);
    const first = f.local("i32");
    f.get(this.#begin).set(first);
    const sums = phase.calls.filter(({ mode }) => mode === "accumulate");
    for (const call of sums.filter((each) => this.#parts.emitted.get(each)!.set === undefined)) this.#clear(call);
    // In a short batch some chunks have no rows.
    f.get(first)
      .get(last)
      .op("i32.ge_s")
      .if(() => {
        for (const call of sums.filter((each) => this.#parts.emitted.get(each)!.set !== undefined)) this.#clear(call);
      });
    const sliceRows = sliceRowsOf(phase, this.#parts.program);
    f.forLoop(this.#begin, last, sliceRows, () => {
      f.get(this.#begin).i32(sliceRows).op("i32.add").tee(this.#end);
      f.get(last).get(this.#end).get(last).op("i32.lt_s").op("select").set(this.#end);
      for (const call of phase.calls) {
        const { run, set } = this.#parts.emitted.get(call)!;
        if (this.#isUnderWay) this.#poll();
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
      this.#report(this.#parts.numbers.get(call)!);
    }
  }

  /** Emits a call that each worker computes for itself. */
  #copy(call: Call): void {
    const { extent, run } = this.#parts.emitted.get(call)!;
    this.#f.i32(0).set(this.#begin).i32(extent).set(this.#end);
    this.#invoke(call, run);
  }

  /** Each call in parts of its output. */
  #tasksOf(calls: readonly Call[]): readonly Task[] {
    return calls.map((call) => this.#partsOf(call, () => this.#invoke(call, this.#parts.emitted.get(call)!.run)));
  }

  /**
   * A whole phase: each call in parts of its output. For parts started in the previous phase, only the missing rows are added.
   */
  #wholePhase(calls: readonly Call[], early: readonly Call[]): void {
    const f = this.#f;
    let begun = 0;
    const exchanges = calls.filter(({ mode }) => mode === "exchange").sort((a, b) => momentOf(a) - momentOf(b));
    if (exchanges.length > 0)
      f.get(this.#params.worker)
        .op("i32.eqz")
        .if(() => {
          for (const call of exchanges) this.#exchange(call);
        });
    const tasks = calls
      .filter(({ mode }) => mode !== "exchange")
      .map((call) => {
        const { run, add } = this.#parts.emitted.get(call)!;
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

  /** Worker 0 lets the exchanges that were begun get on. */
  #poll(): void {
    const f = this.#f;
    f.get(this.#params.worker)
      .op("i32.eqz")
      .if(() => f.i32(0).i32(0).i32(exchangeMoments.poll).call(this.#parts.host.allSum!));
  }

  /** The operands, and what lies between them for alignment, as one array of the host. */
  #exchange(call: Call): void {
    const buffers = call.outputs.map(({ buffer }) => buffer);
    const start = Math.min(...buffers.map(({ offset }) => offset));
    const end = Math.max(...buffers.map(({ offset, bytes }) => offset + bytes));
    const f = this.#f;
    f.i32(this.#parts.layout.shared + start)
      .i32((end - start) / 4)
      .i32(momentOf(call))
      .call(this.#parts.host.allSum!);
    this.#report(this.#parts.numbers.get(call)!);
  }

  /** Splits a whole call into parts; `run` finds the bounds of each in `begin` and `end`. */
  #partsOf(call: Call, run: (part: Local) => void): Task {
    const f = this.#f;
    const { workers, oneRow, emitted } = this.#parts;
    const { extent } = emitted.get(call)!;
    if (oneRow) return this.#equalParts(extent, Math.min(extent, ROW_PARTS_PER_WORKER * workers), run);
    const share = shareOf(extent, workers);
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

  /** Parts that differ by one item at most, the larger ones first: few items leave no worker with much more than the others. */
  #equalParts(extent: number, parts: number, run: (part: Local) => void): Task {
    const f = this.#f;
    const [least, larger] = [Math.floor(extent / parts), extent % parts];
    return {
      parts,
      run: (part) => {
        f.get(part).i32(least).op("i32.mul");
        f.get(part).i32(larger).get(part).i32(larger).op("i32.lt_s").op("select").op("i32.add").tee(this.#begin);
        f.i32(least).op("i32.add").get(part).i32(larger).op("i32.lt_s").op("i32.add").set(this.#end);
        run(part);
      },
    };
  }

  /**
   * Calls one of a kernel's functions for the part from `begin` to `end`.
   *
   * @param until whole calls: end of the live rows that the kernel sees. Default: all of them
   * @param from whole calls: first of these rows. Default: 0
   */
  #invoke(call: Call, kernel: FunctionRef, until: Local = this.#params.rows, from?: Local): void {
    const f = this.#f;
    const inRows = call.mode === "map" || call.mode === "accumulate";
    f.get(this.#begin).get(this.#end).get(until);
    if (from !== undefined) f.get(from).op("i32.sub");
    f.get(this.#own).i32(this.#parts.layout.scratch).op("i32.add");
    for (const operand of [...call.inputs, ...call.outputs]) this.#pointer(operand, call, inRows ? this.#begin : from);
    f.call(kernel);
    this.#report(this.#parts.numbers.get(call)!);
  }

  /** Calls the host's `lap`, if any, with this number. */
  #report(number: number): void {
    if (this.#parts.host.lap !== undefined) this.#f.i32(number).call(this.#parts.host.lap);
  }

  /** Pushes the address of an operand: of row `from` for operands that hold rows, else of its start. */
  #pointer({ buffer }: Operand, call: Call, from: Local | undefined): void {
    const f = this.#f;
    // Any worker combines partials, always starting at the first chunk's.
    if (call.mode === "combine" && buffer.kind === "partial") f.i32(this.#parts.layout.partials + buffer.offset);
    else this.#address(buffer);
    if (from === undefined || !buffer.spec.batched || buffer.kind === "slice") return;
    const rowBytes = buffer.bytes / buffer.spec.shape[0]!;
    f.get(from).i32(rowBytes).op("i32.mul").op("i32.add");
  }

  #address(buffer: Buffer): void {
    const f = this.#f;
    const { kind, name, offset } = buffer;
    const { constants, shared, workers, copyOffsets } = this.#parts.layout;
    const copy = copyOffsets.get(buffer);
    if (copy !== undefined) f.get(this.#copies).i32(copy).op("i32.add");
    else if (kind === "variable") f.i32(this.#parts.variable(name!));
    else if (kind === "constant") f.i32(constants + offset);
    else if (kind === "shared") f.i32(shared + offset);
    else if (kind === "slice" && this.#parts.oneRow) f.i32(workers + offset);
    else if (kind === "input" || kind === "output") f.get(this.#params.slot).i32(offset).op("i32.add");
    else
      f.get(kind === "partial" ? this.#partials : this.#own)
        .i32(offset)
        .op("i32.add");
  }
}
