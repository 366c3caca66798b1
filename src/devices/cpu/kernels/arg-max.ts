/** Index of the largest value along the last axis. */
import { sizeOf } from "../../../base/shape.ts";
import type { EmitKernel } from "../kernel.ts";
import { addKernelFunction, advance, advanceBy, repeat } from "./kernel-function.ts";

/**
 * x [..., n] → [...] as float32. The first of equal values wins. NaN wins only in the first place, because comparisons with it
 * are false.
 */
export const emitArgMax: EmitKernel = (module, call) => {
  const { shape, batched } = call.inputs[0]!.spec;
  const length = shape.at(-1)!;
  const whole = call.mode === "whole";
  /** Runs of the last axis per unit of `begin … end`. */
  const runs = batched ? sizeOf(shape.slice(1, -1)) : 1;
  const run = addKernelFunction(module, 1, 1, (f, { begin, end, inputs, outputs }) => {
    const [x, y] = [inputs[0]!, outputs[0]!];
    const [count, at, best] = [f.local("i32"), f.local("i32"), f.local("i32")];
    const [value, largest] = [f.local("f32"), f.local("f32")];
    if (whole) {
      advance(f, x, begin, 4 * length);
      advance(f, y, begin, 4);
    }
    f.get(end).get(begin).op("i32.sub").i32(runs).op("i32.mul").set(count);
    repeat(f, count, () => {
      f.get(x).mem("f32.load").set(largest);
      f.i32(0).set(best);
      f.i32(0).set(at);
      f.forLoop(at, length, 1, () => {
        f.get(x).mem("f32.load").tee(value).get(largest).op("f32.gt");
        f.if(() => {
          f.get(value).set(largest);
          f.get(at).set(best);
        });
        advanceBy(f, x, 4);
      });
      f.get(y).get(best).op("f32.convert_i32_s").mem("f32.store");
      advanceBy(f, y, 4);
    });
  });
  return { run, scratchBytes: 0, extent: whole ? sizeOf(shape.slice(0, -1)) : 1 };
};
