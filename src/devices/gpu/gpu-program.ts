/** A program on the GPU: its buffers, its dispatches, and the steps in flight. One encoder, one pass and one submit per step. */
import { allocate, bytesPerElement, type TypedArray } from "../../base/dtype.ts";
import { InternalError } from "../../base/errors.ts";
import { formatBytes } from "../../base/format.ts";
import { sizeOf } from "../../base/shape.ts";
import { type BatchShare, type Executable, type Feeds, type Outputs, ownInput } from "../../ir/device.ts";
import type { Buffer, Call, Program } from "../../ir/program.ts";
import { joinEpilogues } from "../epilogue.ts";
import type { Place } from "./bindings.ts";
import { type Dispatch, type DispatchHost, makeDispatches } from "./dispatches.ts";
import { epilogueOptions } from "./epilogue.ts";
import { type FailureWatch, withErrorScopes } from "./failure.ts";
import { Keeper, type KeepHost, type Keeping } from "./keeper.ts";
import { emitCall } from "./kernels/index.ts";
import { checkBinding, mapRead, roundUp, usage, wholeWords } from "./memory.ts";
import { type MemoryHost, ProgramMemory, scratchBytes } from "./program-memory.ts";
import { Stopwatch } from "./stopwatch.ts";

/** The parts of the device that a program needs. */
export interface ProgramHost extends MemoryHost, DispatchHost, KeepHost {
  readonly watch: FailureWatch;
}

/** Time of one dispatch of a step. */
export interface DispatchTime {
  readonly calls: readonly Call[];
  readonly label: string;
  readonly seconds: number;
}

/** An input or output, and the size of its live part in a step. */
interface Port {
  readonly name: string;
  readonly dtype: Buffer["spec"]["dtype"];
  readonly place: Place;
  /** Elements: `fixed` plus `perRow` for each live row. */
  readonly fixed: number;
  readonly perRow: number;
}

export class GpuProgram implements Executable {
  readonly bytes: Readonly<Record<string, number>>;
  readonly stepsInFlight: number;
  readonly #host: ProgramHost;
  readonly #program: Program;
  readonly #memory: ProgramMemory;
  readonly #dispatches: readonly Dispatch[];
  readonly #inputs: readonly Port[];
  readonly #outputs: readonly Port[];
  readonly #keeper: Keeper;
  readonly #readback: readonly GPUBuffer[];
  readonly #busy = new Set<number>();
  #steps = 0;
  #rowsWritten = 0;
  /** What the inputs that the device feeds by itself were last set to. */
  readonly #ownWritten = new Map<Port, number>();

  static async load(host: ProgramHost, program: Program): Promise<GpuProgram> {
    const { device } = host;
    for (const { bytes, spec } of program.buffers)
      checkBinding(
        Math.min(device.limits.maxStorageBufferBindingSize, host.page),
        bytes,
        spec.shape,
        "Use a smaller batchSize.",
      );
    const calls = joinEpilogues(
      program.phases.flatMap((phase) => phase.calls),
      epilogueOptions(device.limits.maxStorageBuffersPerShaderStage),
    );
    const kernels = new Map(calls.map((call) => [call, emitCall(call, host.features)] as const));
    const scratch = Math.max(0, ...[...kernels.values()].map(scratchBytes));
    const total = Object.values(program.regions).reduce((sum, bytes) => sum + bytes, scratch);
    const memory = await withErrorScopes(
      device,
      `a program that takes ${formatBytes(total)}`,
      () => new ProgramMemory(host, program, scratch),
      (made) => made.destroy(),
    );
    try {
      const dispatches = await makeDispatches(host, memory, kernels);
      return await withErrorScopes(
        device,
        "the readback of a program",
        () => new GpuProgram(host, program, memory, dispatches),
        (made) => made.release(),
      );
    } catch (error) {
      memory.destroy();
      throw error;
    }
  }

  private constructor(host: ProgramHost, program: Program, memory: ProgramMemory, dispatches: readonly Dispatch[]) {
    this.#host = host;
    this.#program = program;
    this.#memory = memory;
    this.#dispatches = dispatches;
    this.#inputs = portsOf(program, "input", memory);
    this.#outputs = portsOf(program, "output", memory);
    const written = new Set(
      program.phases.flatMap(({ calls }) => calls.flatMap(({ outputs }) => outputs)).map((o) => o.buffer),
    );
    const changed = [...written]
      .filter(({ kind }) => kind === "variable")
      .map((buffer) => ({ name: buffer.name!, place: memory.place(buffer), size: sizeOf(buffer.spec.shape) }));
    this.#keeper = new Keeper(host, changed);
    const size = Math.max(
      16,
      this.#outputs.reduce((sum, port) => sum + roundUp(portBytes(port, program.capacity), 16), 0),
    );
    this.stepsInFlight = host.stepsInFlight;
    this.#readback = Array.from({ length: host.stepsInFlight }, (_, slot) =>
      host.device.createBuffer({ label: `readback ${slot}`, size, usage: usage.mapRead | usage.copyTarget }),
    );
    this.bytes = { ...memory.bytes, readback: size * host.stepsInFlight, kept: this.#keeper.bytes };
  }

