/** Calls an emitted kernel with addresses of one's own choosing: operands that overlap, operands that are not a call's. */
import { ModuleBuilder } from "../../../src/assembler/module.ts";
import type { EmittedKernel } from "../../../src/devices/cpu/kernel.ts";

const PAGES = 64;

export interface KernelMemory {
  readonly extent: number;
  readonly floats: Float32Array;
  /** Runs the kernel for `begin … end-1` with pointers at these indices of `floats`. */
  call(begin: number, end: number, ...places: readonly number[]): void;
}

/** A kernel over 4 MiB of NaN. */
export function kernelMemory(emit: (module: ModuleBuilder) => EmittedKernel): KernelMemory {
  const module = new ModuleBuilder({ maximumPages: PAGES, shared: false });
  const { run, extent } = emit(module);
  module.exportFunction("kernel", run);
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  const compiled = new WebAssembly.Module(module.finish() as Uint8Array<ArrayBuffer>);
  const kernel = new WebAssembly.Instance(compiled, { host: { memory } }).exports.kernel as (...args: number[]) => void;
  const floats = new Float32Array(memory.buffer).fill(Number.NaN);
  return { extent, floats, call: (begin, end, ...places) => kernel(begin, end, 0, 0, ...places.map((at) => 4 * at)) };
}
