/** The general elementwise op: any expressions of its inputs. Gradient rules write with it, and fusion merges chains into it. */
import { sizeOf } from "../base/shape.ts";
import { derivative, weightedSum } from "../ir/derivative.ts";
import { type Expr, e, linearize, substitute } from "../ir/expr.ts";
import type { Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";
import { evaluateElementwise, inferElementwise } from "./broadcast.ts";
import { sumTo } from "./reduce.ts";

export interface MapAttrs {
  /** One expression per output; all outputs have the shape that the inputs broadcast to. */
  readonly exprs: readonly Expr[];
}

export const mapOp: Op<MapAttrs> = {
  name: "map",
  infer: (inputs, { exprs }) => exprs.map(() => inferElementwise(inputs)),
  elementwise: (inputs, { exprs }) => {
    const seen = new Map<Expr, Expr>();
    return exprs.map((expr) => substitute(expr, inputs, seen));
  },
  reference: (inputs, outputs, call) => evaluateElementwise(call.attrs.exprs, inputs, outputs, call),
  flops: ({ attrs, outputs }) => {
    const arithmetic = linearize(attrs.exprs).code.filter(({ kind }) => kind !== "input" && kind !== "constant");
    return sizeOf(outputs[0]!.shape) * arithmetic.length;
  },
  gradient: ({ inputs, attrs, gradients, wanted }) => {
    const known = gradients.flatMap((gradient, k) => (gradient === null ? [] : [{ gradient, expr: attrs.exprs[k]! }]));
    const values = [...inputs, ...known.map(({ gradient }) => gradient)];
    return inputs.map((input, i) => {
      if (!wanted(i)) return null;
      const slope = weightedSum(known.map(({ expr }, k) => [e.input(inputs.length + k), derivative(expr, i)]));
      return slope === null ? null : sumTo(map(values, slope), input.spec);
    });
  },
};

/** Emits one expression of several values; values that the expression does not read are left out. */
export function map(values: readonly Sym[], expr: Expr): Sym {
  const used = new Set(linearize([expr]).code.flatMap((step) => (step.kind === "input" ? [step.index] : [])));
  const kept = values.flatMap((value, i) => (used.has(i) ? [{ value, i }] : []));
  const renamed: Expr[] = [];
  kept.forEach(({ i }, at) => {
    renamed[i] = e.input(at);
  });
  return emitOne(
    mapOp,
    kept.map(({ value }) => value),
    { exprs: [substitute(expr, renamed)] },
  );
}
