/** Convolution forward as one product: patches of x [n·oh·ow, kh·kw·cin/groups] · w [kh·kw·cin/groups, cout/groups]. */
import type { Conv2dAttrs } from "../../../ops/conv2d.ts";
import { productSpec } from "../../epilogue.ts";
import type { EmitKernel } from "../kernel.ts";
import { emitGemm } from "./emit-gemm.ts";
import { fetchWidths, fixedExtent, leadingExtent, matrixLoader } from "./matrix-operand.ts";
import { type Patches, patchLoader } from "./patch-operand.ts";

type FourSizes = readonly [number, number, number, number];

/** The patches of x [n,h,w,cin] that the kernel covers, one for each output pixel. */
export function inputPatches(
  x: readonly number[],
  y: readonly number[],
  kernel: readonly [number, number],
  attrs: Conv2dAttrs,
): Patches {
  const [[, height, width, channels], [, oh, ow]] = [x as FourSizes, y as FourSizes];
  const { strides, pad, dilation, inputDilation, groups } = attrs;
  return {
    image: [height, width, channels],
    grid: [oh, ow],
    start: [-pad[0][0], -pad[1][0]],
    step: strides,
    tapStep: dilation,
    divisor: inputDilation,
    kernel,
    depth: channels / groups,
  };
}

export const emitConv2d: EmitKernel = (call, features) => {
  const attrs = call.attrs as Conv2dAttrs;
  const [x, w, y] = [call.inputs[0]!.spec, call.inputs[1]!.spec, productSpec(call)];
  const [kh, kw, depth, cout] = w.shape as FourSizes;
  const n = cout / attrs.groups;
  const [widthA, widthB] = fetchWidths(call, features, depth % 4 === 0, n % 4 === 0);
  return emitGemm(
    call,
    {
      label: `conv2d [${x.shape}] [${w.shape}]`,
      groups: attrs.groups,
      m: leadingExtent(y, 3),
      n,
      k: fixedExtent(kh * kw * depth),
      a: patchLoader(inputPatches(x.shape, y.shape, [kh, kw], attrs), "depth", widthA),
      b: matrixLoader("outer", cout, widthB, `GROUP * ${n}`),
    },
    features,
  );
};
