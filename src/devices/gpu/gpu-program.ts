/** A program on the GPU: its buffers, its dispatches, and the steps that are in flight. One encoder, one pass and one submit per step. */
import { allocate, bytesPerElement, type TypedArray } from "../../base/dtype.ts";
import { InternalError } from "../../base/errors.ts";
import { formatBytes } from "../../base/format.ts";
import { sizeOf } from "../../base/shape.ts";
import type { Executable, Feeds, Outputs } from "../../ir/device.ts";
import { rowsInput } from "../../ir/graph.ts";
import type { Buffer, Call, Program } from "../../ir/program.ts";
import type { Place } from "./bindings.ts";
import { type Dispatch, type DispatchHost, makeDispatches } from "./dispatches.ts";
import { joinEpilogues } from "./epilogue.ts";
import { type FailureWatch, withErrorScopes } from "./failure.ts";
import { emitCall } from "./kernels/index.ts";
import { checkBinding, mapRead, roundUp, type Span, spansOf, usage } from "./memory.ts";
import { type MemoryHost, ProgramMemory, scratchBytes } from "./program-memory.ts";
import { Stopwatch } from "./stopwatch.ts";

/** What a program needs of its device. */
export interface ProgramHost extends MemoryHost, DispatchHost {
  readonly watch: FailureWatch;
  readonly stepsInFlight: number;
  /** Takes a variable's values as they are after a finished step. */
  keep(name: string, values: Float32Array): void;
}

/** What one dispatch of a step took. */
export interface DispatchTime {
  readonly calls: readonly Call[];
  readonly label: string;
  readonly seconds: number;
}

/** An input or output, with what each step needs to find its live elements. */
interface Port {
  readonly name: string;
  readonly dtype: Buffer["spec"]["dtype"];
  readonly place: Place;
  /** Elements: so many, and so many more for each live row. */
  readonly fixed: number;
  readonly perRow: number;
}

/** Bytes of variables that a step may copy to the host beside its outputs, for the case that the GPU is lost. */
const KEPT_BYTES = 4 * 2 ** 20;

export class GpuProgram implements Executable {
  readonly bytes: Readonly<Record<string, number>>;
  readonly #host: ProgramHost;
  readonly #program: Program;
  readonly #memory: ProgramMemory;
  readonly #dispatches: readonly Dispatch[];
  readonly #inputs: readonly Port[];
  readonly #outputs: readonly Port[];
  /** Variables that a step changes. */
  readonly #changed: readonly { readonly name: string; readonly place: Place; readonly size: number }[];
  readonly #spans: readonly Span[];
  readonly #outputBytes: number;
  /** Every how many steps the changed variables come to the host. */
  readonly #keepEvery: number;
  readonly #readback: readonly GPUBuffer[];
  readonly #busy = new Set<number>();
  #steps = 0;
  #rowsWritten = 0;

