/** Gradient by a convolution's kernel: transposed patches of x [kh·kw·cin/groups, n·oh·ow] · dy [n·oh·ow, cout/groups]. */
import type { Conv2dGradKernelAttrs } from "../../../ops/conv2d.ts";
import { productSpec } from "../../epilogue.ts";
import type { EmitKernel } from "../kernel.ts";
import { inputPatches } from "./conv2d.ts";
import { emitGemm } from "./emit-gemm.ts";
import { fetchWidths, fixedExtent, leadingExtent, matrixLoader } from "./matrix-operand.ts";
import { patchLoader } from "./patch-operand.ts";

export const emitConv2dGradKernel: EmitKernel = (call, features) => {
  const attrs = call.attrs as Conv2dGradKernelAttrs;
  const [x, dy, dw] = [call.inputs[0]!.spec, call.inputs[1]!.spec, productSpec(call)];
  const [kh, kw, depth, cout] = dw.shape as [number, number, number, number];
  const n = cout / attrs.groups;
  const [widthA, widthB] = fetchWidths(call, features, depth % 4 === 0, n % 4 === 0);
  return emitGemm(
    call,
    {
      label: `conv2dGradKernel [${x.shape}] [${dy.shape}]`,
      groups: attrs.groups,
      m: fixedExtent(kh * kw * depth),
      n,
      k: leadingExtent(dy, 3),
      a: patchLoader(inputPatches(x.shape, dy.shape, [kh, kw], attrs), "outer", widthA),
      b: matrixLoader("outer", cout, widthB, `GROUP * ${n}`),
    },
    features,
  );
};
