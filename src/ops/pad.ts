/** Zeros around a value, parts of a value, and values side by side: each is (or undoes) a copy of a block. */
import { InternalError } from "../base/errors.ts";
import { type Pad, type Shape, sizeOf, stridesOf } from "../base/shape.ts";
import type { Spec, Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";

/** Where a block [..shape] lies inside a larger value, by axis. */
function blockWalk(outer: Shape, start: readonly number[], block: Shape, visit: (inside: number, at: number) => void) {
  const strides = stridesOf(outer);
  let inside = 0;
  const descend = (axis: number, base: number): void => {
    if (axis === block.length) visit(inside++, base);
    else for (let i = 0; i < block[axis]!; i++) descend(axis + 1, base + (start[axis]! + i) * strides[axis]!);
  };
  descend(0, 0);
}

/** The leading axis may be the batch, which devices cut: it stays whole. */
function requireWholeLeading(name: string, whole: boolean): void {
  if (!whole) throw new InternalError(`"${name}" cannot change the leading axis.`);
}

export interface PadAttrs {
  /** Zeros before and after, for each axis; none on the leading one. */
  readonly pads: readonly Pad[];
}

/** y = x with zeros around it. */
export const padOp: Op<PadAttrs> = {
  name: "pad",
  infer: ([x], { pads }) => {
    requireWholeLeading("pad", pads[0]![0] === 0 && pads[0]![1] === 0 && pads.length === x!.shape.length);
    return [{ ...x!, shape: x!.shape.map((size, axis) => size + pads[axis]![0] + pads[axis]![1]) }];
  },
  reference: ([x], [y], { attrs, inputs, outputs }) => {
    const start = attrs.pads.map(([before]) => before);
    blockWalk(outputs[0]!.shape, start, inputs[0]!.shape, (inside, at) => {
      y![at] = x![inside]!;
    });
  },
  gradient: ({ inputs, attrs, gradients }) => [
    crop(
      gradients[0]!,
      attrs.pads.map(([before]) => before),
      inputs[0]!.spec.shape,
    ),
  ],
};

export function pad(x: Sym, pads: readonly Pad[]): Sym {
  return emitOne(padOp, [x], { pads });
}

export interface CropAttrs {
  /** First entry of each axis; 0 on the leading one. */
  readonly start: readonly number[];
  /** Sizes of the part without the leading axis, which stays whole. */
  readonly size: Shape;
}

/** y = the part of x that begins at `start`. */
export const cropOp: Op<CropAttrs> = {
  name: "crop",
  infer: ([x], { start, size }) => {
    requireWholeLeading("crop", start[0] === 0 && size.length + 1 === x!.shape.length);
    return [{ ...x!, shape: [x!.shape[0]!, ...size] }];
  },
  reference: ([x], [y], { attrs, inputs, outputs }) => {
    blockWalk(inputs[0]!.shape, attrs.start, outputs[0]!.shape, (inside, at) => {
      y![inside] = x![at]!;
    });
  },
  gradient: ({ inputs, attrs, gradients }) => [
    pad(
      gradients[0]!,
      inputs[0]!.spec.shape.map((size, axis): Pad => {
        const before = attrs.start[axis]!;
        return [before, axis === 0 ? 0 : size - before - attrs.size[axis - 1]!];
      }),
    ),
  ],
};

/** The part of x that begins at `start`; `shape` with the leading axis, which must be x's own. */
export function crop(x: Sym, start: readonly number[], shape: Shape): Sym {
  return emitOne(cropOp, [x], { start, size: shape.slice(1) });
}

export interface ConcatenateAttrs {
  /** 1 … rank − 1. */
  readonly axis: number;
}

/** Where each input begins along the axis. */
export function offsetsAlong(inputs: readonly Spec[], axis: number): number[] {
  let at = 0;
  return inputs.map(({ shape }) => {
    at += shape[axis]!;
    return at - shape[axis]!;
  });
}

/** y = the inputs one after the other along an axis; their other axes are equal. */
export const concatenateOp: Op<ConcatenateAttrs> = {
  name: "concatenate",
  infer: (inputs, { axis }) => {
    requireWholeLeading("concatenate", axis > 0);
    const [first] = inputs;
    const length = inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    const size = sizeOf(first!.shape) / first!.shape[axis]!;
    for (const { shape, batched } of inputs)
      if (batched !== first!.batched || sizeOf(shape) / shape[axis]! !== size)
        throw new InternalError("concatenate needs inputs that differ along one axis only.");
    return [{ ...first!, shape: first!.shape.map((each, i) => (i === axis ? length : each)) }];
  },
  reference: (inputs, [y], { attrs: { axis }, inputs: specs, outputs }) => {
    const offsets = offsetsAlong(specs, axis);
    inputs.forEach((x, k) => {
      const start = specs[k]!.shape.map((_, i) => (i === axis ? offsets[k]! : 0));
      blockWalk(outputs[0]!.shape, start, specs[k]!.shape, (inside, at) => {
        y![at] = x[inside]!;
      });
    });
  },
  gradient: ({ inputs, attrs: { axis }, gradients, wanted }) => {
    const specs = inputs.map(({ spec }) => spec);
    const offsets = offsetsAlong(specs, axis);
    return specs.map(({ shape }, k) =>
      wanted(k)
        ? crop(
            gradients[0]!,
            shape.map((_, i) => (i === axis ? offsets[k]! : 0)),
            shape,
          )
        : null,
    );
  },
};

export function concatenate(inputs: readonly Sym[], axis: number): Sym {
  return emitOne(concatenateOp, inputs, { axis });
}
