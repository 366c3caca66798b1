/** The number of each row in its batch. */
import type { EmitKernel } from "../kernel.ts";
import { addKernelFunction, advance, advanceBy } from "./kernel-function.ts";

/** like [n, …] → y [n]; `begin` counts from the batch's first row. */
export const emitRowNumber: EmitKernel = (module, call) => {
  const run = addKernelFunction(module, call.inputs.length, 1, (f, { begin, end, outputs }) => {
    const out = outputs[0]!;
    if (call.mode === "whole") advance(f, out, begin, 4);
    const row = f.local("i32");
    f.get(begin).set(row);
    f.forLoop(row, end, 1, () => {
      f.get(out).get(row).op("f32.convert_i32_s").mem("f32.store");
      advanceBy(f, out, 4);
    });
  });
  return { run, scratchBytes: 0, extent: call.mode === "whole" ? call.outputs[0]!.spec.shape[0]! : 1 };
};
