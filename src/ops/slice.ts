/** Parts of values, and values made of several or of repetitions of one: compositions of crop, pad, concatenate and broadcastTo. */
import { ArgumentError, InternalError } from "../base/errors.ts";
import { type Pad, type Shape, sameShape, sizeOf, stridesOf } from "../base/shape.ts";
import type { Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";
import { cast, where } from "./elementwise.ts";
import { literal } from "./literal.ts";
import { concatenate, crop, pad } from "./pad.ts";
import { broadcastTo, reduceSum } from "./reduce.ts";
import { reshape } from "./reshape.ts";

const atAxis = <T>(rank: number, axis: number, value: T, other: T): T[] =>
  Array.from({ length: rank }, (_, i) => (i === axis ? value : other));

/** Runs an op of blocks, which leaves the leading axis alone, on values that get a leading axis of 1 where theirs is to change. */
function withLeadingAxis(
  values: readonly Sym[],
  write: (values: readonly Sym[], lead: readonly [] | readonly [0]) => Sym,
): Sym {
  if (values.some(({ spec }) => spec.batched)) throw new InternalError("A block of the batch axis cannot be taken.");
  const made = write(
    values.map((x) => reshape(x, [1, ...x.spec.shape])),
    [0],
  );
  return reshape(made, made.spec.shape.slice(1));
}

/** The entries start, start + stride, … of each axis, `size` of them; a batched value keeps axis 0 whole. Negative strides go backwards. */
export function slice(x: Sym, start: readonly number[], size: Shape, strides: readonly number[] = start.map(() => 1)) {
  const { shape } = x.spec;
  if (start[0] === 0 && size[0] === shape[0] && strides[0] === 1) return crop(x, start, size, strides);
  return withLeadingAxis([x], ([lifted]) => crop(lifted!, [0, ...start], [1, ...size], [1, ...strides]));
}

/** The part [from, to) of one axis. */
export function sliceAxis(x: Sym, axis: number, from: number, to: number): Sym {
  const { shape } = x.spec;
  if (from === 0 && to === shape[axis]) return x;
  return slice(x, atAxis(shape.length, axis, from, 0), shape.with(axis, to - from));
}

/** x with the order of the entries of some axes turned round. */
export function reverse(x: Sym, axes: readonly number[]): Sym {
  const { shape } = x.spec;
  const start = shape.map((size, axis) => (axes.includes(axis) ? size - 1 : 0));
  return slice(
    x,
    start,
    shape,
    shape.map((_, axis) => (axes.includes(axis) ? -1 : 1)),
  );
}

/** The values one after the other along an axis; of values that do not follow the batch, axis 0 too. */
export function concatenateAxis(values: readonly Sym[], axis: number): Sym {
  if (values.length === 1) return values[0]!;
  if (axis > 0) return concatenate(values, axis);
  return withLeadingAxis(values, (lifted) => concatenate(lifted, 1));
}

/** The values side by side along a new axis. */
export function stack(values: readonly Sym[], axis: number): Sym {
  return concatenateAxis(
    values.map((x) => reshape(x, x.spec.shape.toSpliced(axis, 0, 1))),
    axis,
  );
}

export interface SplitAttrs {
  readonly axis: number;
  /** Sizes of the parts along the axis. */
  readonly sizes: readonly number[];
}

/**
 * y_i = part i of an axis. An op of its own for its gradient, one concatenation: of so many crops it would be as many padded values
 * and their sum, which for the time steps of a recurrent layer is quadratic work.
 */
export const splitOp: Op<SplitAttrs> = {
  name: "split",
  infer: ([x], { axis, sizes }) => {
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (total !== x!.shape[axis])
      throw new InternalError(`split of an axis of ${x!.shape[axis]} into parts of ${sizes.join(", ")}.`);
    if (x!.batched && axis === 0) throw new InternalError("A block of the batch axis cannot be taken.");
    return sizes.map((size) => ({ ...x!, shape: x!.shape.with(axis, size) }));
  },
  reference: ([x], outputs, { attrs: { axis, sizes }, inputs }) => {
    const { shape } = inputs[0]!;
    const inner = sizeOf(shape.slice(axis + 1));
    const runs = sizes.map((size) => size * inner);
    let at = 0;
    for (let outer = 0; outer < sizeOf(shape.slice(0, axis)); outer++)
      runs.forEach((run, i) => {
        outputs[i]!.set(x!.subarray(at, at + run), outer * run);
        at += run;
      });
  },
  decompose: ([x], { axis, sizes }) => {
    let at = 0;
    return sizes.map((size) => {
      at += size;
      return sliceAxis(x!, axis, at - size, at);
    });
  },
  gradient: ({ outputs, attrs, gradients }) => [
    concatenateAxis(
      gradients.map((gradient, i) => gradient ?? broadcastTo(literal(outputs[i]!.builder, [0], []), outputs[i]!.spec)),
      attrs.axis,
    ),
  ],
};

/** Parts of an axis, one after the other, of the given sizes. */
export function split(x: Sym, sizes: readonly number[], axis: number): Sym[] {
  const values = x.spec.dtype === "uint8" ? cast(x) : x;
  return sizes.length === 1 ? [x] : x.builder.emit(splitOp, [values], { axis, sizes });
}

/** The entries of an axis, without it. */
export function unstack(x: Sym, axis: number): Sym[] {
  const { shape } = x.spec;
  return split(x, new Array<number>(shape[axis]!).fill(1), axis).map((part) => reshape(part, shape.toSpliced(axis, 1)));
}

/** The shapes by which each axis is repeated, as a whole or entry by entry: with an axis of 1 beside it, and that one at its length. */
function spreadAxes(
  shape: Shape,
  times: readonly number[],
  whole: boolean,
): { readonly from: Shape; readonly to: Shape } {
  const pairs = shape.flatMap((size, axis) => {
    const own = [size, size] as const;
    const count = [1, times[axis]!] as const;
    if (times[axis] === 1) return [own];
    return whole ? [count, own] : [own, count];
  });
  return { from: pairs.map(([size]) => size), to: pairs.map(([, size]) => size) };
}

function repeatAxes(x: Sym, times: readonly number[], whole: boolean): Sym {
  const { from, to } = spreadAxes(x.spec.shape, times, whole);
  const apart = reshape(x, from);
  return reshape(broadcastTo(apart, { ...apart.spec, shape: to }), repeatedShape(x.spec.shape, times));
}

const repeatedShape = (shape: Shape, times: readonly number[]): Shape => shape.map((size, axis) => size * times[axis]!);

export interface RepeatAttrs {
  /** How often each entry of an axis stands, for each axis. */
  readonly times: readonly number[];
}

/** y = x with each entry of its axes several times, one after the other. An op of its own so that files can name it. */
export const repeatOp: Op<RepeatAttrs> = {
  name: "repeat",
  infer: ([x], { times }) => {
    if (x!.batched && times[0] !== 1) throw new InternalError("The batch axis cannot be repeated.");
    return [{ ...x!, shape: repeatedShape(x!.shape, times) }];
  },
  reference: ([x], [y], { attrs: { times }, inputs, outputs }) => {
    const steps = stridesOf(inputs[0]!.shape);
    const strides = stridesOf(outputs[0]!.shape);
    for (let at = 0; at < y!.length; at++) {
      let [rest, from] = [at, 0];
      strides.forEach((stride, axis) => {
        from += Math.floor(Math.floor(rest / stride) / times[axis]!) * steps[axis]!;
        rest %= stride;
      });
      y![at] = x![from]!;
    }
  },
  decompose: ([x], { times }) => [repeatAxes(x!, times, false)],
  gradient: ({ inputs: [x], attrs: { times }, gradients }) => {
    const { shape } = x!.spec;
    const { from, to } = spreadAxes(shape, times, false);
    const copies = to.flatMap((size, axis) => (size === from[axis] ? [] : [axis]));
    return [reshape(reduceSum(reshape(gradients[0]!, to), copies), shape)];
  },
};

const asFloats = (x: Sym): Sym => (x.spec.dtype === "float32" ? x : cast(x));
const repeatsNothing = (times: readonly number[]): boolean => times.every((count) => count === 1);

/** x repeated as a whole along each axis, so many times: [a, b] twice is [a, b, a, b]. */
export function tile(x: Sym, times: readonly number[]): Sym {
  if (x.spec.batched && times[0] !== 1) throw new InternalError("The batch axis cannot be repeated.");
  return repeatsNothing(times) ? x : repeatAxes(asFloats(x), times, true);
}

/** Each entry of each axis so many times: [a, b] twice is [a, a, b, b]. */
export function repeatEach(x: Sym, times: readonly number[]): Sym {
  return repeatsNothing(times) ? x : emitOne(repeatOp, [asFloats(x)], { times });
}

/** Each entry of an axis so many times. */
export function repeat(x: Sym, times: number, axis: number): Sym {
  return repeatEach(x, atAxis(x.spec.shape.length, axis, times, 1));
}

/**
 * What stands around x: `reflect` the entries beside the edge, without it; `symmetric` with it; a number: that number.
 */
export type PadMode = "reflect" | "symmetric" | number;

/** x with so many entries before and after, for each axis; a batched value keeps axis 0 as it is. */
export function padWith(x: Sym, pads: readonly Pad[], mode: PadMode): Sym {
  if (typeof mode === "number") return padConstant(x, pads, mode);
  return pads.reduce((padded, [before, after], axis) => {
    if (before === 0 && after === 0) return padded;
    const length = padded.spec.shape[axis]!;
    const skipped = mode === "reflect" ? 1 : 0;
    if (Math.max(before, after) > length - skipped)
      throw new ArgumentError(
        `Padding "${mode}" of ${before} and ${after} entries for an axis of ${length}; there are ${length - skipped} to reflect.`,
      );
    const part = (from: number, to: number) => reverse(sliceAxis(padded, axis, from, to), [axis]);
    const parts = [
      ...(before > 0 ? [part(skipped, skipped + before)] : []),
      padded,
      ...(after > 0 ? [part(length - skipped - after, length - skipped)] : []),
    ];
    return concatenateAxis(parts, axis);
  }, x);
}

function padConstant(x: Sym, pads: readonly Pad[], value: number): Sym {
  const [before, after] = pads[0]!;
  if (before !== 0 || after !== 0)
    return withLeadingAxis([x], ([lifted]) => padConstant(lifted!, [[0, 0], ...pads], value));
  const padded = pad(x, pads);
  if (value === 0 || sameShape(padded.spec.shape, x.spec.shape)) return padded;
  // A map of what lies inside, of one row: x itself may hold any number.
  const ones = broadcastTo(literal(x.builder, [1], []), {
    shape: [1, ...x.spec.shape.slice(1)],
    dtype: "float32",
    batched: false,
  });
  return where(pad(ones, pads), 0.5, value, padded);
}
