/**
 * Compiles a program to one WebAssembly module, with one function per call and one for a whole step, and allocates its memory.
 */

import { ModuleBuilder } from "../../assembler/module.ts";
import { InternalError } from "../../base/errors.ts";
import { sizeOf } from "../../base/shape.ts";
import { type Buffer, type Call, exchanges, type Program } from "../../ir/program.ts";
import { countReaders, joinEpilogues } from "../epilogue.ts";
import { Chunks } from "./chunks.ts";
import { findCopies } from "./copies.ts";
import { DeviceMemory, memoryAlignment, memorySlack } from "./device-memory.ts";
import { epilogueOptions } from "./epilogue-options.ts";
import type { EmittedKernel, Features } from "./kernel.ts";
import { emitCombine } from "./kernels/combine.ts";
import { emitElementwise } from "./kernels/elementwise.ts";
import type { Kernels } from "./load-kernels.ts";
import { isOfOneRow, shareTheRow } from "./one-row.ts";
import { type HostFunctions, type Layout, StepEmitter } from "./step-emitter.ts";

export interface DriverOptions {
  readonly workers: number;
  readonly features: Features;
  /** Those of the program's calls. */
  readonly kernels: Kernels;
  readonly shared: boolean;
  /** Allocates memory that the program keeps, and returns its address. */
  reserve(bytes: number): number;
  /** Address of memory for the time of a step. */
  workspace(bytes: number): number;
  /** Address of a variable. */
  variable(name: string): number;
  /** Calls the host's `lap(call)` with the call's number in the program after each call, and with -1 at the start of a step. */
  readonly laps?: boolean;
  /** The steps run on the calling thread, although the memory is shared. Default false. */
  readonly onCaller?: boolean;
  /** Whether there are more workers than cores: one that waits then gives its core to the others. Default false. */
  readonly oversubscribed?: boolean;
}

export interface EmittedProgram {
  readonly module: Uint8Array;
  /** Address of the constants. */
  readonly constants: number;
  /** Allocated bytes, by use; inputs and outputs are the caller's. */
  readonly bytes: Readonly<Record<string, number>>;
}

export function emitProgram(planned: Program, options: DriverOptions): EmittedProgram {
  const { program, numbers, copied, oneRow } = writeCalls(planned, options.workers);
  const { regions } = program;
  const module = new ModuleBuilder({ maximumPages: DeviceMemory.maximumPages, shared: options.shared });
  const host: HostFunctions = {
    lap: options.laps ? module.importFunction("lap", ["i32"], []) : undefined,
    tell: options.shared && options.onCaller !== true ? module.importFunction("tell", [], []) : undefined,
    allSum: exchanges(planned) ? module.importFunction("allSum", ["i32", "i32", "i32"], []) : undefined,
  };
  const aligned = (bytes: number) => Math.ceil(bytes / memoryAlignment) * memoryAlignment;
  const emitted = new Map<Call, EmittedKernel>();
  for (const call of program.phases.flatMap((phase) => phase.calls))
    if (call.mode !== "combine" && call.mode !== "exchange") emitted.set(call, emitKernel(module, call, options));
  const scratch = Math.max(0, ...[...emitted.values()].map(({ scratchBytes }) => scratchBytes));
  const chunks = new Chunks(options.workers, program.capacity);
  const slice = aligned(regions.slice);
  const chunkBytes = aligned(regions.partial);
  const copies = new Map<Buffer, number>();
  let copyBytes = 0;
  for (const buffer of copied) {
    copies.set(buffer, copyBytes);
    copyBytes += aligned(buffer.bytes + memorySlack);
  }
  const workerBytes = aligned(slice + scratch + memoryAlignment);
  const workspace = options.workspace(workerBytes * options.workers + chunkBytes * chunks.count);
  const layout: Layout = {
    constants: options.reserve(regions.constant),
    shared: options.reserve(regions.shared),
    workers: workspace,
    workerBytes,
    scratch: slice,
    copies: options.reserve(copyBytes * options.workers),
    copyBytes,
    copyOffsets: copies,
    partials: workspace + workerBytes * options.workers,
    chunkBytes,
  };
  for (const call of program.phases.flatMap((phase) => phase.calls))
    if (call.mode === "combine") {
      const elements = sizeOf(call.outputs[0]!.spec.shape);
      emitted.set(call, emitCombine(module, elements, chunks.count, chunkBytes));
    }
  const { workers, variable, oversubscribed = false } = options;
  const parts = { program, numbers, workers, oneRow, oversubscribed, variable, layout, chunks, emitted, host };
  const step = module.addFunction(["i32", "i32", "i32", "i32"], [], (f, [worker, rows, slot, prepared]) => {
    new StepEmitter(f, parts, { worker: worker!, rows: rows!, slot: slot!, prepared: prepared! }).emit();
  });
  module.exportFunction("step", step);
  module.nameFunction(step, "step");
  let number = 0;
  for (const [call, { run }] of emitted) module.nameFunction(run, `${call.op.name} ${number++} ${call.mode}`);
  const bytes = {
    constants: regions.constant,
    shared: regions.shared,
    slices: slice * options.workers,
    copies: copyBytes * options.workers,
    "partial sums": chunkBytes * chunks.count,
    scratch: scratch * options.workers,
  };
  return { module: module.finish(), constants: layout.constants, bytes };
}

/** A program as it is emitted. */
interface WrittenProgram {
  readonly program: Program;
  /** For each call its number in the planned program. */
  readonly numbers: ReadonlyMap<Call, number>;
  /** The buffers that each worker computes for itself. */
  readonly copied: ReadonlySet<Buffer>;
  /** Workers share the calls of its only row. */
  readonly oneRow: boolean;
}

/** The program with products joined to their epilogues, and with its only row shared. */
function writeCalls(planned: Program, workers: number): WrittenProgram {
  const all = planned.phases.flatMap((phase) => phase.calls);
  const readers = countReaders(all);
  const phases = planned.phases.map((phase) => ({
    ...phase,
    calls: joinEpilogues(phase.calls, epilogueOptions, readers),
  }));
  const place = new Map(all.map((call, number) => [call, number]));
  const numbers = new Map<Call, number>();
  for (const call of phases.flatMap(({ calls }) => calls)) numbers.set(call, place.get(call.product ?? call)!);
  const oneRow = isOfOneRow({ ...planned, phases }, workers);
  const shared = oneRow ? shareTheRow(phases, (call, before) => numbers.set(call, numbers.get(before)!)) : phases;
  return { program: { ...planned, phases: shared }, numbers, copied: findCopies(phases, workers), oneRow };
}

function emitKernel(module: ModuleBuilder, call: Call, { kernels, features }: DriverOptions): EmittedKernel {
  if (call.op.elementwise !== undefined) return emitElementwise(module, call, features);
  const kernel = kernels.get(call.op.name);
  if (kernel === undefined) throw new InternalError(`The kernel of "${call.op.name}" was not loaded.`);
  return kernel(module, call, features);
}
