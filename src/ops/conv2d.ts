/**
 * 2-D convolution, NHWC: x [n,h,w,cin], w [kh,kw,cin/groups,cout] → y [n,oh,ow,cout],
 *   y[n,i,j,f] = Σ x[n, i·sh + a·dh − top, j·sw + b·dw − left, c] · w[a,b,c,f]
 * (cross-correlation, as Keras). Output channel f reads the input channels of its own group. With `inputDilation` d, d−1 zeros
 * stand between the cells of x: what the gradient of a strided convolution needs. Gradients: dx = conv2dGradInput(dy, w),
 * dw = conv2dGradKernel(x, dy).
 */
import { type Pad, sizeOf } from "../base/shape.ts";
import type { Spec, Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";
import { absorbPad } from "./pad.ts";
import { addMatrixVector, addOuterProduct, addVectorMatrix, type Rows } from "./rows.ts";

export interface Conv2dAttrs {
  readonly strides: readonly [number, number];
  readonly pad: readonly [Pad, Pad];
  readonly dilation: readonly [number, number];
  readonly inputDilation: readonly [number, number];
  readonly groups: number;
}

function outputSize(size: number, kernel: number, axis: 0 | 1, attrs: Conv2dAttrs): number {
  const stretched = (size - 1) * attrs.inputDilation[axis] + 1 + attrs.pad[axis][0] + attrs.pad[axis][1];
  return Math.floor((stretched - ((kernel - 1) * attrs.dilation[axis] + 1)) / attrs.strides[axis]) + 1;
}

/** Where one window cell of one group meets one output pixel: the inputs from x on, the outputs from y on, the weights from w on. */
type Visit = (x: number, w: number, y: number) => void;

/** Calls visit for every output pixel, window cell inside the image and group. */
function walkWindows([x, w, y]: readonly [Spec, Spec, Spec], attrs: Conv2dAttrs, visit: Visit): void {
  const [n, h, width, cin] = x.shape as [number, number, number, number];
  const [kh, kw, depth, cout] = w.shape as [number, number, number, number];
  const [, oh, ow] = y.shape as [number, number, number, number];
  const [[top], [left]] = attrs.pad;
  const filters = cout / attrs.groups;
  for (let image = 0; image < n; image++)
    for (let i = 0; i < oh; i++)
      for (let a = 0; a < kh; a++) {
        const row = (i * attrs.strides[0] + a * attrs.dilation[0] - top) / attrs.inputDilation[0];
        if (row < 0 || row >= h || !Number.isInteger(row)) continue;
        for (let j = 0; j < ow; j++)
          for (let b = 0; b < kw; b++) {
            const column = (j * attrs.strides[1] + b * attrs.dilation[1] - left) / attrs.inputDilation[1];
            if (column < 0 || column >= width || !Number.isInteger(column)) continue;
            const pixel = ((image * h + row) * width + column) * cin;
            const tap = (a * kw + b) * depth * cout;
            const target = ((image * oh + i) * ow + j) * cout;
            for (let group = 0; group < attrs.groups; group++)
              visit(pixel + group * depth, tap + group * filters, target + group * filters);
          }
      }
}

/** The weights of one window cell and group. */
function tapRows(values: Float64Array, { shape }: Spec, groups: number): Rows {
  const [, , depth, cout] = shape as [number, number, number, number];
  return { values, stride: cout, depth, count: cout / groups };
}

const flopsOf = (y: Spec, w: Spec) => 2 * sizeOf(y.shape) * sizeOf(w.shape.slice(0, 3));

/** Zeros around the image become padding, unless zeros stand between its cells: those would come between the zeros, too. */
const absorbStill = <A extends Conv2dAttrs>(attrs: A, before: Parameters<typeof absorbPad>[1]): A | undefined =>
  attrs.inputDilation.every((step) => step === 1) ? absorbPad(attrs, before) : undefined;

export const conv2dOp: Op<Conv2dAttrs> = {
  name: "conv2d",
  infer: ([x, w], attrs) => {
    const [n, height, width] = x!.shape as [number, number, number, number];
    const [kh, kw, , cout] = w!.shape as [number, number, number, number];
    const shape = [n, outputSize(height, kh, 0, attrs), outputSize(width, kw, 1, attrs), cout];
    return [{ shape, dtype: "float32", batched: x!.batched }];
  },
  reference: ([x, w], [y], { attrs, inputs, outputs }) => {
    const rows = tapRows(w!, inputs[1]!, attrs.groups);
    walkWindows([inputs[0]!, inputs[1]!, outputs[0]!], attrs, (i, j, k) => addVectorMatrix(y!, k, x!, i, rows, j));
  },
  absorb: absorbStill,
  columns: ([, w]) => ({ input: 1, shape: w!.shape.slice(-1) }),
  flops: ({ inputs, outputs }) => flopsOf(outputs[0]!, inputs[1]!),
  gradient: ({ inputs, attrs, gradients, wanted }) => {
    const [x, w] = inputs as [Sym, Sym];
    const dy = gradients[0]!;
    const size = x.spec.shape.slice(1, 3) as [number, number];
    const kernel = w.spec.shape.slice(0, 2) as [number, number];
    return [
      wanted(0) ? emitOne(conv2dGradInputOp, [dy, w], { ...attrs, size }) : null,
      wanted(1) ? emitOne(conv2dGradKernelOp, [x, dy], { ...attrs, kernel }) : null,
    ];
  },
};

export interface Conv2dGradInputAttrs extends Conv2dAttrs {
  /** Height and width of the forward input. */
  readonly size: readonly [number, number];
}

/** dx of conv2d: dy [n,oh,ow,cout], w [kh,kw,cin/groups,cout] → dx [n,h,w,cin]. */
export const conv2dGradInputOp: Op<Conv2dGradInputAttrs> = {
  name: "conv2dGradInput",
  infer: ([dy, w], { size, groups }) => {
    const shape = [dy!.shape[0]!, ...size, w!.shape[2]! * groups];
    return [{ shape, dtype: "float32", batched: dy!.batched }];
  },
  reference: ([dy, w], [dx], { attrs, inputs, outputs }) => {
    const rows = tapRows(w!, inputs[1]!, attrs.groups);
    walkWindows([outputs[0]!, inputs[1]!, inputs[0]!], attrs, (i, j, k) => addMatrixVector(dx!, i, rows, j, dy!, k));
  },
  columns: ([, w], { groups }) => (groups === 1 ? { input: 1, shape: [w!.shape[2]!, 1] } : undefined),
  /** A convolution of dy, stretched by the strides, with the kernel turned by 180° and its channels swapped. */
  decompose: ([dy, w], attrs) => {
    const pad = ([0, 1] as const).map((axis): Pad => {
      const extent = (w!.spec.shape[axis]! - 1) * attrs.dilation[axis];
      const before = extent - attrs.pad[axis][0];
      const stretched = (dy!.spec.shape[1 + axis]! - 1) * attrs.strides[axis] + 1;
      const wanted = (attrs.size[axis] - 1) * attrs.inputDilation[axis] + 1;
      return [before, wanted + extent - stretched - before];
    });
    const rotated = emitOne(rotateKernelOp, [w!], { groups: attrs.groups });
    const { dilation, groups, inputDilation } = attrs;
    const whole = { strides: inputDilation, pad: pad as [Pad, Pad], dilation, inputDilation: attrs.strides, groups };
    return [emitOne(conv2dOp, [dy!, rotated], whole)];
  },
  flops: ({ inputs }) => flopsOf(inputs[0]!, inputs[1]!),
  /** ⟨g, dx(dy, w)⟩ = ⟨conv2d(g, w), dy⟩, linear in dy and in w. */
  gradient: ({ inputs, attrs: { size: _, ...attrs }, gradients, wanted }) => {
    const [dy, w] = inputs as [Sym, Sym];
    const g = gradients[0]!;
    const kernel = w.spec.shape.slice(0, 2) as [number, number];
    return [
      wanted(0) ? emitOne(conv2dOp, [g, w], attrs) : null,
      wanted(1) ? emitOne(conv2dGradKernelOp, [g, dy], { ...attrs, kernel }) : null,
    ];
  },
};

export interface Conv2dGradKernelAttrs extends Conv2dAttrs {
  readonly kernel: readonly [number, number];
}

/** dw of conv2d: x [n,h,w,cin], dy [n,oh,ow,cout] → dw [kh,kw,cin/groups,cout], summed over the rows. */
export const conv2dGradKernelOp: Op<Conv2dGradKernelAttrs> = {
  name: "conv2dGradKernel",
  infer: ([x, dy], { kernel, groups }) => {
    const shape = [...kernel, x!.shape[3]! / groups, dy!.shape[3]!];
    return [{ shape, dtype: "float32", batched: false }];
  },
  reference: ([x, dy], [dw], { attrs, inputs, outputs }) => {
    const rows = tapRows(dw!, outputs[0]!, attrs.groups);
    walkWindows([inputs[0]!, outputs[0]!, inputs[1]!], attrs, (i, j, k) => addOuterProduct(rows, j, x!, i, dy!, k));
  },
  absorb: absorbStill,
  flops: ({ inputs, outputs }) => flopsOf(inputs[1]!, outputs[0]!),
  /** ⟨g, dw(x, dy)⟩ = ⟨conv2d(x, g), dy⟩, linear in x and in dy. */
  gradient: ({ inputs, attrs: { kernel: _, ...attrs }, gradients, wanted }) => {
    const [x, dy] = inputs as [Sym, Sym];
    const g = gradients[0]!;
    const size = x.spec.shape.slice(1, 3) as [number, number];
    return [
      wanted(0) ? emitOne(conv2dGradInputOp, [dy, g], { ...attrs, size }) : null,
      wanted(1) ? emitOne(conv2dOp, [x, g], attrs) : null,
    ];
  },
};

export interface RotateKernelAttrs {
  readonly groups: number;
}

/** w [kh,kw,cin/g,cout] → r [kh,kw,cout/g,cin] with r[y,x,j, g·ci+i] = w[kh−1−y, kw−1−x, i, g·co+j]. */
export const rotateKernelOp: Op<RotateKernelAttrs> = {
  name: "rotateKernel",
  infer: ([w], { groups }) => {
    const [kh, kw, depth, cout] = w!.shape as [number, number, number, number];
    return [{ shape: [kh, kw, cout / groups, depth * groups], dtype: "float32", batched: false }];
  },
  reference: ([w], [r], { attrs, inputs }) => {
    const [kh, kw, depth, cout] = inputs[0]!.shape as [number, number, number, number];
    const perGroup = cout / attrs.groups;
    const taps = kh * kw;
    for (let tap = 0; tap < taps; tap++)
      for (let i = 0; i < depth; i++)
        for (let f = 0; f < cout; f++) {
          const [group, j] = [Math.floor(f / perGroup), f % perGroup];
          const to = ((taps - 1 - tap) * perGroup + j) * depth * attrs.groups + group * depth + i;
          r![to] = w![(tap * depth + i) * cout + f]!;
        }
  },
  /** The rotation is its own inverse, and moves values only. */
  gradient: ({ attrs, gradients }) => [emitOne(rotateKernelOp, [gradients[0]!], attrs)],
};

/** Emits a convolution without input dilation. */
export function conv2d(x: Sym, w: Sym, attrs: Omit<Conv2dAttrs, "inputDilation">): Sym {
  return emitOne(conv2dOp, [x, w], { ...attrs, inputDilation: [1, 1] });
}
