/** The number that each row has in the batch. */
import type { EmitKernel } from "../kernel.ts";
import { addKernelFunction, advance, advanceBy } from "./kernel-function.ts";

/** like [n, …] → y [n] */
export const emitRowNumber: EmitKernel = (module, call) => {
  const run = addKernelFunction(module, 1, 1, (f, { begin, end, outputs }) => {
    const [y, at] = [outputs[0]!, f.local("i32")];
    if (call.mode === "whole") advance(f, y, begin, 4);
    f.get(begin).set(at);
    f.forLoop(at, end, 1, () => {
      f.get(y).get(at).op("f32.convert_i32_s").mem("f32.store");
      advanceBy(f, y, 4);
    });
  });
  return { run, scratchBytes: 0, extent: call.mode === "whole" ? call.outputs[0]!.spec.shape[0]! : 1 };
};
