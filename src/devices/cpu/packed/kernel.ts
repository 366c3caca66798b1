/** Packs weights into strips; workers share the strips. */
import type { EmitKernel } from "../kernel.ts";
import { packStrips, STRIP_BYTES, STRIP_COLUMNS } from "../kernels/gemm.ts";
import { addKernelFunction, advance, advanceBy } from "../kernels/kernel-function.ts";
import { matrixOf, type PackStripsAttrs } from "./ops.ts";

export const emitPackStrips: EmitKernel = (module, call) => {
  const { groups } = call.attrs as PackStripsAttrs;
  const [depth, columns] = matrixOf(call.inputs[0]!.spec.shape);
  const width = columns / groups;
  const [ofGroup, rest] = [Math.ceil(width / STRIP_COLUMNS), width % STRIP_COLUMNS];
  const run = addKernelFunction(module, 1, 1, (f, { begin, end, inputs, outputs }) => {
    const [w, strips] = [inputs[0]!, outputs[0]!];
    const [strip, column, from] = [f.local("i32"), f.local("i32"), f.local("i32")];
    const pack = (count: number) => {
      f.get(from)
        .get(strips)
        .i32(depth)
        .call(packStrips(module, count, 4 * columns));
    };
    advance(f, strips, begin, depth * STRIP_BYTES);
    f.get(begin).set(strip);
    f.forLoop(strip, end, 1, () => {
      f.get(strip).i32(ofGroup).op("i32.rem_u").set(column);
      f.get(w).get(strip).i32(ofGroup).op("i32.div_u");
      f.i32(4 * width)
        .op("i32.mul")
        .op("i32.add");
      f.get(column).i32(STRIP_BYTES).op("i32.mul").op("i32.add").set(from);
      if (rest === 0) pack(STRIP_COLUMNS);
      else
        f.get(column)
          .i32(ofGroup - 1)
          .op("i32.eq")
          .if(
            () => pack(rest),
            () => pack(STRIP_COLUMNS),
          );
      advanceBy(f, strips, depth * STRIP_BYTES);
    });
  });
  const [strips] = call.outputs[0]!.spec.shape as [number];
  return { run, scratchBytes: 0, extent: strips };
};
