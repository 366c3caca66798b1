/** Gradient by a convolution's input: patches of dy [n·h·w, kh·kw·cout/groups] · w with swapped channels [.., cin/groups]. */
import type { Conv2dGradInputAttrs } from "../../../ops/conv2d.ts";
import { productSpec } from "../../epilogue.ts";
import type { EmitKernel } from "../kernel.ts";
import { emitGemm } from "./emit-gemm.ts";
import type { Loader } from "./gemm.ts";
import { fetchWidths, fixedExtent, leadingExtent, sumOfPlaces } from "./matrix-operand.ts";
import { patchLoader } from "./patch-operand.ts";

export const emitConv2dGradInput: EmitKernel = (call, features) => {
  const { strides, pad, dilation, inputDilation, groups } = call.attrs as Conv2dGradInputAttrs;
  const [dy, w, dx] = [call.inputs[0]!.spec, call.inputs[1]!.spec, productSpec(call)];
  const [kh, kw, depth, cout] = w.shape as [number, number, number, number];
  const [, oh, ow] = dy.shape as [number, number, number];
  const [, height, width] = dx.shape as [number, number, number];
  const filters = cout / groups;
  const [widthA, widthB] = fetchWidths(call, features, filters % 4 === 0, filters % 4 === 0);
  // Input pixel r corresponds to output pixel (r · inputDilation + top − a · dilation) / stride.
  const patches = {
    image: [oh, ow, cout],
    grid: [height, width],
    start: [pad[0][0], pad[1][0]],
    step: inputDilation,
    tapStep: [-dilation[0], -dilation[1]],
    divisor: strides,
    kernel: [kh, kw],
    depth: filters,
  } as const;
  return emitGemm(
    call,
    {
      label: `conv2dGradInput [${dy.shape}] [${w.shape}]`,
      groups,
      m: leadingExtent(dx, 3),
      n: depth,
      k: fixedExtent(kh * kw * filters),
      a: patchLoader(patches, "depth", widthA),
      b: swappedWeights(depth, cout, filters, widthB),
    },
    features,
  );
};

/** w [taps, depth, cout] read as [taps · filters, depth]. */
function swappedWeights(depth: number, cout: number, filters: number, width: 1 | 4): Loader {
  return {
    width,
    along: "depth",
    outer: `vec4i(i32(at) * ${cout}, 0, 0, 0)`,
    depth: `vec4i(i32(at / ${filters}u) * ${depth * cout} + GROUP * ${filters} + i32(at % ${filters}u), 0, 0, 0)`,
    sums: true,
    run: { length: filters, step: "vec4i(1, 0, 0, 0)" },
    value: (source) => sumOfPlaces(source, width),
  };
}
