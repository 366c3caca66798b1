/** Detects instruction set features and enables those that Node hides behind flags. */

import { ModuleBuilder } from "../../assembler/module.ts";
import { DeviceError } from "../../base/errors.ts";
import { builtin, isNode } from "../../base/node.ts";
import type { Features } from "./kernel.ts";

/**
 * Features that kernels may use here. V8 flags are set before the first module is compiled and hold for the whole process,
 * including worker threads: fused multiply-add, behind a flag before V8 11.4 (Node 20), and pairs of vectors, which the
 * environment variable FOVEA_VECTORS=128 disables.
 */
export function detectFeatures(): Features {
  requireSimd();
  const probe = fusedProbe();
  const host = v8Host();
  if (!WebAssembly.validate(probe)) host?.setFlagsFromString("--experimental-wasm-relaxed-simd");
  const relaxed = WebAssembly.validate(probe);
  const wide = host !== undefined && relaxed && joinsVectors(probe);
  if (wide) host.setFlagsFromString("--experimental-wasm-revectorize");
  return { relaxed, wide };
}

/** @throws DeviceError on hosts that cannot run the device */
function requireSimd(): void {
  const lack = (what: string) =>
    new DeviceError(
      `The CPU device needs ${what}, which this host does not have. Use device "reference": it is exact, and slow.`,
    );
  if (typeof WebAssembly === "undefined") throw lack("WebAssembly (Node switches it off with --jitless)");
  const module = new ModuleBuilder({ maximumPages: 1, shared: false });
  module.exportFunction(
    "vector",
    module.addFunction([], ["i32"], (f) => {
      f.f32x4(0).lane("i32x4.extract_lane", 0);
    }),
  );
  const bytes = module.finish() as Uint8Array<ArrayBuffer>;
  if (!WebAssembly.validate(bytes)) throw lack("WebAssembly's SIMD");
  // In Node the first module is compiled after V8's flags are set.
  if (!isNode()) requirePermission(bytes);
}

/** A page's policy forbids to compile a module, not to validate it. */
function requirePermission(valid: Uint8Array<ArrayBuffer>): void {
  try {
    new WebAssembly.Module(valid);
  } catch (cause) {
    throw new DeviceError(
      "The CPU device needs WebAssembly, which the page's Content-Security-Policy forbids: add 'wasm-unsafe-eval' to its script-src. Or use device \"reference\": it is exact, and slow.",
      { cause },
    );
  }
}

/** Node's access to V8's flags, or undefined in browsers and in hosts that only resemble Node. */
function v8Host(): Pick<typeof import("node:v8"), "setFlagsFromString"> | undefined {
  if (typeof process !== "object" || process.versions?.v8 === undefined) return undefined;
  return "bun" in process.versions || "deno" in process.versions ? undefined : builtin("node:v8");
}

/** First V8 major version whose pass that joins vectors handles loops with sums: Node 24. */
const JOINING_V8 = 13;

/**
 * Whether V8 can join pairs of vectors to one of 256 bits: it does so on x64 with AVX2. WebAssembly can only detect whether the
 * multiply-add is fused; x64 processors with FMA also have AVX2 (except AMD's of 2012 to 2014).
 */
function joinsVectors(probe: Uint8Array<ArrayBuffer>): boolean {
  if (process.arch !== "x64" || Number.parseInt(process.versions.v8, 10) < JOINING_V8) return false;
  if (process.env.FOVEA_VECTORS === "128") return false;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(probe), { host: { memory } });
  return (exports.isFused as () => number)() !== 0;
}

/** A module that tests whether `f32x4.relaxed_madd` rounds once: x·x − (x·x rounded) is then the rounding error. */
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
