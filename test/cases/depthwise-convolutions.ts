/** Depthwise convolutions that break kernels, as forward shapes; the cases of all three ops are made from them. */
import type { Shape } from "../../src/base/shape.ts";
import type {
  DepthwiseConv2dAttrs,
  DepthwiseConv2dGradInputAttrs,
  DepthwiseConv2dGradKernelAttrs,
} from "../../src/ops/depthwise-conv2d.ts";
import { pads } from "./convolutions.ts";
import { type OpCase, rows, whole } from "./op-case.ts";

interface DepthwiseConvolution {
  readonly name: string;
  readonly x: Shape;
  readonly w: Shape;
  /** Shape of the output, counted by hand. */
  readonly y: Shape;
  readonly attrs: DepthwiseConv2dAttrs;
  readonly batched: boolean;
}

const plain: DepthwiseConv2dAttrs = { strides: [1, 1], pad: pads(0, 0, 0, 0), dilation: [1, 1] };

const conv = (
  name: string,
  x: Shape,
  w: Shape,
  y: Shape,
  attrs: Partial<DepthwiseConv2dAttrs> = {},
  batched = true,
): DepthwiseConvolution => ({ name, x, w, y, attrs: { ...plain, ...attrs }, batched });

const same = { pad: pads(1, 1, 1, 1) };

const depthwiseConvolutions: readonly DepthwiseConvolution[] = [
  conv("3x3", [3, 5, 7, 4], [3, 3, 4, 1], [3, 3, 5, 4]),
  conv("one channel", [2, 5, 6, 1], [3, 3, 1, 1], [2, 3, 4, 1]),
  conv("three channels, same", [2, 6, 5, 3], [3, 3, 3, 1], [2, 6, 5, 3], same),
  conv("vectors and a rest, same", [2, 4, 9, 13], [3, 3, 13, 1], [2, 4, 9, 13], same),
  conv("tiles and a rest", [2, 4, 19, 8], [3, 3, 8, 1], [2, 2, 17, 8]),
  conv("not batched", [2, 5, 4, 6], [3, 3, 6, 1], [2, 3, 2, 6], {}, false),
  conv("1x1", [2, 3, 5, 5], [1, 1, 5, 1], [2, 3, 5, 5]),
  conv("one pixel", [3, 1, 1, 5], [1, 1, 5, 1], [3, 1, 1, 5]),
  conv("kernel as large as the image", [3, 4, 5, 6], [4, 5, 6, 1], [3, 1, 1, 6]),
  conv("kernel larger than the image", [2, 2, 3, 4], [5, 5, 4, 1], [2, 2, 3, 4], { pad: pads(2, 2, 2, 2) }),
  conv("same, even kernel", [2, 5, 5, 4], [2, 4, 4, 1], [2, 5, 5, 4], { pad: pads(0, 1, 1, 2) }),
  conv("5x5, same", [2, 7, 11, 5], [5, 5, 5, 1], [2, 7, 11, 5], { pad: pads(2, 2, 2, 2) }),
  conv("wide kernel", [2, 3, 23, 5], [2, 11, 5, 1], [2, 2, 13, 5]),
  conv("many kernel rows", [2, 14, 18, 4], [11, 9, 4, 1], [2, 4, 10, 4]),
  conv("strides", [3, 9, 8, 5], [3, 2, 5, 1], [3, 4, 3, 5], { strides: [2, 3] }),
  conv("strides, same", [2, 8, 22, 6], [3, 3, 6, 1], [2, 4, 11, 6], { strides: [2, 2], pad: pads(0, 1, 0, 1) }),
  conv("strides, same, odd image", [2, 7, 9, 4], [3, 5, 4, 1], [2, 4, 5, 4], {
    strides: [2, 2],
    pad: pads(1, 1, 2, 2),
  }),
  conv("border that no window reads", [2, 6, 6, 5], [2, 2, 5, 1], [2, 2, 2, 5], { strides: [3, 3] }),
  conv("gaps between windows", [2, 7, 23, 4], [1, 2, 4, 1], [2, 2, 3, 4], { strides: [5, 9] }),
  conv("dilation", [2, 7, 8, 6], [3, 2, 6, 1], [2, 3, 5, 6], { dilation: [2, 3] }),
  conv("dilation, same", [2, 6, 12, 5], [3, 3, 5, 1], [2, 6, 12, 5], { dilation: [2, 2], pad: pads(2, 2, 2, 2) }),
  conv("strides and dilation", [2, 11, 12, 4], [3, 3, 4, 1], [2, 3, 4, 4], { strides: [3, 2], dilation: [2, 2] }),
  conv("two kernels each", [2, 6, 5, 3], [2, 3, 3, 2], [2, 3, 3, 6], { strides: [2, 1] }),
  conv("three kernels each, same", [2, 5, 6, 5], [3, 3, 5, 3], [2, 5, 6, 15], same),
  conv("one channel to many", [3, 6, 7, 1], [3, 3, 1, 8], [3, 4, 5, 8]),
  conv("pixels a power of two apart", [2, 3, 5, 256], [3, 3, 256, 1], [2, 1, 3, 256]),
  conv("pixels a power of two apart, two kernels each", [1, 2, 3, 128], [2, 2, 128, 2], [1, 2, 3, 256], {
    pad: pads(0, 1, 0, 1),
  }),
  conv("two kernels each, not batched", [2, 4, 4, 3], [3, 3, 3, 2], [2, 2, 2, 6], {}, false),
];

const images = ({ batched }: DepthwiseConvolution) => (batched ? rows : whole);

export const depthwiseConv2dCases: readonly OpCase<DepthwiseConv2dAttrs>[] = [
  ...depthwiseConvolutions.map((each) => ({
    name: each.name,
    inputs: [images(each)(each.x), whole(each.w)],
    attrs: each.attrs,
    gradients: [0, 1],
  })),
  {
    name: "NaN stays in its channel and window",
    inputs: [rows([2, 4, 5, 5], [1, 2, Number.NaN, ...new Array<number>(50).fill(0.5)]), whole([3, 3, 5, 1])],
    attrs: { ...plain, ...same },
    gradients: [],
  },
];

export const depthwiseConv2dGradInputCases: readonly OpCase<DepthwiseConv2dGradInputAttrs>[] =
  depthwiseConvolutions.map((each) => ({
    name: each.name,
    inputs: [images(each)(each.y), whole(each.w)],
    attrs: { ...each.attrs, size: [each.x[1]!, each.x[2]!] },
    gradients: [0, 1],
  }));

export const depthwiseConv2dGradKernelCases: readonly OpCase<DepthwiseConv2dGradKernelAttrs>[] =
  depthwiseConvolutions.map((each) => ({
    name: each.name,
    inputs: [images(each)(each.x), images(each)(each.y)],
    attrs: { ...each.attrs, kernel: each.w as [number, number, number, number] },
    gradients: [0, 1],
  }));
