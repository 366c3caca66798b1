/** The number that each row has in the batch. */
import type { Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";

/** like [n, …] → y [n] = 0, 1, …, the places in the whole batch, in whatever parts it is computed. */
export const rowNumberOp: Op = {
  name: "rowNumber",
  infer: ([like]) => [{ shape: [like!.shape[0]!], dtype: "float32", batched: like!.batched }],
  reference: (_inputs, [y], { firstRow }) => {
    for (let i = 0; i < y!.length; i++) y![i] = firstRow + i;
  },
  gradient: "zero",
};

/** Emits the numbers of the rows of `like`: [n]. */
export function rowNumber(like: Sym): Sym {
  return emitOne(rowNumberOp, [like], {});
}