  run(feeds: Feeds, rows: number, share?: BatchShare): Promise<Outputs> {
    const { watch, device } = this.#host;
    if (!(Number.isInteger(rows) && rows >= 1 && rows <= this.#program.capacity))
      throw new InternalError(`A step of ${rows} rows; the program was compiled for 1 to ${this.#program.capacity}.`);
    if (watch.failure !== undefined) return Promise.reject(watch.failure);
    const step = this.#steps++;
    const slot = step % this.#readback.length;
    if (this.#busy.has(slot)) throw new InternalError(`More than ${this.#readback.length} steps are in flight.`);
    this.#busy.add(slot);
    this.#feed(feeds, rows, share);
    const encoder = device.createCommandEncoder({ label: "step" });
    this.#encode(encoder, rows, this.#readback[slot]!);
    const keeping = this.#keeper.encode(encoder, step);
    device.queue.submit([encoder.finish()]);
    return watch.guard(this.#collect(slot, rows, keeping)).finally(() => this.#busy.delete(slot));
  }

  #feed(feeds: Feeds, rows: number, share: BatchShare | undefined): void {
    const { queue } = this.#host.device;
    if (rows !== this.#rowsWritten) queue.writeBuffer(this.#memory.step, 0, Uint32Array.of(rows));
    for (const port of this.#inputs) {
      const own = ownInput(port.name, rows, share);
      if (own !== undefined) {
        if (own !== this.#ownWritten.get(port)) {
          queue.writeBuffer(port.place.buffer, port.place.offset, Float32Array.of(own));
          this.#ownWritten.set(port, own);
        }
        continue;
      }
      const source = feeds[port.name];
      if (source === undefined) throw new InternalError(`A step was not fed its input "${port.name}".`);
      const length = port.fixed + port.perRow * rows;
      if (source.length < length)
        throw new InternalError(`Input "${port.name}" has ${source.length} elements; ${rows} rows take ${length}.`);
      const whole = wholeWords(source, length, port.dtype);
      const { buffer, offset } = port.place;
      queue.writeBuffer(buffer, offset, whole.buffer as ArrayBuffer, whole.byteOffset, whole.byteLength);
    }
    this.#rowsWritten = rows;
  }

  /** Runs one step with a separate pass per dispatch, so that each can be timed; its outputs are dropped. */
  async time(feeds: Feeds, rows: number): Promise<DispatchTime[]> {
    const { device, watch } = this.#host;
    const stopwatch = new Stopwatch(device, this.#dispatches.length);
    try {
      this.#feed(feeds, rows, undefined);
      const encoder = device.createCommandEncoder({ label: "timed step" });
      this.#dispatches.forEach((dispatch, i) => {
        const pass = encoder.beginComputePass({ label: dispatch.label, timestampWrites: stopwatch.writes(i) });
        encodeDispatch(pass, dispatch, rows);
        pass.end();
      });
      stopwatch.resolve(encoder);
      device.queue.submit([encoder.finish()]);
      const seconds = await watch.guard(stopwatch.read());
      return this.#dispatches.map(({ calls, label }, i) => ({ calls, label, seconds: seconds[i]! }));
    } finally {
      stopwatch.destroy();
    }
  }

  #encode(encoder: GPUCommandEncoder, rows: number, readback: GPUBuffer): void {
    const pass = encoder.beginComputePass({ label: "step" });
    for (const dispatch of this.#dispatches) encodeDispatch(pass, dispatch, rows);
    pass.end();
    let at = 0;
    for (const port of this.#outputs) {
      const size = roundUp(portBytes(port, rows), 4);
      encoder.copyBufferToBuffer(port.place.buffer, port.place.offset, readback, at, size);
      at += roundUp(size, 16);
    }
  }

  async #collect(slot: number, rows: number, keeping: Keeping | undefined): Promise<Outputs> {
    const readback = this.#readback[slot]!;
    const bytes = this.#outputs.reduce((sum, port) => sum + roundUp(portBytes(port, rows), 16), 0);
    const size = Math.max(16, bytes);
    await Promise.all([readback.mapAsync(mapRead, 0, size), keeping && this.#keeper.map(keeping)]);
    if (this.#host.watch.failure !== undefined) throw this.#host.watch.failure;
    const mapped = readback.getMappedRange(0, size);
    const values: [string, TypedArray][] = [];
    let at = 0;
    for (const port of this.#outputs) {
      const host = allocate(port.dtype, port.fixed + port.perRow * rows);
      new Uint8Array(host.buffer).set(new Uint8Array(mapped, at, host.byteLength));
      values.push([port.name, host]);
      at += roundUp(host.byteLength, 16);
    }
    readback.unmap();
    if (keeping !== undefined) this.#keeper.take(keeping);
    return Object.fromEntries(values);
  }

  release(): void {
    this.#memory.destroy();
    this.#keeper.destroy();
    for (const buffer of this.#readback) buffer.destroy();
  }
}

function encodeDispatch(pass: GPUComputePassEncoder, { pipeline, group, workgroups }: Dispatch, rows: number): void {
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(...workgroups(rows));
}

function portsOf(program: Program, kind: "input" | "output", memory: ProgramMemory): Port[] {
  return program.buffers
    .filter((buffer) => buffer.kind === kind)
    .map((buffer) => {
      const { dtype, batched, shape } = buffer.spec;
      const size = sizeOf(batched ? shape.slice(1) : shape);
      const place = memory.place(buffer);
      return { name: buffer.name!, dtype, place, fixed: batched ? 0 : size, perRow: batched ? size : 0 };
    });
}

function portBytes({ dtype, fixed, perRow }: Port, rows: number): number {
  return (fixed + perRow * rows) * bytesPerElement[dtype];
}
