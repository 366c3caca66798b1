/** The matrix products between Winograd's transforms: one per frequency, over the tiles of all images of the slice. */

import type { FunctionRef, Local } from "../../../assembler/function.ts";
import type { ModuleBuilder } from "../../../assembler/module.ts";
import type { Call } from "../../../ir/program.ts";
import type { EmitKernel } from "../kernel.ts";
import { gemm, STRIP_BYTES } from "../kernels/gemm.ts";
import { advance, advanceBy } from "../kernels/kernel-function.ts";
import { imageExtent, kernelParams, namedParams, sharesLines } from "../kernels/rows.ts";
import { tileGrid, type WinogradProductAttrs } from "./ops.ts";
import { setPlaneStride } from "./planes.ts";

export const emitWinogradProduct: EmitKernel = (module, call, features) => {
  const { depth, filters } = call.attrs as WinogradProductAttrs;
  const shape = {
    aRow: 4 * depth,
    aStep: 4,
    bStep: STRIP_BYTES,
    bStrip: STRIP_BYTES * depth,
    cRow: 4 * filters,
    n: filters,
    zero: true,
  };
  const run = addPlaneLoop(module, call, "right", gemm(module, shape, features));
  return { run, scratchBytes: 0, extent: imageExtent(call, tileGrid(call.attrs as WinogradProductAttrs).planes) };
};

export const emitWinogradProductGrad: EmitKernel = (module, call, features) => {
  const { depth, filters } = call.attrs as WinogradProductAttrs;
  const shape = { aRow: 4, aStep: 4 * depth, bStep: 4 * filters, cRow: 4 * filters, n: filters };
  const [run, set] = [false, true].map((zero) =>
    addPlaneLoop(module, call, "product", gemm(module, { ...shape, zero }, features)),
  ) as [FunctionRef, FunctionRef];
  return { run, set, scratchBytes: 0, extent: call.inputs[0]!.spec.shape[0]! };
};

/**
 * The kernel's function: a GEMM for each plane, or for those of its part where workers share a single image. The left side holds the tiles of the slice's rows, with `depth` channels. One of
 * the other two operands holds the same tiles with `filters` channels; `fixed` names the operand without tiles. The tiles are the
 * GEMM's rows, or its summed axis where `fixed` is the product.
 */
function addPlaneLoop(module: ModuleBuilder, call: Call, fixed: "right" | "product", gemm: FunctionRef): FunctionRef {
  const attrs = call.attrs as WinogradProductAttrs;
  const { depth, filters } = attrs;
  const grid = tileGrid(attrs);
  const pitch = 4 * (fixed === "right" ? call.inputs[1]! : call.outputs[0]!).spec.shape[1]!;
  return module.addFunction(kernelParams(call), [], (f, locals) => {
    const params = namedParams(locals);
    const [left, right, product] = params.pointers as [Local, Local, Local];
    const [moved, still] = fixed === "right" ? [product, right] : [right, product];
    const [plane, leftStride, movedStride, tiles] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
    const own = fixed === "right" && sharesLines(call);
    const images = own ? undefined : params;
    setPlaneStride(f, leftStride, images, grid, depth);
    setPlaneStride(f, movedStride, images, grid, filters);
    if (own) {
      f.i32(grid.count).set(tiles);
      for (const [pointer, stride] of [
        [left, leftStride],
        [moved, movedStride],
      ] as const)
        f.get(pointer).get(params.begin).get(stride).op("i32.mul").op("i32.add").set(pointer);
      advance(f, still, params.begin, pitch);
      f.get(params.begin).set(plane);
    } else {
      f.get(params.end).get(params.begin).op("i32.sub").i32(grid.count).op("i32.mul").set(tiles);
      f.i32(0).set(plane);
    }
    f.forLoop(plane, own ? params.end : grid.planes, 1, () => {
      f.get(left).get(right).get(product);
      if (fixed === "right") f.get(tiles).i32(depth);
      else f.i32(depth).get(tiles);
      f.call(gemm);
      f.get(left).get(leftStride).op("i32.add").set(left);
      f.get(moved).get(movedStride).op("i32.add").set(moved);
      advanceBy(f, still, pitch);
    });
  });
}
