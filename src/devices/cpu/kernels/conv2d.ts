/** Convolution forward: x [n,h,w,cin], w [kh,kw,cin/groups,cout] → y [n,oh,ow,cout], one image after the other as GEMMs. */
import type { Call } from "../../../ir/program.ts";
import type { Conv2dAttrs } from "../../../ops/conv2d.ts";
import type { FunctionBuilder, Local } from "../assembler/function.ts";
import type { ModuleBuilder } from "../assembler/module.ts";
import type { EmitKernel, Features } from "../kernel.ts";
import { gemm } from "./gemm.ts";
import {
  emitClear,
  emitCopyImage,
  emitGatherPatches,
  gathersPatches,
  type ImageLayout,
  kernelRuns,
  layoutImage,
  patchBytes,
} from "./image.ts";
import { forEachRow, kernelParams, leadingRowBytes, namedParams } from "./rows.ts";

export const emitConv2d: EmitKernel = (module, call, features) => {
  const attrs = call.attrs as Conv2dAttrs;
  const [x, w, y] = [call.inputs[0]!.spec, call.inputs[1]!.spec, call.outputs[0]!.spec];
  const layout = layoutImage(x.shape, attrs);
  const patches = gathersPatches(w.shape, attrs);
  const imageBytes = layout.copied ? layout.bytes + 64 : 0;
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const params = namedParams(locals);
    const [xp, wp, yp] = params.pointers as [Local, Local, Local];
    const image = layout.copied ? params.scratch : xp;
    if (layout.copied) emitClear(f, params.scratch, layout.bytes);
    const matrix = f.local("i32");
    f.get(params.scratch).i32(imageBytes).op("i32.add").set(matrix);
    const moved = [
      { pointer: xp, bytes: leadingRowBytes(x) },
      { pointer: yp, bytes: leadingRowBytes(y) },
    ];
    forEachRow(f, call, params, moved, () => {
      if (layout.copied) emitCopyImage(f, x.shape, layout, attrs, xp, params.scratch);
      if (patches) {
        emitGatherPatches(f, w.shape, y.shape, layout, attrs, image, matrix);
        emitPatchProduct(module, f, call, features, matrix, wp, yp);
      } else emitRowProducts(module, f, call, layout, features, image, wp, yp);
    });
  });
  const scratchBytes = imageBytes + (patches ? patchBytes(w.shape, y.shape) : 0);
  return { run, scratchBytes, extent: x.shape[0]! };
};

/** One GEMM over all pixels: patches [oh·ow][kh·kw·cin] · w. */
function emitPatchProduct(
  module: ModuleBuilder,
  f: FunctionBuilder,
  call: Call,
  features: Features,
  matrix: Local,
  w: Local,
  y: Local,
): void {
  const [kh, kw, depth, cout] = call.inputs[1]!.spec.shape as [number, number, number, number];
  const [, oh, ow] = call.outputs[0]!.spec.shape as [number, number, number];
  const k = kh * kw * depth;
  const strides = { aRow: 4 * k, aStep: 4, bStep: 4 * cout, cRow: 4 * cout };
  f.get(matrix)
    .get(w)
    .get(y)
    .i32(oh * ow)
    .i32(k)
    .call(gemm(module, { ...strides, n: cout, zero: true }, features));
}

/** For each output row the GEMMs of its kernel rows, added up in y: pixels are the rows, read straight from the image. */
function emitRowProducts(
  module: ModuleBuilder,
  f: FunctionBuilder,
  call: Call,
  layout: ImageLayout,
  features: Features,
  image: Local,
  w: Local,
  y: Local,
): void {
  const attrs = call.attrs as Conv2dAttrs;
  const kernel = call.inputs[1]!.spec.shape;
  const cout = kernel[3]!;
  const [, oh, ow] = call.outputs[0]!.spec.shape as [number, number, number];
  const filters = cout / attrs.groups;
  const strides = { aRow: attrs.strides[1] * layout.pixelBytes, aStep: 4, bStep: 4 * cout, cRow: 4 * cout };
  const [i, from, to] = [f.local("i32"), f.local("i32"), f.local("i32")];
  f.get(image).set(from);
  f.get(y).set(to);
  f.i32(0).set(i);
  f.forLoop(i, oh, 1, () => {
    for (let group = 0; group < attrs.groups; group++)
      kernelRuns(kernel, layout, attrs, group).forEach(({ imageOffset, weightRow, length }, first) => {
        f.get(from).i32(imageOffset).op("i32.add");
        f.get(w)
          .i32(4 * (weightRow * cout + group * filters))
          .op("i32.add");
        f.get(to)
          .i32(4 * group * filters)
          .op("i32.add");
        f.i32(ow)
          .i32(length)
          .call(gemm(module, { ...strides, n: filters, zero: first === 0 }, features));
      });
    f.get(from)
      .i32(attrs.strides[0] * layout.rowBytes)
      .op("i32.add")
      .set(from);
    f.get(to)
      .i32(4 * ow * cout)
      .op("i32.add")
      .set(to);
  });
}
