/** Packs weights into strips; workers share the strips. */
import type { Local } from "../../../assembler/function.ts";
import type { EmitKernel } from "../kernel.ts";
import { STRIP_BYTES, STRIP_COLUMNS } from "../kernels/gemm.ts";
import { addKernelFunction, advance, advanceBy, repeat } from "../kernels/kernel-function.ts";
import { matrixOf, type PackStripsAttrs } from "./ops.ts";

export const emitPackStrips: EmitKernel = (module, call) => {
  const { groups } = call.attrs as PackStripsAttrs;
  const [depth, columns] = matrixOf(call.inputs[0]!.spec.shape);
  const width = columns / groups;
  const [ofGroup, rest] = [Math.ceil(width / STRIP_COLUMNS), width % STRIP_COLUMNS];
  const run = addKernelFunction(module, 1, 1, (f, { begin, end, inputs, outputs }) => {
    const [w, strips] = [inputs[0]!, outputs[0]!];
    const [strip, column, from] = [f.local("i32"), f.local("i32"), f.local("i32")];
    const pack = (vectors: number, to: Local) => {
      repeat(f, depth, () => {
        for (let v = 0; v < vectors; v++)
          f.get(to)
            .get(from)
            .mem("v128.load", 16 * v)
            .mem("v128.store", 16 * v);
        advanceBy(f, from, 4 * columns);
        advanceBy(f, to, STRIP_BYTES);
      });
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
      if (rest === 0) pack(STRIP_COLUMNS / 4, strips);
      else
        f.get(column)
          .i32(ofGroup - 1)
          .op("i32.eq")
          .if(
            () => pack(Math.ceil(rest / 4), strips),
            () => pack(STRIP_COLUMNS / 4, strips),
          );
    });
  });
  const [strips] = call.outputs[0]!.spec.shape as [number];
  return { run, scratchBytes: 0, extent: strips };
};
