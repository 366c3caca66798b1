/** The matrix products between Winograd's transforms, one per frequency over the tiles of all images in work. */
import type { FunctionRef, Local } from "../assembler/function.ts";
import type { EmitKernel } from "../kernel.ts";
import { gemm, STRIP_COLUMNS } from "../kernels/gemm.ts";
import { advanceBy } from "../kernels/kernel-function.ts";
import { kernelParams, namedParams } from "../kernels/rows.ts";
import { tileGrid, type WinogradProductAttrs } from "./ops.ts";
import { setPlaneStride } from "./planes.ts";

export const emitWinogradProduct: EmitKernel = (module, call, features) => {
  const attrs = call.attrs as WinogradProductAttrs;
  const { depth, filters } = attrs;
  const grid = tileGrid(attrs);
  const strip = 4 * STRIP_COLUMNS;
  const shape = {
    aRow: 4 * depth,
    aStep: 4,
    bStep: strip,
    bStrip: strip * depth,
    cRow: 4 * filters,
    n: filters,
    zero: true,
  };
  const product = gemm(module, shape, features);
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const params = namedParams(locals);
    const [vp, up, mp] = params.pointers as [Local, Local, Local];
    const [left, from, to, rows] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
    setPlaneStride(f, from, params, grid, depth);
    setPlaneStride(f, to, params, grid, filters);
    f.get(params.end).get(params.begin).op("i32.sub").i32(grid.count).op("i32.mul").set(rows);
    f.i32(0).set(left);
    f.forLoop(left, grid.planes, 1, () => {
      f.get(vp).get(up).get(mp).get(rows).i32(depth).call(product);
      f.get(vp).get(from).op("i32.add").set(vp);
      f.get(mp).get(to).op("i32.add").set(mp);
      advanceBy(f, up, 4 * call.inputs[1]!.spec.shape[1]!);
    });
  });
  return { run, scratchBytes: 0, extent: call.inputs[0]!.spec.shape[0]! };
};

export const emitWinogradProductGrad: EmitKernel = (module, call, features) => {
  const attrs = call.attrs as WinogradProductAttrs;
  const { depth, filters } = attrs;
  const grid = tileGrid(attrs);
  const shape = { aRow: 4, aStep: 4 * depth, bStep: 4 * filters, cRow: 4 * filters, n: filters };
  const [run, set] = [false, true].map((zero) => {
    const product = gemm(module, { ...shape, zero }, features);
    return module.addFunction(kernelParams(call), [], (f, locals) => {
      const params = namedParams(locals);
      const [vp, zp, dup] = params.pointers as [Local, Local, Local];
      const [plane, left, right, sums] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
      setPlaneStride(f, left, params, grid, depth);
      setPlaneStride(f, right, params, grid, filters);
      f.get(params.end).get(params.begin).op("i32.sub").i32(grid.count).op("i32.mul").set(sums);
      f.i32(0).set(plane);
      f.forLoop(plane, grid.planes, 1, () => {
        f.get(vp).get(zp).get(dup).i32(depth).get(sums).call(product);
        f.get(vp).get(left).op("i32.add").set(vp);
        f.get(zp).get(right).op("i32.add").set(zp);
        advanceBy(f, dup, 4 * call.outputs[0]!.spec.shape[1]!);
      });
    });
  }) as [FunctionRef, FunctionRef];
  return { run, set, scratchBytes: 0, extent: call.inputs[0]!.spec.shape[0]! };
};
