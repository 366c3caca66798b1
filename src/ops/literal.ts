/** Numbers that are part of the graph itself. */
import type { Shape } from "../base/shape.ts";
import type { GraphBuilder, Sym } from "../ir/graph.ts";
import type { Op } from "../ir/op.ts";

export interface LiteralAttrs {
  readonly values: readonly number[];
  readonly shape: Shape;
}

/** No input; the compiler turns it into a constant buffer. */
export const literalOp: Op<LiteralAttrs> = {
  name: "literal",
  infer: (_inputs, { shape }) => [{ shape, dtype: "float32", batched: false }],
  reference: (_inputs, [y], { attrs }) => y!.set(attrs.values),
  gradient: "zero",
};

export function literal(builder: GraphBuilder, values: readonly number[], shape: Shape): Sym {
  return builder.emit(literalOp, [], { values, shape })[0]!;
}
