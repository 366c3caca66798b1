/**
 * 2-D depthwise convolution, NHWC: x [n,h,w,c], w [kh,kw,c,m] → y [n,oh,ow,c·m], each channel with m kernels of its own,
 *   y[n,i,j, c·m+k] = Σ x[n, i·sh + a·dh − top, j·sw + b·dw − left, c] · w[a,b,c,k]
 * (cross-correlation, as Keras). A grouped convolution with as many groups as channels, but no matrix product: an op of its own,
 * so that devices can put the channels side by side.
 */
import { type Pad, sizeOf } from "../base/shape.ts";
import type { Spec, Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";
import { absorbPad } from "./pad.ts";

export interface DepthwiseConv2dAttrs {
  readonly strides: readonly [number, number];
  /** Cells of padding, none of them negative. */
  readonly pad: readonly [Pad, Pad];
  readonly dilation: readonly [number, number];
}

function outputSize(size: number, kernel: number, axis: 0 | 1, { strides, pad, dilation }: DepthwiseConv2dAttrs) {
  return Math.floor((size + pad[axis][0] + pad[axis][1] - (kernel - 1) * dilation[axis] - 1) / strides[axis]) + 1;
}

/** Calls visit for every product of the sum, with the places in x, w and y. */
function walkProducts(
  [x, w, y]: readonly [Spec, Spec, Spec],
  { strides, pad, dilation }: DepthwiseConv2dAttrs,
  visit: (x: number, w: number, y: number) => void,
): void {
  const [n, h, width, channels] = x.shape as [number, number, number, number];
  const [kh, kw, , multiplier] = w.shape as [number, number, number, number];
  const [, oh, ow, lanes] = y.shape as [number, number, number, number];
  for (let image = 0; image < n; image++)
    for (let i = 0; i < oh; i++)
      for (let j = 0; j < ow; j++)
        for (let a = 0; a < kh; a++)
          for (let b = 0; b < kw; b++) {
            const row = i * strides[0] + a * dilation[0] - pad[0][0];
            const column = j * strides[1] + b * dilation[1] - pad[1][0];
            if (row < 0 || row >= h || column < 0 || column >= width) continue;
            const from = ((image * h + row) * width + column) * channels;
            const to = ((image * oh + i) * ow + j) * lanes;
            for (let lane = 0; lane < lanes; lane++)
              visit(from + Math.floor(lane / multiplier), (a * kw + b) * lanes + lane, to + lane);
          }
}

const flopsOf = (y: Spec, w: Spec) => 2 * sizeOf(y.shape) * w.shape[0]! * w.shape[1]!;

export const depthwiseConv2dOp: Op<DepthwiseConv2dAttrs> = {
  name: "depthwiseConv2d",
  infer: ([x, w], attrs) => {
    const [n, height, width] = x!.shape as [number, number, number, number];
    const [kh, kw, channels, multiplier] = w!.shape as [number, number, number, number];
    const shape = [n, outputSize(height, kh, 0, attrs), outputSize(width, kw, 1, attrs), channels * multiplier];
    return [{ shape, dtype: "float32", batched: x!.batched }];
  },
  reference: ([x, w], [y], { attrs, inputs, outputs }) =>
    walkProducts([inputs[0]!, inputs[1]!, outputs[0]!], attrs, (i, j, k) => {
      y![k]! += x![i]! * w![j]!;
    }),
  absorb: absorbPad,
  columns: ([, w]) => ({ input: 1, shape: w!.shape.slice(2) }),
  flops: ({ inputs, outputs }) => flopsOf(outputs[0]!, inputs[1]!),
  gradient: ({ inputs, attrs, gradients, wanted }) => {
    const [x, w] = inputs as [Sym, Sym];
    const dy = gradients[0]!;
    const size = x.spec.shape.slice(1, 3) as [number, number];
    const kernel = w.spec.shape as [number, number, number, number];
    return [
      wanted(0) ? emitOne(depthwiseConv2dGradInputOp, [dy, w], { ...attrs, size }) : null,
      wanted(1) ? emitOne(depthwiseConv2dGradKernelOp, [x, dy], { ...attrs, kernel }) : null,
    ];
  },
};

export interface DepthwiseConv2dGradInputAttrs extends DepthwiseConv2dAttrs {
  /** Height and width of the forward input. */
  readonly size: readonly [number, number];
}

/** dx of depthwiseConv2d: dy [n,oh,ow,c·m], w [kh,kw,c,m] → dx [n,h,w,c]. */
export const depthwiseConv2dGradInputOp: Op<DepthwiseConv2dGradInputAttrs> = {
  name: "depthwiseConv2dGradInput",
  infer: ([dy, w], { size }) => [
    { shape: [dy!.shape[0]!, ...size, w!.shape[2]!], dtype: "float32", batched: dy!.batched },
  ],
  reference: ([dy, w], [dx], { attrs, inputs, outputs }) =>
    walkProducts([outputs[0]!, inputs[1]!, inputs[0]!], attrs, (i, j, k) => {
      dx![i]! += dy![k]! * w![j]!;
    }),
  flops: ({ inputs }) => flopsOf(inputs[0]!, inputs[1]!),
  /** ⟨g, dx(dy, w)⟩ = ⟨depthwiseConv2d(g, w), dy⟩, linear in dy and in w. */
  gradient: ({ inputs, attrs: { size: _, ...attrs }, gradients, wanted }) => {
    const [dy, w] = inputs as [Sym, Sym];
    const g = gradients[0]!;
    const kernel = w.spec.shape as [number, number, number, number];
    return [
      wanted(0) ? depthwiseConv2d(g, w, attrs) : null,
      wanted(1) ? emitOne(depthwiseConv2dGradKernelOp, [g, dy], { ...attrs, kernel }) : null,
    ];
  },
};

export interface DepthwiseConv2dGradKernelAttrs extends DepthwiseConv2dAttrs {
  /** Shape of the kernel. */
  readonly kernel: readonly [number, number, number, number];
}

/** dw of depthwiseConv2d: x [n,h,w,c], dy [n,oh,ow,c·m] → dw [kh,kw,c,m], summed over the rows. */
export const depthwiseConv2dGradKernelOp: Op<DepthwiseConv2dGradKernelAttrs> = {
  name: "depthwiseConv2dGradKernel",
  infer: (_inputs, { kernel }) => [{ shape: kernel, dtype: "float32", batched: false }],
  reference: ([x, dy], [dw], { attrs, inputs, outputs }) =>
    walkProducts([inputs[0]!, outputs[0]!, inputs[1]!], attrs, (i, j, k) => {
      dw![j]! += x![i]! * dy![k]!;
    }),
  absorb: absorbPad,
  flops: ({ inputs, outputs }) => flopsOf(inputs[1]!, outputs[0]!),
  /** ⟨g, dw(x, dy)⟩ = ⟨depthwiseConv2d(x, g), dy⟩, linear in x and in dy. */
  gradient: ({ inputs, attrs: { kernel: _, ...attrs }, gradients, wanted }) => {
    const [x, dy] = inputs as [Sym, Sym];
    const g = gradients[0]!;
    const size = x.spec.shape.slice(1, 3) as [number, number];
    return [
      wanted(0) ? emitOne(depthwiseConv2dGradInputOp, [dy, g], { ...attrs, size }) : null,
      wanted(1) ? depthwiseConv2d(x, g, attrs) : null,
    ];
  },
};

export function depthwiseConv2d(x: Sym, w: Sym, attrs: DepthwiseConv2dAttrs): Sym {
  return emitOne(depthwiseConv2dOp, [x, w], attrs);
}
