/** Runs one CPU kernel alone: a module with its own memory, poison wherever a kernel must not look, guards wherever it must not write. */

import { ModuleBuilder } from "../../../src/assembler/module.ts";
import { bytesPerElement, type DType, type TypedArray } from "../../../src/base/dtype.ts";
import { InternalError } from "../../../src/base/errors.ts";
import { type Shape, sizeOf } from "../../../src/base/shape.ts";
import type { EmitKernel, Features } from "../../../src/devices/cpu/kernel.ts";
import type { Spec } from "../../../src/ir/graph.ts";
import type { Op } from "../../../src/ir/op.ts";
import type { BufferKind, Call, CallMode, Operand } from "../../../src/ir/program.ts";

export interface KernelInput {
  readonly shape: Shape;
  readonly data: TypedArray;
  readonly batched?: boolean;
}

export interface KernelRun<A extends object> {
  readonly emit: EmitKernel;
  readonly op: Op<A>;
  readonly attrs: A;
  readonly mode: CallMode;
  readonly inputs: readonly KernelInput[];
  readonly features: Features;
  /** Live rows of the batch, where fewer than the inputs' leading axis. */
  readonly rows?: number;
  /** Slices or workers that the work is cut into. Default 1. */
  readonly parts?: number;
  /** `begin` and `end` of the one call, in place of all rows or the whole extent. */
  readonly range?: readonly [number, number];
  /** Runs the kernel's function that adds more rows to what is there. */
  readonly adds?: boolean;
  /** What the outputs are in the program. Default "shared". */
  readonly outputKind?: BufferKind;
  /** What the outputs hold before; NaN by default, as nothing may depend on it. */
  readonly before?: readonly ArrayLike<number>[];
}

const GUARD_BYTES = 256;
const POISON = 0xff;

const dtypeOf = (data: TypedArray): DType =>
  data instanceof Uint8Array ? "uint8" : data instanceof Int32Array ? "int32" : "float32";

/** The outputs (all rows, live or not) after the kernel has run; throws when it wrote anywhere else. */
export function runKernel<A extends object>(run: KernelRun<A>): Float32Array[] {
  const { attrs, mode, features, parts = 1 } = run;
  const inputSpecs = run.inputs.map(
    ({ shape, data, batched = false }): Spec => ({ shape, dtype: dtypeOf(data), batched }),
  );
  const outputSpecs = run.op.infer(inputSpecs, attrs);
  const operand = (spec: Spec, id: number, kind: BufferKind): Operand => {
    const bytes = sizeOf(spec.shape) * bytesPerElement[spec.dtype];
    return { spec, buffer: { id, kind, spec, offset: 0, bytes } };
  };
  const inputs = inputSpecs.map((spec, i) => operand(spec, i, "shared"));
  const outputs = outputSpecs.map((spec, i) => operand(spec, inputs.length + i, run.outputKind ?? "shared"));
  const call: Call = {
    op: run.op as unknown as Op,
    attrs,
    mode,
    inputs,
    outputs,
    ...(run.adds ? { early: true } : {}),
  };

  const maximumPages = 1024;
  const module = new ModuleBuilder({ maximumPages, shared: false });
  const kernel = run.emit(module, call, features);
  module.exportFunction("kernel", run.adds ? kernel.add! : kernel.run);
  let top = GUARD_BYTES;
  const place = (bytes: number): number => {
    const address = top;
    top = Math.ceil((top + bytes + GUARD_BYTES) / 64) * 64;
    return address;
  };
  const operands = [...inputs, ...outputs];
  const addresses = operands.map(({ buffer }) => place(buffer.bytes));
  const scratch = place(kernel.scratchBytes);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(top / 65536), maximum: maximumPages });
  const compiled = new WebAssembly.Module(module.finish() as Uint8Array<ArrayBuffer>);
  const instance = new WebAssembly.Instance(compiled, { host: { memory } });
  const execute = instance.exports.kernel as (...args: number[]) => void;
  const raw = new Uint8Array(memory.buffer).fill(POISON);
  run.inputs.forEach(({ data }, i) => {
    raw.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), addresses[i]!);
  });
  const outputViews = outputSpecs.map(
    (spec, i) => new Float32Array(memory.buffer, addresses[inputs.length + i]!, sizeOf(spec.shape)),
  );
  run.before?.forEach((values, i) => {
    outputViews[i]!.set(values);
  });
  const original = raw.slice(0, top);

  const capacity = operands.find(({ spec }) => spec.batched)?.spec.shape[0] ?? 0;
  const rows = run.rows ?? capacity;
  const total = mode === "map" || mode === "accumulate" ? rows : kernel.extent;
  for (let part = 0; part < parts; part++) {
    const share = [Math.floor((total * part) / parts), Math.floor((total * (part + 1)) / parts)] as const;
    const [begin, end] = run.range ?? share;
    if (run.range === undefined && begin === end) continue;
    const pointers = operands.map(({ spec, buffer }, i) => {
      const moves = spec.batched && mode !== "whole" && mode !== "combine";
      return addresses[i]! + (moves ? (buffer.bytes / capacity) * begin : 0);
    });
    execute(begin, end, rows, scratch, ...pointers);
  }

  const writable = [
    ...outputs.map(({ buffer, spec }, i) => {
      const live = spec.batched ? (buffer.bytes / capacity) * rows : buffer.bytes;
      return [addresses[inputs.length + i]!, live] as const;
    }),
    [scratch, kernel.scratchBytes] as const,
  ];
  const allowed = (at: number) => writable.some(([from, bytes]) => at >= from && at < from + bytes);
  for (let at = 0; at < top; at++)
    if (raw[at] !== original[at] && !allowed(at)) {
      const near = operands.findIndex((_, i) => at < addresses[i]! + operands[i]!.buffer.bytes + GUARD_BYTES);
      const past = near < 0 ? at - scratch : at - addresses[near]!;
      throw new InternalError(
        `The kernel wrote ${past} bytes into ${near < 0 ? "its scratch" : `operand ${near}`}, outside what is its own.`,
      );
    }
  return outputViews.map((view) => view.slice());
}
