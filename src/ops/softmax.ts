/** Softmax and its logarithm over the last axis, both shifted by the maximum so that no exponential overflows. */
import { sizeOf } from "../base/shape.ts";
import type { Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";
import { div, exp, log, mul, sub, where } from "./elementwise.ts";
import { transpose } from "./mat-mul.ts";
import { reduceSum } from "./reduce.ts";
import { reduceMax } from "./reduce-max.ts";

/** Visits each row of the last axis with its maximum and the sum of exp(x - maximum). */
function walkRows(x: Float64Array, length: number, visit: (start: number, max: number, sum: number) => void): void {
  for (let start = 0; start < x.length; start += length) {
    let max = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < length; i++) max = Math.max(max, x[start + i]!);
    let sum = 0;
    for (let i = 0; i < length; i++) sum += Math.exp(x[start + i]! - max);
    visit(start, max, sum);
  }
}

/** y = exp(x - max) / Σ exp(x - max). x [..., n] → y [..., n]. */
export const softmaxOp: Op = {
  name: "softmax",
  infer: ([x]) => [{ ...x!, dtype: "float32" }],
  reference: ([x], [y], { inputs }) => {
    const length = inputs[0]!.shape.at(-1)!;
    walkRows(x!, length, (start, max, sum) => {
      for (let i = start; i < start + length; i++) y![i] = Math.exp(x![i]! - max) / sum;
    });
  },
  decompose: ([x]) => {
    const powers = exp(sub(x!, reduceMax(x!, [-1], true)));
    return [div(powers, reduceSum(powers, [-1], true))];
  },
  flops: ({ inputs }) => 5 * sizeOf(inputs[0]!.shape),
  /** dx = y · (dy − Σ dy·y) */
  gradient: ({ outputs, gradients }) => {
    const [y, dy] = [outputs[0]!, gradients[0]!];
    return [mul(y, sub(dy, reduceSum(mul(dy, y), [-1], true)))];
  },
};

/**
 * ln of the smallest probability with a gradient of its own, 2⁻¹⁰⁰. Smaller ones, whose gradients vanish beside any other number,
 * would become subnormal on their way back through a few layers, and an x64 core is slow with those (docs/numerics.md): a row that
 * a network is sure of would take twenty times as long as others.
 */
export const NEGLIGIBLE_LOG = -100 * Math.LN2;

/** Softmax over one axis (negative ones count from the end). */
export function softmax(x: Sym, axis = -1): Sym {
  return alongAxis(x, axis, (last) => emitOne(softmaxOp, [last], {}));
}

/** Applies what works on the last axis to another one. */
function alongAxis(x: Sym, axis: number, apply: (x: Sym) => Sym): Sym {
  const last = x.spec.shape.length - 1;
  const own = axis < 0 ? axis + last + 1 : axis;
  if (own === last) return apply(x);
  const swapped = x.spec.shape.map((_, i) => (i === own ? last : i === last ? own : i));
  return transpose(apply(transpose(x, swapped)), swapped);
}

/** y = x - max - ln Σ exp(x - max). x [..., n] → y [..., n]. */
export const logSoftmaxOp: Op = {
  name: "logSoftmax",
  infer: ([x]) => [{ ...x!, dtype: "float32" }],
  reference: ([x], [y], { inputs }) => {
    const length = inputs[0]!.shape.at(-1)!;
    walkRows(x!, length, (start, max, sum) => {
      for (let i = start; i < start + length; i++) y![i] = x![i]! - max - Math.log(sum);
    });
  },
  decompose: ([x]) => {
    const shifted = sub(x!, reduceMax(x!, [-1], true));
    return [sub(shifted, log(reduceSum(exp(shifted), [-1], true)))];
  },
  flops: ({ inputs }) => 5 * sizeOf(inputs[0]!.shape),
  /** dx = dy − softmax(x) · Σ dy */
  gradient: ({ outputs, gradients }) => {
    const [y, dy] = [outputs[0]!, gradients[0]!];
    const powers = where(y, NEGLIGIBLE_LOG, 0, exp(y));
    return [sub(dy, mul(powers, reduceSum(dy, [-1], true)))];
  },
};

/** Logarithm of the softmax over one axis (negative ones count from the end). */
export function logSoftmax(x: Sym, axis = -1): Sym {
  return alongAxis(x, axis, (last) => emitOne(logSoftmaxOp, [last], {}));
}
