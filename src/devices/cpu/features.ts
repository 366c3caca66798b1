/** Finds out what the instruction set offers, and switches on what Node 20 hides behind a flag. */
import { builtin } from "../../base/node.ts";
import { ModuleBuilder } from "./assembler/module.ts";
import type { Features } from "./kernel.ts";

/** A module that uses `f32x4.relaxed_madd`; it is only validated, never run. */
function relaxedProbe(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder({ maximumPages: 1, shared: false });
  module.addFunction(["v128"], ["v128"], (f, [x]) => {
    f.get(x!).get(x!).get(x!).op("f32x4.relaxed_madd");
  });
  return module.finish() as Uint8Array<ArrayBuffer>;
}

/**
 * Whether fused multiply-add can be had. V8 before 11.4 (Node 20) knows it only under a flag, which is set here before the first
 * module is compiled and holds for the whole process, worker threads included.
 */
export function detectFeatures(): Features {
  const probe = relaxedProbe();
  if (!WebAssembly.validate(probe) && typeof process === "object" && process.versions?.v8 !== undefined) {
    builtin("node:v8").setFlagsFromString("--experimental-wasm-relaxed-simd");
  }
  return { relaxed: WebAssembly.validate(probe) };
}
