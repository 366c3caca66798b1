/** The sum over the rows that one process holds, which no exchange makes a sum over the rows of all processes. */
import { InternalError } from "../base/errors.ts";
import { sizeOf } from "../base/shape.ts";
import type { Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";
import { broadcastTo, reduceSum } from "./reduce.ts";

/**
 * x [n, …], batched → y like x, y[i] = Σⱼ x[j]: each row has the sum of all rows of its process.
 *
 * The result follows the batch, because it differs between processes, and an unbatched value is the same in all of them. What is
 * summed over the rows of y (gradients of weights, moving statistics) is therefore exchanged as any other sum over rows. The
 * decomposition comes after `distribute`, which so never sees the sum inside.
 */
export const shareSumOp: Op = {
  name: "shareSum",
  infer: ([x]) => {
    if (!x!.batched) throw new InternalError("shareSum adds rows, so its input follows the batch.");
    return [{ ...x!, dtype: "float32" }];
  },
  reference: ([x], [y], { outputs }) => {
    const perRow = sizeOf(outputs[0]!.shape.slice(1));
    for (let place = 0; place < perRow; place++) {
      let sum = 0;
      for (let i = place; i < x!.length; i += perRow) sum += x![i]!;
      for (let i = place; i < y!.length; i += perRow) y![i] = sum;
    }
  },
  decompose: ([x]) => [broadcastTo(reduceSum(x!, [0], true), x!.spec)],
  flops: ({ inputs }) => sizeOf(inputs[0]!.shape),
  /** Each row of x counts once in each row of y. */
  gradient: ({ gradients }) => [shareSum(gradients[0]!)],
};

/** The sum over the rows of this process, for each of them. */
export function shareSum(x: Sym): Sym {
  return emitOne(shareSumOp, [x], {});
}
