/** Finds out what the instruction set offers, and switches on what Node hides behind flags. */
import { builtin } from "../../base/node.ts";
import { ModuleBuilder } from "./assembler/module.ts";
import type { Features } from "./kernel.ts";

/**
 * What kernels may use here. Flags are set before the first module is compiled and hold for the whole process, worker threads
 * included: fused multiply-add, which V8 before 11.4 (Node 20) has behind a flag, and pairs of vectors, which the environment
 * variable FOVEA_VECTORS=128 leaves apart.
 */
export function detectFeatures(): Features {
  const probe = fusedProbe();
  const host = v8Host();
  if (!WebAssembly.validate(probe)) host?.setFlagsFromString("--experimental-wasm-relaxed-simd");
  const relaxed = WebAssembly.validate(probe);
  const wide = host !== undefined && relaxed && joinsVectors(probe);
  if (wide) host.setFlagsFromString("--experimental-wasm-revectorize");
  return { relaxed, wide };
}

/** Node's access to V8's flags, or undefined in browsers and in hosts that only resemble Node. */
function v8Host(): Pick<typeof import("node:v8"), "setFlagsFromString"> | undefined {
  if (typeof process !== "object" || process.versions?.v8 === undefined) return undefined;
  return "bun" in process.versions || "deno" in process.versions ? undefined : builtin("node:v8");
}

/** V8 from which on the pass that joins vectors takes loops with sums: Node 24. */
const JOINING_V8 = 13;

/**
 * Whether V8 can join pairs of vectors to one of 256 bits: it does so on x64 where there is AVX2. WebAssembly shows no more of the
 * machine than whether its multiply-add is fused; x64 processors that have the one have the other (but for AMD's of 2012 to 2014).
 */
function joinsVectors(probe: Uint8Array<ArrayBuffer>): boolean {
  if (process.arch !== "x64" || Number.parseInt(process.versions.v8, 10) < JOINING_V8) return false;
  if (process.env.FOVEA_VECTORS === "128") return false;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(probe), { host: { memory } });
  return (exports.isFused as () => number)() !== 0;
}

/** A module that tells whether `f32x4.relaxed_madd` rounds once: x·x − (x·x rounded) is then what the rounding took off. */
function fusedProbe(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder({ maximumPages: 1, shared: false });
  const isFused = module.addFunction([], ["i32"], (f) => {
    const x = f.local("v128");
    f.f32x4(1 + 2 ** -12).set(x);
    f.get(x).get(x).get(x).get(x).op("f32x4.mul").op("f32x4.neg").op("f32x4.relaxed_madd");
    f.f32x4(0).op("f32x4.eq").lane("i32x4.extract_lane", 0).op("i32.eqz");
  });
  module.exportFunction("isFused", isFused);
  return module.finish() as Uint8Array<ArrayBuffer>;
}
