/** Adds partial sums in a fixed order, so that results do not depend on which worker finishes first. */
import type { ModuleBuilder } from "../../../assembler/module.ts";
import type { EmittedKernel } from "../kernel.ts";
import { addKernelFunction, advance, advanceBy, countDown, storeLanes, storeSomeLanes } from "./kernel-function.ts";

/** out[i] = Σ_p in[p · strideBytes + 4·i] for p = 0, 1, … partials-1; workers share the elements. */
export function emitCombine(
  module: ModuleBuilder,
  elements: number,
  partials: number,
  strideBytes: number,
): EmittedKernel {
  const run = addKernelFunction(module, 1, 1, (f, { begin, end, inputs, outputs }) => {
    const [from, to] = [inputs[0]!, outputs[0]!];
    const [left, value] = [f.local("i32"), f.local("v128")];
    advance(f, from, begin, 4);
    advance(f, to, begin, 4);
    f.get(end).get(begin).op("i32.sub").set(left);
    const sum = (offset: number) => {
      f.get(from).mem("v128.load", offset);
      for (let partial = 1; partial < partials; partial++)
        f.get(from)
          .mem("v128.load", offset + partial * strideBytes)
          .op("f32x4.add");
      f.set(value);
    };
    for (const unroll of [4, 1])
      countDown(f, left, 4 * unroll, () => {
        for (let i = 0; i < unroll; i++) {
          sum(16 * i);
          storeLanes(f, to, 16 * i, value, 4);
        }
        advanceBy(f, from, 16 * unroll);
        advanceBy(f, to, 16 * unroll);
      });
    f.get(left)
      .i32(0)
      .op("i32.gt_s")
      .if(() => {
        sum(0);
        storeSomeLanes(f, to, value, left);
      });
  });
  return { run, scratchBytes: 0, extent: elements };
}