  static async load(host: ProgramHost, program: Program): Promise<GpuProgram> {
    const { device } = host;
    for (const { bytes, spec } of program.buffers)
      checkBinding(Math.min(device.limits.maxStorageBufferBindingSize, host.page), bytes, spec.shape);
    const calls = joinEpilogues(
      program.phases.flatMap((phase) => phase.calls),
      device.limits.maxStorageBuffersPerShaderStage,
    );
    const kernels = new Map(calls.map((call) => [call, emitCall(call, host.features)] as const));
    const scratch = Math.max(0, ...[...kernels.values()].map(scratchBytes));
    const total = Object.values(program.regions).reduce((sum, bytes) => sum + bytes, scratch);
    const memory = await withErrorScopes(
      device,
      `a program that takes ${formatBytes(total)}`,
      () => new ProgramMemory(host, program, scratch),
    );
    try {
      const dispatches = await makeDispatches(host, memory, kernels);
      return await withErrorScopes(
        device,
        "the readback of a program",
        () => new GpuProgram(host, program, memory, dispatches),
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
    this.#changed = [...written]
      .filter(({ kind }) => kind === "variable")
      .map((buffer) => ({ name: buffer.name!, place: memory.place(buffer), size: sizeOf(buffer.spec.shape) }));
    this.#spans = spansOf(this.#changed.map(({ place }) => place));
    this.#outputBytes = this.#outputs.reduce((sum, port) => sum + roundUp(portBytes(port, program.capacity), 16), 0);
    const kept = this.#spans.reduce((sum, { from, to }) => sum + to - from, 0);
    this.#keepEvery = Math.max(1, Math.ceil(kept / KEPT_BYTES));
    const size = Math.max(16, this.#outputBytes + kept);
    this.#readback = Array.from({ length: host.stepsInFlight }, (_, slot) =>
      host.device.createBuffer({ label: `readback ${slot}`, size, usage: usage.mapRead | usage.copyTarget }),
    );
    this.bytes = { ...memory.bytes, readback: size * host.stepsInFlight };
  }

  run(feeds: Feeds, rows: number): Promise<Outputs> {
    const { watch, device } = this.#host;
    if (!(Number.isInteger(rows) && rows >= 1 && rows <= this.#program.capacity))
      throw new InternalError(`A step of ${rows} rows; the program was compiled for 1 to ${this.#program.capacity}.`);
    if (watch.failure !== undefined) return Promise.reject(watch.failure);
    const step = this.#steps++;
    const slot = step % this.#readback.length;
    if (this.#busy.has(slot)) throw new InternalError(`More than ${this.#readback.length} steps are in flight.`);
    this.#busy.add(slot);
    const keeps = (step + 1) % this.#keepEvery === 0;
    this.#feed(feeds, rows);
    device.queue.submit([this.#encode(rows, this.#readback[slot]!, keeps)]);
    return watch.guard(this.#collect(slot, rows, keeps)).finally(() => this.#busy.delete(slot));
  }

  #feed(feeds: Feeds, rows: number): void {
    const { queue } = this.#host.device;
    if (rows !== this.#rowsWritten) queue.writeBuffer(this.#memory.step, 0, Uint32Array.of(rows));
    for (const port of this.#inputs) {
      if (port.name === rowsInput) {
        if (rows !== this.#rowsWritten) queue.writeBuffer(port.place.buffer, port.place.offset, Float32Array.of(rows));
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

  /** One step whose dispatches are passes of their own, so that each can be timed; its outputs are dropped. */
  async time(feeds: Feeds, rows: number): Promise<DispatchTime[]> {
    const { device, watch } = this.#host;
    const stopwatch = new Stopwatch(device, this.#dispatches.length);
    try {
      this.#feed(feeds, rows);
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

  #encode(rows: number, readback: GPUBuffer, keeps: boolean): GPUCommandBuffer {
    const encoder = this.#host.device.createCommandEncoder({ label: "step" });
    const pass = encoder.beginComputePass({ label: "step" });
    for (const dispatch of this.#dispatches) encodeDispatch(pass, dispatch, rows);
    pass.end();
    let at = 0;
    for (const port of this.#outputs) {
      const size = roundUp(portBytes(port, rows), 4);
      encoder.copyBufferToBuffer(port.place.buffer, port.place.offset, readback, at, size);
      at += roundUp(size, 16);
    }
    if (keeps)
      for (const { buffer, from, to } of this.#spans) {
        encoder.copyBufferToBuffer(buffer, from, readback, at, to - from);
        at += to - from;
      }
    return encoder.finish();
  }

  async #collect(slot: number, rows: number, keeps: boolean): Promise<Outputs> {
    const readback = this.#readback[slot]!;
    const outputBytes = this.#outputs.reduce((sum, port) => sum + roundUp(portBytes(port, rows), 16), 0);
    const kept = keeps ? this.#spans.reduce((sum, { from, to }) => sum + to - from, 0) : 0;
    await readback.mapAsync(mapRead, 0, Math.max(16, outputBytes + kept));
    if (this.#host.watch.failure !== undefined) throw this.#host.watch.failure;
    const mapped = readback.getMappedRange(0, Math.max(16, outputBytes + kept));
    const values: Record<string, TypedArray> = {};
    let at = 0;
    for (const port of this.#outputs) {
      const host = allocate(port.dtype, port.fixed + port.perRow * rows);
      new Uint8Array(host.buffer).set(new Uint8Array(mapped, at, host.byteLength));
      values[port.name] = host;
      at += roundUp(host.byteLength, 16);
    }
    if (keeps) this.#keep(mapped, outputBytes);
    readback.unmap();
    return values;
  }

  #keep(mapped: ArrayBuffer, start: number): void {
    let at = start;
    for (const { buffer, from, to } of this.#spans) {
      for (const { name, place, size } of this.#changed) {
        if (place.buffer !== buffer || place.offset < from || place.offset >= to) continue;
        this.#host.keep(name, new Float32Array(mapped, at + place.offset - from, size));
      }
      at += to - from;
    }
  }

  release(): void {
    this.#memory.destroy();
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

/** The first `length` elements, as an array of the input's own type that fills whole 32-bit words. */
function wholeWords(source: TypedArray, length: number, dtype: Port["dtype"]): TypedArray {
  const live = source.length === length ? source : source.subarray(0, length);
  if (live.byteLength % 4 === 0 && live.BYTES_PER_ELEMENT === bytesPerElement[dtype]) return live;
  const padded = allocate(dtype, dtype === "uint8" ? roundUp(length, 4) : length);
  padded.set(live);
  return padded;
}
