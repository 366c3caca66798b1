/** Convolution and pooling along one axis: those of images of height 1. Signals are [n, length, channels]. */
import type { Pad } from "../base/shape.ts";
import type { Sym } from "../ir/graph.ts";
import { averagePool2d } from "./average-pool2d.ts";
import { conv2d } from "./conv2d.ts";
import { type Conv2dTransposeOptions, conv2dTranspose } from "./conv2d-transpose.ts";
import { maxPool2d } from "./max-pool2d.ts";
import { reshape } from "./reshape.ts";

const none: Pad = [0, 0];

const asImage = (x: Sym): Sym => reshape(x, x.spec.shape.toSpliced(1, 0, 1));
const asSignal = (x: Sym): Sym => reshape(x, x.spec.shape.toSpliced(1, 1));
const asKernel = (w: Sym): Sym => reshape(w, [1, ...w.spec.shape]);

export interface Conv1dAttrs {
  readonly stride: number;
  readonly pad: Pad;
  readonly dilation: number;
  readonly groups: number;
}

/** x [n, l, cin], w [k, cin/groups, cout] → y [n, ol, cout]. A causal convolution has (k − 1) · dilation entries of padding before. */
export function conv1d(x: Sym, w: Sym, { stride, pad, dilation, groups }: Conv1dAttrs): Sym {
  const attrs = { strides: [1, stride], pad: [none, pad], dilation: [1, dilation], groups } as const;
  return asSignal(conv2d(asImage(x), asKernel(w), attrs));
}

export interface Conv1dTransposeOptions {
  readonly stride: number;
  readonly padding: Conv2dTransposeOptions["padding"];
  readonly outputPadding?: number;
  readonly dilation: number;
}

/** x [n, l, cin], w [k, cout, cin] → y [n, ol, cout]; see `conv2dTranspose`. */
export function conv1dTranspose(x: Sym, w: Sym, options: Conv1dTransposeOptions): Sym {
  const { stride, padding, outputPadding, dilation } = options;
  const wide = { strides: [1, stride], padding, dilation: [1, dilation] } as const;
  const padded = outputPadding === undefined ? wide : { ...wide, outputPadding: [0, outputPadding] as const };
  return asSignal(conv2dTranspose(asImage(x), asKernel(w), padded));
}

export interface Pool1dAttrs {
  readonly window: number;
  readonly stride: number;
  readonly pad: Pad;
}

const poolAttrs = ({ window, stride, pad }: Pool1dAttrs) =>
  ({ window: [1, window], strides: [1, stride], pad: [none, pad] }) as const;

/** x [n, l, c] → y [n, ol, c], the largest of each window. */
export function maxPool1d(x: Sym, attrs: Pool1dAttrs): Sym {
  return asSignal(maxPool2d(asImage(x), poolAttrs(attrs)));
}

/** x [n, l, c] → y [n, ol, c], the mean of what each window covers of x. */
export function averagePool1d(x: Sym, attrs: Pool1dAttrs): Sym {
  return asSignal(averagePool2d(asImage(x), poolAttrs(attrs)));
}
