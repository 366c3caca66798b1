/**
 * Zeros around (and between) the entries of a value, parts of a value, and values side by side: each is (or undoes) a copy of a
 * block. A block may be taken in steps, forwards or backwards.
 */
import { InternalError } from "../base/errors.ts";
import { type Pad, type Shape, sizeOf, stridesOf } from "../base/shape.ts";
import type { Spec, Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";
import { cast } from "./elementwise.ts";

/** Where the entries of a block lie in a larger value: by axis the place of the first one, and the steps between them. */
export interface BlockPlace {
  readonly start: readonly number[];
  readonly strides: readonly number[];
}

/** Calls visit(index in the block, index in the larger value) for every entry of a block. */
function blockWalk(
  outer: Shape,
  { start, strides: steps }: BlockPlace,
  block: Shape,
  visit: (inside: number, at: number) => void,
) {
  const strides = stridesOf(outer);
  let inside = 0;
  const descend = (axis: number, base: number): void => {
    if (axis === block.length) visit(inside++, base);
    else
      for (let i = 0; i < block[axis]!; i++)
        descend(axis + 1, base + (start[axis]! + i * steps[axis]!) * strides[axis]!);
  };
  descend(0, 0);
}

/** The leading axis may be the batch, which devices cut: it stays whole. */
function requireWholeLeading(name: string, whole: boolean): void {
  if (!whole) throw new InternalError(`"${name}" cannot change the leading axis.`);
}

/** Kernels that move values move words: bytes become numbers first. */
const words = (x: Sym): Sym => (x.spec.dtype === "uint8" ? cast(x) : x);

/** Steps that are all 1 are left out, so that nodes that say the same are the same. */
const withStrides = (strides: readonly number[] | undefined) =>
  strides === undefined || strides.every((stride) => stride === 1) ? {} : { strides };

export interface PadAttrs {
  /** Zeros before and after, for each axis; none on the leading one. */
  readonly pads: readonly Pad[];
  /** Steps from one entry to the next, by axis; negative ones turn the axis round. Default: 1, nothing between the entries. */
  readonly strides?: readonly number[];
}

/** Where in the padded value the entries of x lie. */
export function padPlace({ pads, strides }: PadAttrs, shape: Shape): BlockPlace {
  const steps = strides ?? shape.map(() => 1);
  const start = pads.map(([before], axis) => before + Math.max(0, -steps[axis]!) * (shape[axis]! - 1));
  return { start, strides: steps };
}

/** y = x with zeros around it, and |stride| − 1 zeros between its entries. */
export const padOp: Op<PadAttrs> = {
  name: "pad",
  infer: ([x], { pads, strides }) => {
    const { shape } = x!;
    requireWholeLeading("pad", pads[0]![0] === 0 && pads[0]![1] === 0 && (strides?.[0] ?? 1) === 1);
    if (pads.length !== shape.length) throw new InternalError(`pad of [${shape}] with zeros for ${pads.length} axes.`);
    const extent = (size: number, axis: number) => (size - 1) * Math.abs(strides?.[axis] ?? 1) + 1;
    return [{ ...x!, shape: shape.map((size, axis) => extent(size, axis) + pads[axis]![0] + pads[axis]![1]) }];
  },
  reference: ([x], [y], { attrs, inputs, outputs }) => {
    const { shape } = inputs[0]!;
    blockWalk(outputs[0]!.shape, padPlace(attrs, shape), shape, (inside, at) => {
      y![at] = x![inside]!;
    });
  },
  gradient: ({ inputs, attrs, gradients }) => {
    const { shape } = inputs[0]!.spec;
    const { start, strides } = padPlace(attrs, shape);
    return [crop(gradients[0]!, start, shape, strides)];
  },
};

export function pad(x: Sym, pads: readonly Pad[], strides?: readonly number[]): Sym {
  return emitOne(padOp, [words(x)], { pads, ...withStrides(strides) });
}

/** The attributes of windows over an image [n,h,w,c] that pad it by what `before` does, too; undefined where that is no padding of the image. */
export function absorbPad<A extends { readonly pad: readonly [Pad, Pad] }>(
  attrs: A,
  before: { readonly op: Op; readonly attrs: object },
): A | undefined {
  if (before.op !== padOp) return undefined;
  const { pads, strides } = before.attrs as PadAttrs;
  if (strides !== undefined || pads.length !== 4 || pads[3]!.some((cells) => cells !== 0)) return undefined;
  const sum = (axis: 0 | 1): Pad => {
    const [own, more] = [attrs.pad[axis], pads[axis + 1]!];
    return [own[0] + more[0], own[1] + more[1]];
  };
  return { ...attrs, pad: [sum(0), sum(1)] };
}

export interface CropAttrs {
  /** First entry of each axis; 0 on the leading one. */
  readonly start: readonly number[];
  /** Sizes of the part without the leading axis, which stays whole. */
  readonly size: Shape;
  /** Steps from one entry to the next, by axis; negative ones go backwards. Default: 1. */
  readonly strides?: readonly number[];
}

/** Where in x the entries of the part lie. */
export function cropPlace({ start, strides }: CropAttrs): BlockPlace {
  return { start, strides: strides ?? start.map(() => 1) };
}

/** y = the entries of x from `start` on, `strides` apart. */
export const cropOp: Op<CropAttrs> = {
  name: "crop",
  picks: true,
  infer: ([x], attrs) => {
    const { start, strides } = cropPlace(attrs);
    requireWholeLeading("crop", start[0] === 0 && strides[0] === 1 && attrs.size.length + 1 === x!.shape.length);
    attrs.size.forEach((size, i) => {
      const [from, to, whole] = [start[i + 1]!, start[i + 1]! + (size - 1) * strides[i + 1]!, x!.shape[i + 1]!];
      if (!(Math.min(from, to) >= 0 && Math.max(from, to) < whole))
        throw new InternalError(`crop of axis ${i + 1} takes entries ${from} … ${to} of ${whole}.`);
    });
    return [{ ...x!, shape: [x!.shape[0]!, ...attrs.size] }];
  },
  reference: ([x], [y], { attrs, inputs, outputs }) => {
    blockWalk(inputs[0]!.shape, cropPlace(attrs), outputs[0]!.shape, (inside, at) => {
      y![inside] = x![at]!;
    });
  },
  gradient: ({ inputs, attrs, gradients }) => {
    const { start, strides } = cropPlace(attrs);
    const pads = inputs[0]!.spec.shape.map((whole, axis): Pad => {
      if (axis === 0) return [0, 0];
      const [from, to] = [start[axis]!, start[axis]! + (attrs.size[axis - 1]! - 1) * strides[axis]!];
      return [Math.min(from, to), whole - 1 - Math.max(from, to)];
    });
    return [pad(gradients[0]!, pads, strides)];
  },
};

/** The part of x that begins at `start`, in steps of `strides`; `shape` with the leading axis, which must be x's own. */
export function crop(x: Sym, start: readonly number[], shape: Shape, strides?: readonly number[]): Sym {
  return emitOne(cropOp, [words(x)], { start, size: shape.slice(1), ...withStrides(strides) });
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
    if (inputs.some(({ batched }) => batched !== first!.batched))
      throw new InternalError(
        "concatenate got values of the batch beside values that do not follow it; broadcast the latter to the batch first.",
      );
    const length = inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    const size = sizeOf(first!.shape) / first!.shape[axis]!;
    for (const { shape } of inputs)
      if (sizeOf(shape) / shape[axis]! !== size)
        throw new InternalError("concatenate needs inputs that differ along one axis only.");
    return [{ ...first!, shape: first!.shape.map((each, i) => (i === axis ? length : each)) }];
  },
  reference: (inputs, [y], { attrs: { axis }, inputs: specs, outputs }) => {
    const offsets = offsetsAlong(specs, axis);
    inputs.forEach((x, k) => {
      const { shape } = specs[k]!;
      const start = shape.map((_, i) => (i === axis ? offsets[k]! : 0));
      blockWalk(outputs[0]!.shape, { start, strides: shape.map(() => 1) }, shape, (inside, at) => {
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
  return emitOne(concatenateOp, inputs.map(words), { axis });
}
