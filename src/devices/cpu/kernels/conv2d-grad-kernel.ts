/** Convolution backward by the kernel: dw [kh,kw,cin/groups,cout] += Σ over images and pixels of x · dy. */

import type { Local } from "../../../assembler/function.ts";
import { sizeOf } from "../../../base/shape.ts";
import type { Conv2dGradKernelAttrs } from "../../../ops/conv2d.ts";
import type { EmitKernel } from "../kernel.ts";
import { emitPlaceImage, placeImage } from "./conv2d.ts";
import { gemm } from "./gemm.ts";
import { emitClear, emitGatherPatches, gathersPatches, kernelRuns, patchBytes } from "./image.ts";
import { forEachRow, kernelParams, leadingRowBytes, namedParams } from "./rows.ts";

export const emitConv2dGradKernel: EmitKernel = (module, call, features) => {
  const attrs = call.attrs as Conv2dGradKernelAttrs;
  const [x, dy, dw] = [call.inputs[0]!.spec, call.inputs[1]!.spec, call.outputs[0]!.spec];
  const layout = placeImage(x.shape, attrs);
  const patches = gathersPatches(dw.shape, attrs);
  const imageBytes = layout.copied ? layout.bytes + 64 : 0;
  const cout = dw.shape[3]!;
  const filters = cout / attrs.groups;
  const [, oh, ow] = dy.shape as [number, number, number];
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const params = namedParams(locals);
    const [xp, dyp, dwp] = params.pointers as [Local, Local, Local];
    const image = layout.copied ? params.scratch : xp;
    if (layout.copied) emitClear(f, params.scratch, layout.bytes);
    else f.get(xp).i32(layout.skipped).op("i32.add").set(xp);
    const [matrix, i, from, to] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
    f.get(params.scratch).i32(imageBytes).op("i32.add").set(matrix);
    if (call.mode === "whole") {
      // One worker sums over all images; a whole call overwrites its output.
      emitClear(f, dwp, 4 * sizeOf(dw.shape));
      f.i32(0).set(params.begin);
      if (x.batched) f.get(params.rows).set(params.end);
      else f.i32(x.shape[0]!).set(params.end);
    }
    const moved = [
      { pointer: xp, bytes: leadingRowBytes(x) },
      { pointer: dyp, bytes: leadingRowBytes(dy) },
    ];
    forEachRow(f, call, params, moved, () => {
      if (layout.copied) emitPlaceImage(f, x.shape, layout, attrs, xp, params.scratch);
      if (patches) {
        const k = dw.shape[0]! * dw.shape[1]! * dw.shape[2]!;
        const shape = { aRow: 4, aStep: 4 * k, bStep: 4 * cout, cRow: 4 * cout, n: cout, zero: false };
        emitGatherPatches(f, dw.shape, dy.shape, layout, attrs, image, matrix, { first: 0, end: oh });
        f.get(matrix)
          .get(dyp)
          .get(dwp)
          .i32(k)
          .i32(oh * ow)
          .call(gemm(module, shape, features));
        return;
      }
      const aStep = attrs.strides[1] * layout.pixelBytes;
      const shape = { aRow: 4, aStep, bStep: 4 * cout, cRow: 4 * cout, n: filters, zero: false };
      f.get(image).set(from);
      f.get(dyp).set(to);
      f.i32(0).set(i);
      f.forLoop(i, oh, 1, () => {
        for (let group = 0; group < attrs.groups; group++)
          for (const { imageOffset, weightRow, length } of kernelRuns(dw.shape, layout, attrs, group)) {
            f.get(from).i32(imageOffset).op("i32.add");
            f.get(to)
              .i32(4 * group * filters)
              .op("i32.add");
            f.get(dwp)
              .i32(4 * (weightRow * cout + group * filters))
              .op("i32.add");
            f.i32(length)
              .i32(ow)
              .call(gemm(module, shape, features));
          }
        f.get(from)
          .i32(attrs.strides[0] * layout.rowBytes)
          .op("i32.add")
          .set(from);
        f.get(to)
          .i32(4 * ow * cout)
          .op("i32.add")
          .set(to);
      });
    });
  });
  const scratchBytes = imageBytes + (patches ? patchBytes(dw.shape, dy.shape) : 0);
  return { run, scratchBytes, extent: 1 };
};
