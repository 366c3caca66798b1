/** Sums over axes, their gradient (repeating), and `sumTo`, which every broadcasting gradient ends with. */
import { InternalError } from "../base/errors.ts";
import { type Shape, sameShape, sizeOf } from "../base/shape.ts";
import { e } from "../ir/expr.ts";
import { type Spec, type Sym, sameSpec } from "../ir/graph.ts";
import { emitOne, type Op, type OpCall } from "../ir/op.ts";
import { indexWalk } from "./broadcast.ts";
import { reshape } from "./reshape.ts";

export interface ReduceAttrs {
  /** Axes that vanish, each in 0 … rank-1. */
  readonly axes: readonly number[];
  /** Keep the reduced axes with size 1. */
  readonly keepDims: boolean;
}

/** The reduced spec; summing over the batch axis leaves an unbatched value. */
export function inferReduce(input: Spec, { axes, keepDims }: ReduceAttrs): Spec {
  const shape = input.shape.flatMap((axis, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [axis]));
  return { shape, dtype: "float32", batched: input.batched && !axes.includes(0) };
}

/** Visits every element of the input with the flat index of the output cell that it falls into. */
export function walkReduction(call: OpCall<ReduceAttrs>, visit: (from: number, to: number) => void): void {
  const shape = call.inputs[0]!.shape;
  const kept = shape.map((axis, i) => (call.attrs.axes.includes(i) ? 1 : axis));
  const target = indexWalk(kept, shape);
  for (let i = 0, size = sizeOf(shape); i < size; i++) visit(i, target(i));
}

/** y = Σ x over `axes`. x any shape → y without those axes. */
export const reduceSumOp: Op<ReduceAttrs> = {
  name: "reduceSum",
  infer: ([input], attrs) => [inferReduce(input!, attrs)],
  // A sum of numbers that fit float16 need not fit; Keras's means are taken in float32, too.
  precision: ([x]) => [x && "float32"],
  reference: ([x], [y], call) =>
    walkReduction(call, (from, to) => {
      y![to]! += x![from]!;
    }),
  flops: ({ inputs }) => sizeOf(inputs[0]!.shape),
  gradient: ({ inputs, attrs, gradients }) => {
    const spec = inputs[0]!.spec;
    const kept = spec.shape.map((axis, i) => (attrs.axes.includes(i) ? 1 : axis));
    return [broadcastTo(reshape(gradients[0]!, kept), spec)];
  },
};

export interface BroadcastAttrs {
  readonly shape: Shape;
  readonly batched: boolean;
}

/** Repeats x along axes of size 1 (and along the batch, when `batched`) to `shape`. */
export const broadcastToOp: Op<BroadcastAttrs> = {
  name: "broadcastTo",
  infer: (_inputs, { shape, batched }) => [{ shape, batched, dtype: "float32" }],
  elementwise: ([x]) => [x ?? e.lift(0)],
  reference: ([x], [y], call) => {
    const from = indexWalk(call.inputs[0]!.shape, call.outputs[0]!.shape);
    for (let i = 0; i < y!.length; i++) y![i] = x![from(i)]!;
  },
  gradient: ({ inputs, gradients }) => [sumTo(gradients[0]!, inputs[0]!.spec)],
};

/** Emits the sum over `axes` (negative axes count from the end). */
export function reduceSum(x: Sym, axes: readonly number[], keepDims = false): Sym {
  return emitOne(reduceSumOp, [x], { axes: normalizeAxes(x, axes), keepDims });
}

export function normalizeAxes(x: Sym, axes: readonly number[]): number[] {
  return axes.map((axis) => (axis < 0 ? axis + x.spec.shape.length : axis)).sort((a, b) => a - b);
}

/** Repeats x to the shape of `spec`; x itself when it has it already. */
export function broadcastTo(x: Sym, spec: Spec): Sym {
  if (sameSpec(x.spec, spec)) return x;
  return emitOne(broadcastToOp, [x], { shape: spec.shape, batched: spec.batched });
}

/** Sums x over whatever axes `spec` repeats along, so that the result has the shape of `spec`. */
export function sumTo(x: Sym, spec: Spec): Sym {
  if (sameShape(x.spec.shape, spec.shape) && x.spec.batched === spec.batched) return x;
  const extra = x.spec.shape.length - spec.shape.length;
  if (extra < 0) throw new InternalError("A gradient has fewer axes than its input.");
  const axes = x.spec.shape.flatMap((axis, i) => {
    const own = i < extra ? 1 : spec.shape[i - extra]!;
    const leavesBatch = i === 0 && x.spec.batched && !(spec.batched && extra === 0);
    return leavesBatch || i < extra || (own === 1 && axis !== 1) ? [i] : [];
  });
  const summed = axes.length === 0 ? x : reduceSum(x, axes, true);
  return sameShape(summed.spec.shape, spec.shape) ? summed : reshape(summed, spec.shape);
}
