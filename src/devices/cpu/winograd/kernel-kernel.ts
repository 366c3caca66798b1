/** The kernel side of Winograd's transforms, once per step: w → U = G w Gᵀ, and its adjoint dU → dw. */
import type { Local } from "../../../assembler/function.ts";
import type { EmitKernel } from "../kernel.ts";
import { STRIP_BYTES, STRIP_COLUMNS } from "../kernels/gemm.ts";
import { advanceBy } from "../kernels/kernel-function.ts";
import { kernelParams, namedParams } from "../kernels/rows.ts";
import { frequencies, transposed, winogradMatrices } from "./matrices.ts";
import type { WinogradKernelAttrs, WinogradKernelGradAttrs } from "./ops.ts";
import { pushAt } from "./planes.ts";
import { transformPass } from "./transform-pass.ts";

/** Workers share the input channels. */
export const emitWinogradKernel: EmitKernel = (module, call, features) => {
  const { tile } = call.attrs as WinogradKernelAttrs;
  const [, , depth, filters] = call.inputs[0]!.spec.shape as [number, number, number, number];
  const pitch = 4 * call.outputs[0]!.spec.shape[1]!;
  const side = frequencies(tile);
  const matrix = winogradMatrices(tile).kernel;
  const strips = Math.ceil(filters / STRIP_COLUMNS);
  const rowBytes = 4 * filters;
  const bandBytes = strips * STRIP_BYTES;
  const down = transformPass(
    module,
    {
      matrix,
      sourceStride: 3 * depth * rowBytes,
      targetStride: 3 * bandBytes,
      vectors: filters / 4,
      sourceStep: rowBytes,
      targetStep: rowBytes,
    },
    features,
  );
  const across = transformPass(
    module,
    {
      matrix,
      sourceStride: bandBytes,
      targetStride: pitch,
      vectors: STRIP_COLUMNS / 4,
      sourceStep: STRIP_BYTES,
      targetStep: STRIP_BYTES * depth,
    },
    features,
  );
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const { begin, end, scratch, pointers } = namedParams(locals);
    const [wp, up] = pointers as [Local, Local];
    const [i, band, target] = [f.local("i32"), f.local("i32"), f.local("i32")];
    f.forLoop(begin, end, 1, () => {
      for (let b = 0; b < 3; b++) {
        pushAt(f, wp, begin, rowBytes, b * depth * rowBytes);
        f.get(scratch)
          .i32(b * bandBytes)
          .op("i32.add");
        f.i32(0).i32(0).i32(1).call(down);
      }
      f.get(scratch).set(band);
      pushAt(f, up, begin, STRIP_BYTES);
      f.set(target);
      f.i32(0).set(i);
      f.forLoop(i, side, 1, () => {
        f.get(band).get(target).i32(0).i32(0).i32(strips).call(across);
        advanceBy(f, band, 3 * bandBytes);
        advanceBy(f, target, side * pitch);
      });
    });
  });
  return { run, scratchBytes: side * 3 * bandBytes, extent: depth };
};

export const emitWinogradKernelGrad: EmitKernel = (module, call, features) => {
  const { tile, depth, filters } = call.attrs as WinogradKernelGradAttrs;
  const pitch = 4 * call.inputs[0]!.spec.shape[1]!;
  const side = frequencies(tile);
  const matrix = transposed(winogradMatrices(tile).kernel);
  const rowBytes = 4 * filters;
  const pass = { vectors: filters / 4, sourceStep: rowBytes, targetStep: rowBytes, matrix };
  const down = transformPass(module, { ...pass, sourceStride: side * pitch, targetStride: side * rowBytes }, features);
  const across = transformPass(module, { ...pass, sourceStride: rowBytes, targetStride: depth * rowBytes }, features);
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const { begin, end, scratch, pointers } = namedParams(locals);
    const [dup, dwp] = pointers as [Local, Local];
    f.forLoop(begin, end, 1, () => {
      for (let j = 0; j < side; j++) {
        pushAt(f, dup, begin, rowBytes, j * pitch);
        f.get(scratch)
          .i32(j * rowBytes)
          .op("i32.add");
        f.i32(0).i32(0).i32(1).call(down);
      }
      for (let a = 0; a < 3; a++) {
        f.get(scratch)
          .i32(a * side * rowBytes)
          .op("i32.add");
        pushAt(f, dwp, begin, rowBytes, 3 * a * depth * rowBytes);
        f.i32(0).i32(0).i32(1).call(across);
      }
    });
  });
  return { run, scratchBytes: 3 * side * rowBytes, extent: depth };
};
