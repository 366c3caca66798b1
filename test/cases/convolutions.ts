/** Convolutions that break kernels, as forward shapes; the cases of the forward op and of both backward ops are made from them. */
import type { Pad, Shape } from "../../src/base/shape.ts";
import type { Conv2dAttrs, Conv2dGradInputAttrs, Conv2dGradKernelAttrs } from "../../src/ops/conv2d.ts";
import { type OpCase, rows, whole } from "./op-case.ts";

export interface Convolution {
  readonly name: string;
  readonly x: Shape;
  readonly w: Shape;
  /** Shape of the output, counted by hand. */
  readonly y: Shape;
  readonly attrs: Conv2dAttrs;
  readonly batched: boolean;
}

const plain: Conv2dAttrs = {
  strides: [1, 1],
  pad: [
    [0, 0],
    [0, 0],
  ],
  dilation: [1, 1],
  inputDilation: [1, 1],
  groups: 1,
};

export const pads = (top: number, bottom: number, left: number, right: number): readonly [Pad, Pad] => [
  [top, bottom],
  [left, right],
];

const conv = (
  name: string,
  x: Shape,
  w: Shape,
  y: Shape,
  attrs: Partial<Conv2dAttrs> = {},
  batched = true,
): Convolution => ({ name, x, w, y, attrs: { ...plain, ...attrs }, batched });

export const convolutions: readonly Convolution[] = [
  conv("3x3", [3, 5, 7, 3], [3, 3, 3, 5], [3, 3, 5, 5]),
  conv("not batched", [2, 5, 4, 3], [3, 3, 3, 2], [2, 3, 2, 2], {}, false),
  conv("1x1", [2, 3, 5, 5], [1, 1, 5, 7], [2, 3, 5, 7]),
  conv("1x1, strides", [3, 5, 4, 3], [1, 1, 3, 4], [3, 3, 2, 4], { strides: [2, 2] }),
  conv("1x1, padded", [2, 3, 2, 2], [1, 1, 2, 3], [2, 5, 5, 3], { pad: pads(1, 1, 1, 2) }),
  conv("one pixel", [2, 1, 1, 3], [1, 1, 3, 2], [2, 1, 1, 2]),
  conv("batch of one", [1, 6, 6, 2], [3, 3, 2, 3], [1, 4, 4, 3]),
  conv("kernel as large as the image", [3, 4, 5, 2], [4, 5, 2, 3], [3, 1, 1, 3]),
  conv("kernel larger than the image", [2, 2, 3, 2], [5, 5, 2, 3], [2, 2, 3, 3], { pad: pads(2, 2, 2, 2) }),
  conv("same", [2, 6, 5, 4], [3, 3, 4, 6], [2, 6, 5, 6], { pad: pads(1, 1, 1, 1) }),
  conv("same, even kernel", [2, 5, 5, 2], [2, 4, 2, 3], [2, 5, 5, 3], { pad: pads(0, 1, 1, 2) }),
  conv("strides", [3, 9, 8, 3], [3, 2, 3, 4], [3, 4, 3, 4], { strides: [2, 3] }),
  conv("strides, same", [2, 7, 9, 2], [3, 5, 2, 3], [2, 4, 5, 3], { strides: [2, 2], pad: pads(1, 1, 2, 2) }),
  conv("strides, same, even image", [2, 8, 6, 3], [3, 3, 3, 5], [2, 4, 3, 5], {
    strides: [2, 2],
    pad: pads(0, 1, 0, 1),
  }),
  conv("border that no window reads", [2, 6, 6, 1], [2, 2, 1, 3], [2, 2, 2, 3], { strides: [3, 3] }),
  conv("5x5, one channel", [2, 11, 9, 1], [5, 5, 1, 6], [2, 7, 5, 6]),
  conv("3x3, one channel", [2, 9, 10, 1], [3, 3, 1, 8], [2, 7, 8, 8]),
  conv("tiles and a rest", [3, 11, 13, 4], [3, 3, 4, 8], [3, 9, 11, 8]),
  conv("3x3 in whole tiles", [2, 10, 10, 8], [3, 3, 8, 16], [2, 8, 8, 16]),
  conv("many channels", [2, 6, 7, 17], [3, 3, 17, 13], [2, 6, 7, 13], { pad: pads(1, 1, 1, 1) }),
  conv("dilation", [2, 7, 8, 2], [3, 2, 2, 3], [2, 3, 5, 3], { dilation: [2, 3] }),
  conv("groups", [2, 5, 5, 6], [3, 3, 3, 4], [2, 3, 3, 4], { groups: 2 }),
  conv("depthwise", [2, 5, 6, 5], [3, 3, 1, 5], [2, 5, 6, 5], { groups: 5, pad: pads(1, 1, 1, 1) }),
  conv("depthwise, two each", [2, 6, 5, 3], [2, 3, 1, 6], [2, 3, 3, 6], { groups: 3, strides: [2, 1] }),
  conv("stretched input", [2, 3, 4, 2], [3, 3, 2, 3], [2, 6, 12, 3], { inputDilation: [2, 3], pad: pads(2, 1, 2, 2) }),
  conv("everything", [2, 6, 7, 4], [2, 3, 2, 6], [2, 3, 6, 6], {
    strides: [2, 1],
    pad: pads(1, 0, 2, 1),
    dilation: [2, 2],
    groups: 2,
  }),
];

const images = ({ batched }: Convolution) => (batched ? rows : whole);

export const conv2dCases: readonly OpCase<Conv2dAttrs>[] = convolutions.map((each) => ({
  name: each.name,
  inputs: [images(each)(each.x), whole(each.w)],
  attrs: each.attrs,
  gradients: [0, 1],
}));

export const conv2dGradInputCases: readonly OpCase<Conv2dGradInputAttrs>[] = convolutions.map((each) => ({
  name: each.name,
  inputs: [images(each)(each.y), whole(each.w)],
  attrs: { ...each.attrs, size: [each.x[1]!, each.x[2]!] },
  gradients: [0, 1],
}));

export const conv2dGradKernelCases: readonly OpCase<Conv2dGradKernelAttrs>[] = convolutions.map((each) => ({
  name: each.name,
  inputs: [images(each)(each.x), images(each)(each.y)],
  attrs: { ...each.attrs, kernel: [each.w[0]!, each.w[1]!] },
  gradients: [0, 1],
}));
