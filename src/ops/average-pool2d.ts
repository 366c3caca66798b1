/**
 * 2-D average pooling, NHWC. Only cells inside the image count, in the sum and in what it is divided by (as Keras): padding
 * moves windows, and is no zero among the values.
 */
import { sizeOf } from "../base/shape.ts";
import type { Spec, Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";
import { inferPool2d, type Pool2dAttrs } from "./max-pool2d.ts";

/** Calls visit(index in the small image, index in the large one, 1 / cells of the window) for every cell of every window. */
function walkCells(
  [input, output]: readonly [Spec, Spec],
  { window, strides, pad }: Pool2dAttrs,
  visit: (small: number, large: number, share: number) => void,
): void {
  const [n, h, w, channels] = input.shape as [number, number, number, number];
  const [, oh, ow] = output.shape as [number, number, number, number];
  const inside = (start: number, size: number, end: number) =>
    [Math.max(0, start), Math.min(end, start + size)] as const;
  for (let image = 0; image < n; image++)
    for (let i = 0; i < oh; i++)
      for (let j = 0; j < ow; j++) {
        const [top, bottom] = inside(i * strides[0] - pad[0][0], window[0], h);
        const [left, right] = inside(j * strides[1] - pad[1][0], window[1], w);
        const share = 1 / ((bottom - top) * (right - left));
        for (let row = top; row < bottom; row++)
          for (let column = left; column < right; column++)
            for (let c = 0; c < channels; c++)
              visit(((image * oh + i) * ow + j) * channels + c, ((image * h + row) * w + column) * channels + c, share);
      }
}

/** x [n,h,w,c] → y [n,oh,ow,c], the mean of each window's cells inside the image. */
export const averagePool2dOp: Op<Pool2dAttrs> = {
  name: "averagePool2d",
  infer: ([x], attrs) => [inferPool2d(x!, attrs)],
  reference: ([x], [y], { attrs, inputs, outputs }) =>
    walkCells([inputs[0]!, outputs[0]!], attrs, (to, from, share) => {
      y![to]! += x![from]! * share;
    }),
  flops: ({ outputs, attrs }) => sizeOf(outputs[0]!.shape) * attrs.window[0] * attrs.window[1],
  gradient: ({ inputs, attrs, gradients }) => {
    const [, height, width] = inputs[0]!.spec.shape as [number, number, number, number];
    return [emitOne(averagePool2dGradOp, [gradients[0]!], { ...attrs, size: [height, width] })];
  },
};

export interface AveragePool2dGradAttrs extends Pool2dAttrs {
  /** Height and width of the forward input. */
  readonly size: readonly [number, number];
}

/** dy [n,oh,ow,c] → dx [n,h,w,c]: each window shares its gradient out evenly among its cells. */
export const averagePool2dGradOp: Op<AveragePool2dGradAttrs> = {
  name: "averagePool2dGrad",
  infer: ([dy], { size }) => [
    { shape: [dy!.shape[0]!, ...size, dy!.shape[3]!], dtype: "float32", batched: dy!.batched },
  ],
  reference: ([dy], [dx], { attrs, inputs, outputs }) =>
    walkCells([outputs[0]!, inputs[0]!], attrs, (from, to, share) => {
      dx![to]! += dy![from]! * share;
    }),
  flops: ({ inputs, attrs }) => sizeOf(inputs[0]!.shape) * attrs.window[0] * attrs.window[1],
  gradient: ({ attrs: { size: _, ...attrs }, gradients }) => [averagePool2d(gradients[0]!, attrs)],
};

export function averagePool2d(x: Sym, attrs: Pool2dAttrs): Sym {
  return emitOne(averagePool2dOp, [x], attrs);
}
