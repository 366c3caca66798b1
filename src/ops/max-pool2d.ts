/** 2-D max pooling, NHWC. Padding counts as −∞; NaN wins; the first maximum in row-major order gets the gradient (as Keras on JAX). */
import type { Pad } from "../base/shape.ts";
import { sizeOf } from "../base/shape.ts";
import type { Spec, Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";

export interface Pool2dAttrs {
  readonly window: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly pad: readonly [Pad, Pad];
}

const pooled = (size: number, axis: 0 | 1, { window, strides, pad }: Pool2dAttrs) =>
  Math.floor((size + pad[axis][0] + pad[axis][1] - window[axis]) / strides[axis]) + 1;

/** Spec of the pooled images. */
export function inferPool2d({ shape, batched }: Spec, attrs: Pool2dAttrs): Spec {
  const [n, h, w, c] = shape as [number, number, number, number];
  return { shape: [n, pooled(h, 0, attrs), pooled(w, 1, attrs), c], dtype: "float32", batched };
}

/** Calls visit(output index, index of the window's first maximum in x). */
function walkMaxima(
  x: Float64Array,
  [input, output]: readonly [Spec, Spec],
  { window, strides, pad }: Pool2dAttrs,
  visit: (to: number, from: number) => void,
): void {
  const [n, h, w, channels] = input.shape as [number, number, number, number];
  const [, oh, ow] = output.shape as [number, number, number, number];
  for (let image = 0; image < n; image++)
    for (let i = 0; i < oh; i++)
      for (let j = 0; j < ow; j++)
        for (let c = 0; c < channels; c++) {
          let best = -1;
          for (let a = 0; a < window[0]; a++)
            for (let b = 0; b < window[1]; b++) {
              const [row, column] = [i * strides[0] + a - pad[0][0], j * strides[1] + b - pad[1][0]];
              if (row < 0 || row >= h || column < 0 || column >= w) continue;
              const at = ((image * h + row) * w + column) * channels + c;
              if (best < 0 || x[at]! > x[best]! || (Number.isNaN(x[at]!) && !Number.isNaN(x[best]!))) best = at;
            }
          visit(((image * oh + i) * ow + j) * channels + c, best);
        }
}

/** x [n,h,w,c] → y [n,oh,ow,c], the largest of each window. */
export const maxPool2dOp: Op<Pool2dAttrs> = {
  name: "maxPool2d",
  infer: ([x], attrs) => [inferPool2d(x!, attrs)],
  reference: ([x], [y], { attrs, inputs, outputs }) =>
    walkMaxima(x!, [inputs[0]!, outputs[0]!], attrs, (to, from) => {
      y![to] = x![from]!;
    }),
  flops: ({ outputs, attrs }) => sizeOf(outputs[0]!.shape) * attrs.window[0] * attrs.window[1],
  gradient: ({ inputs, attrs, gradients }) => [emitOne(maxPool2dGradOp, [inputs[0]!, gradients[0]!], attrs)],
};

/** x [n,h,w,c], dy [n,oh,ow,c] → dx [n,h,w,c]. */
export const maxPool2dGradOp: Op<Pool2dAttrs> = {
  name: "maxPool2dGrad",
  infer: ([x]) => [{ ...x!, dtype: "float32" }],
  reference: ([x, dy], [dx], { attrs, inputs }) =>
    walkMaxima(x!, [inputs[0]!, inputs[1]!], attrs, (to, from) => {
      dx![from]! += dy![to]!;
    }),
  flops: ({ inputs, attrs }) => sizeOf(inputs[1]!.shape) * attrs.window[0] * attrs.window[1],
  /** Linear in dy; which cells are the maxima does not change with x. */
  gradient: ({ inputs, attrs, gradients }) => [null, emitOne(maxPool2dPickOp, [inputs[0]!, gradients[0]!], attrs)],
};

/** x, g [n,h,w,c] → y [n,oh,ow,c]: g at the place of the first maximum of each window of x. */
export const maxPool2dPickOp: Op<Pool2dAttrs> = {
  name: "maxPool2dPick",
  infer: ([x], attrs) => [inferPool2d(x!, attrs)],
  reference: ([x, g], [y], { attrs, inputs, outputs }) =>
    walkMaxima(x!, [inputs[0]!, outputs[0]!], attrs, (to, from) => {
      y![to] = g![from]!;
    }),
  flops: ({ outputs, attrs }) => sizeOf(outputs[0]!.shape) * attrs.window[0] * attrs.window[1],
  gradient: ({ inputs, attrs, gradients }) => [null, emitOne(maxPool2dGradOp, [inputs[0]!, gradients[0]!], attrs)],
};

export function maxPool2d(x: Sym, attrs: Pool2dAttrs): Sym {
  return emitOne(maxPool2dOp, [x], attrs);
}
