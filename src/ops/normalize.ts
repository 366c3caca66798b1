/** What batch normalisation is made of beside sums over rows: shift and scale by statistics of the batch. */
import { InternalError } from "../base/errors.ts";
import { sameShape, sizeOf } from "../base/shape.ts";
import { type Expr, e } from "../ir/expr.ts";
import type { Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";
import { evaluateElementwise, inferElementwise } from "./broadcast.ts";
import { mul, neg } from "./elementwise.ts";
import { map } from "./map.ts";
import { sumTo } from "./reduce.ts";

const formula = ([x, mean, scale]: readonly Expr[]): readonly Expr[] => [e.mul(e.sub(x!, mean!), scale!)];

/**
 * x [n, …], mean and scale [1, …] (sizes of x, or 1) → y = (x − mean) · scale. The difference comes first: x · scale − mean · scale
 * would lose the digits that a mean far from 0 has in common with x.
 *
 * An op of its own for its gradient: it reads x and not the difference, which therefore need not be kept for the whole batch, and
 * it sums dy once, for the mean and for whatever is added to y.
 */
export const normalizeOp: Op = {
  name: "normalize",
  infer: (inputs) => {
    if (!sameShape(inputs[1]!.shape, inputs[2]!.shape))
      throw new InternalError("normalize takes a mean and a scale of one shape.");
    return [inferElementwise(inputs)];
  },
  elementwise: formula,
  reference: (inputs, outputs, call) =>
    evaluateElementwise(formula([e.input(0), e.input(1), e.input(2)]), inputs, outputs, call),
  flops: ({ outputs }) => 2 * sizeOf(outputs[0]!.shape),
  /** dx = dy · scale, dmean = −scale · Σ dy, dscale = Σ dy · (x − mean) */
  gradient: ({ inputs, gradients, wanted }) => {
    const [x, mean, scale] = inputs as readonly [Sym, Sym, Sym];
    const dy = gradients[0]!;
    const weighted = e.mul(e.input(0), e.sub(e.input(1), e.input(2)));
    return [
      wanted(0) ? sumTo(mul(dy, scale), x.spec) : null,
      wanted(1) ? neg(mul(scale, sumTo(dy, mean.spec))) : null,
      wanted(2) ? sumTo(map([dy, x, mean], weighted), scale.spec) : null,
    ];
  },
};

export function normalize(x: Sym, mean: Sym, scale: Sym): Sym {
  return emitOne(normalizeOp, [x, mean, scale], {});
}
