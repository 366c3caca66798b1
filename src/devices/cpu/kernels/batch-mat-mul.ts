/** Products of matrices in pairs, each by the register tiles of a GEMM. */

import type { Local } from "../../../assembler/function.ts";
import { sizeOf } from "../../../base/shape.ts";
import { type BatchMatMulAttrs, productSizes } from "../../../ops/batch-mat-mul.ts";
import type { EmitKernel } from "../kernel.ts";
import { gemm } from "./gemm.ts";
import { advance, advanceBy, repeat } from "./kernel-function.ts";
import { kernelParams, namedParams } from "./rows.ts";
import { transposeMatrix } from "./transpose.ts";

/** A GEMM reads A along any axis, but columns of B must be adjacent: a transposed B is first turned round, in scratch. */
export const emitBatchMatMul: EmitKernel = (module, call, features) => {
  const { transposeA, transposeB } = call.attrs as BatchMatMulAttrs;
  const specs = call.inputs.map(({ spec }) => spec);
  const { m, n, k } = productSizes(specs, call.attrs as BatchMatMulAttrs);
  const lead = specs[0]!.shape.slice(0, -2);
  const perRow = specs[0]!.batched ? sizeOf(lead.slice(1)) : 1;
  const [aRow, aStep] = transposeA ? [4, 4 * m] : [4 * k, 4];
  const multiply = gemm(module, { aRow, aStep, bStep: 4 * n, cRow: 4 * n, n, zero: true }, features);
  const turn = transposeB ? transposeMatrix(module, 4 * k, 4 * n) : undefined;
  const bytes = [4 * m * k, 4 * k * n, 4 * m * n];
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const { begin, end, scratch, pointers } = namedParams(locals);
    const [a, b, y] = pointers as [Local, Local, Local];
    const matrices = f.local("i32");
    if (call.mode === "whole")
      pointers.forEach((pointer, i) => {
        advance(f, pointer, begin, bytes[i]!);
      });
    f.get(end).get(begin).op("i32.sub").i32(perRow).op("i32.mul").set(matrices);
    repeat(f, matrices, () => {
      if (turn !== undefined) f.get(b).get(scratch).i32(k).i32(n).call(turn);
      f.get(a)
        .get(turn === undefined ? b : scratch)
        .get(y)
        .i32(m)
        .i32(k)
        .call(multiply);
      pointers.forEach((pointer, i) => {
        advanceBy(f, pointer, bytes[i]!);
      });
    });
  });
  // The last vector of a row of B may overrun it.
  return { run, scratchBytes: turn === undefined ? 0 : bytes[1]! + 64, extent: sizeOf(lead) };
};
