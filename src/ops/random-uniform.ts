/** Uniform random numbers that depend on (key, step, place in the batch) alone, so every device and thread count draws the same. */
import { type Key, threefry, unitInterval } from "../base/random.ts";
import { type Shape, sizeOf } from "../base/shape.ts";
import type { Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";

export interface RandomUniformAttrs {
  readonly key: Key;
  /** Shape of one row. */
  readonly rowShape: Shape;
  /** Whether a third input [] says which number the first row has. Default: 0, and no such input. */
  readonly fromFirstRow?: true;
}

/**
 * step [] (a float32 counter), like [n, …] → y [n, …rowShape], y[i] = first word of Threefry(key, i, step) on [0, 1). With
 * `fromFirstRow` and firstRow [], i counts from that row.
 */
export const randomUniformOp: Op<RandomUniformAttrs> = {
  name: "randomUniform",
  infer: ([, like], { rowShape }) => [
    { shape: [like!.shape[0]!, ...rowShape], dtype: "float32", batched: like!.batched },
  ],
  // Numbers of the graph itself: a mask of them follows what it masks.
  precision: () => [undefined],
  reference: ([step, , offset], [y], { attrs, firstRow }) => {
    const start = (firstRow + (offset?.[0] ?? 0)) * sizeOf(attrs.rowShape);
    for (let i = 0; i < y!.length; i++) y![i] = unitInterval(threefry(attrs.key, start + i, step![0]!)[0]);
  },
  flops: ({ outputs }) => sizeOf(outputs[0]!.shape),
  gradient: "zero",
};

/** Emits numbers in [0, 1) for each row of `like`. */
export function randomUniform(step: Sym, like: Sym, key: Key, rowShape: Shape): Sym {
  return emitOne(randomUniformOp, [step, like], { key, rowShape });
}
