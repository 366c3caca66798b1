/**
 * Transposed convolution: the gradient of a convolution by its input, taken as a layer. Sizes and padding are Keras's
 * (`backend/common/backend_utils.py`).
 */
import { dilatedExtent, type Pad, type Padding } from "../base/shape.ts";
import type { Sym } from "../ir/graph.ts";
import { emitOne } from "../ir/op.ts";
import { conv2dGradInputOp } from "./conv2d.ts";

export interface Conv2dTransposeOptions {
  readonly strides: readonly [number, number];
  readonly padding: Padding;
  /** Entries added at the end of each axis, less than its stride. Default: what makes the sizes of `transposedSize`. */
  readonly outputPadding?: readonly [number, number];
  readonly dilation: readonly [number, number];
}

/**
 * Output cells of a transposed convolution along one axis of n cells, with the window's extent k and stride s. Without output
 * padding o: same n·s, valid n·s + max(k − s, 0). With it: (n − 1)·s + k + o, for "same" less 2·⌊k/2⌋.
 */
export function transposedSize(
  size: number,
  extent: number,
  stride: number,
  padding: Padding,
  output?: number,
): number {
  if (output === undefined) return size * stride + (padding === "same" ? 0 : Math.max(extent - stride, 0));
  return (size - 1) * stride + extent + output - (padding === "same" ? 2 * Math.floor(extent / 2) : 0);
}

/** Cells that the convolution whose gradient this is has before its image: so many the result lacks at its start. */
export function padBefore(extent: number, stride: number, padding: Padding, output: number | undefined): number {
  if (padding === "valid") return 0;
  const total = output === undefined ? stride + extent - 2 : extent + (extent % 2) - 2 + output;
  return extent - 1 - Math.min(Math.ceil(total / 2), extent - 1);
}

/** An axis of a transposed convolution: its cells, and the padding of the convolution whose gradient it is. */
export function transposedAxis(
  cells: number,
  extent: number,
  stride: number,
  padding: Padding,
  output: number | undefined,
): { readonly size: number; readonly pad: Pad } {
  const size = transposedSize(cells, extent, stride, padding, output);
  const before = padBefore(extent, stride, padding, output);
  return { size, pad: [before, (cells - 1) * stride + extent - size - before] };
}

/** x [n, h, w, cin], w [kh, kw, cout, cin] → y [n, oh, ow, cout]. */
export function conv2dTranspose(x: Sym, w: Sym, options: Conv2dTransposeOptions): Sym {
  const { strides, padding, outputPadding, dilation } = options;
  const axes = ([0, 1] as const).map((axis) => {
    const extent = dilatedExtent(w.spec.shape[axis]!, dilation[axis]);
    return transposedAxis(x.spec.shape[1 + axis]!, extent, strides[axis], padding, outputPadding?.[axis]);
  });
  return emitOne(conv2dGradInputOp, [x, w], {
    strides,
    pad: axes.map(({ pad }) => pad) as [Pad, Pad],
    dilation,
    inputDilation: [1, 1],
    groups: 1,
    size: axes.map(({ size }) => size) as [number, number],
  });
}
