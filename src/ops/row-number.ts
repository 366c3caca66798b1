/** The number of each row in its batch, for what compares rows with each other. */
import type { Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";
import { scatterAdd } from "./gather.ts";

/** like [n, …] → y [n], y[i] = i. */
export const rowNumberOp: Op = {
  name: "rowNumber",
  infer: ([like]) => [{ shape: [like!.shape[0]!], dtype: "float32", batched: like!.batched }],
  precision: () => ["float32"],
  reference: (_inputs, [y], { firstRow }) => {
    for (let i = 0; i < y!.length; i++) y![i] = firstRow + i;
  },
  gradient: "zero",
};

/** The number of each row of `like`, from 0. */
export function rowNumber(like: Sym): Sym {
  return emitOne(rowNumberOp, [like], {});
}

/** x [n, …] with as many rows as the batch can have, as a value that does not follow the batch: each row can read all others. */
export function wholeBatch(x: Sym, numbers: Sym): Sym {
  return scatterAdd(numbers, x, x.spec.shape[0]!);
}
