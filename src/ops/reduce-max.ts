/** Largest value over axes, and its place along the last axis. */
import { InternalError } from "../base/errors.ts";
import { sizeOf } from "../base/shape.ts";
import type { Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";
import { div, equal, mul } from "./elementwise.ts";
import { inferReduce, normalizeAxes, type ReduceAttrs, reduceSum, walkReduction } from "./reduce.ts";
import { reshape } from "./reshape.ts";

/** y = max x over `axes`; NaN wins. Ties share the gradient evenly. */
export const reduceMaxOp: Op<ReduceAttrs> = {
  name: "reduceMax",
  infer: ([input], attrs) => {
    if (input!.batched && attrs.axes.includes(0))
      throw new InternalError("reduceMax over the batch axis is not a sum over rows.");
    return [inferReduce(input!, attrs)];
  },
  reference: ([x], [y], call) => {
    y!.fill(Number.NEGATIVE_INFINITY);
    walkReduction(call, (from, to) => {
      if (x![from]! > y![to]! || Number.isNaN(x![from]!)) y![to] = x![from]!;
    });
  },
  flops: ({ inputs }) => sizeOf(inputs[0]!.shape),
  gradient: ({ inputs, outputs, attrs, gradients }) => {
    const x = inputs[0]!;
    const kept = x.spec.shape.map((axis, i) => (attrs.axes.includes(i) ? 1 : axis));
    const hits = equal(x, reshape(outputs[0]!, kept));
    return [mul(hits, div(reshape(gradients[0]!, kept), reduceSum(hits, attrs.axes, true)))];
  },
};

export function reduceMax(x: Sym, axes: readonly number[], keepDims = false): Sym {
  return emitOne(reduceMaxOp, [x], { axes: normalizeAxes(x, axes), keepDims });
}

/** Index of the largest value along the last axis, as float32; the first one wins a tie. x [..., n] → [...]. */
export const argMaxOp: Op = {
  name: "argMax",
  infer: ([input]) => [{ shape: input!.shape.slice(0, -1), dtype: "float32", batched: input!.batched }],
  // float16 counts to 2048.
  precision: () => ["float32"],
  reference: ([x], [y], call) => {
    const length = call.inputs[0]!.shape.at(-1)!;
    for (let row = 0; row < y!.length; row++) {
      for (let i = 1; i < length; i++) if (x![row * length + i]! > x![row * length + y![row]!]!) y![row] = i;
    }
  },
  gradient: "zero",
};

export function argMax(x: Sym): Sym {
  return emitOne(argMaxOp, [x], {});
}
