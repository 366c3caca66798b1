/** The module of all JPEG kernels, and its instances. */
import { ModuleBuilder } from "../../../assembler/module.ts";
import { addFlat, addTransform } from "./dct-kernel.ts";
import { addDecode, addUnstuff } from "./entropy-kernel.ts";
import { addColor, addMix, addShorten, addWeigh, addWiden } from "./row-kernels.ts";

/** The most memory of a decoder, in pages of 64 KiB: 256 MiB. */
const MOST_PAGES = 4096;

/** The kernels, as the files that write them describe them. */
export interface JpegKernels {
  unstuff(from: number, end: number, to: number): number;
  decode(mcus: number, blocks: number): number;
  weigh(near: number, far: number, into: number, count: number): void;
  widen(from: number, into: number, count: number, even: number, odd: number): void;
  color(y: number, cb: number, cr: number, into: number, count: number): void;
  shorten(colors: number, taps: number, into: number, count: number): void;
  mix(a: number, ofA: number, b: number, ofB: number, into: number, count: number): void;
}

/** @returns undefined where WebAssembly has no SIMD */
export function compileJpegKernels(): WebAssembly.Module | undefined {
  const module = new ModuleBuilder({ maximumPages: MOST_PAGES, shared: false });
  const kernels = {
    unstuff: addUnstuff(module),
    decode: addDecode(module, { whole: addTransform(module), flat: addFlat(module) }),
    weigh: addWeigh(module),
    widen: addWiden(module),
    color: addColor(module),
    shorten: addShorten(module),
    mix: addMix(module),
  } satisfies Record<keyof JpegKernels, unknown>;
  for (const [name, kernel] of Object.entries(kernels)) module.exportFunction(name, kernel);
  const bytes = module.finish() as Uint8Array<ArrayBuffer>;
  return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : undefined;
}

/** Kernels and the memory that is theirs. */
export function startJpegKernels(module: WebAssembly.Module): { kernels: JpegKernels; memory: WebAssembly.Memory } {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: MOST_PAGES });
  const { exports } = new WebAssembly.Instance(module, { host: { memory } });
  return { kernels: exports as unknown as JpegKernels, memory };
}
