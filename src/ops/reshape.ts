/** The same numbers in the same order under another shape; costs nothing on a device. */
import { InternalError, ShapeError } from "../base/errors.ts";
import { formatShape, type Shape, sameShape, sizeOf } from "../base/shape.ts";
import type { Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";

export interface ReshapeAttrs {
  /** The whole shape, batch axis included. */
  readonly shape: Shape;
}

/** A batched value stays batched: its batch axis must stay first and whole. */
export const reshapeOp: Op<ReshapeAttrs> = {
  name: "reshape",
  view: true,
  infer: ([input], { shape }) => {
    if (sizeOf(input!.shape) !== sizeOf(shape))
      throw new ShapeError(`Cannot reshape ${formatShape(input!.shape)} to ${formatShape(shape)}: sizes differ.`);
    if (input!.batched && input!.shape[0] !== shape[0]) throw new InternalError("A reshape moves the batch axis.");
    return [{ shape, dtype: input!.dtype, batched: input!.batched }];
  },
  reference: ([x], [y]) => y!.set(x!),
  gradient: ({ inputs, gradients }) => [reshape(gradients[0]!, inputs[0]!.spec.shape)],
};

/** Emits a reshape; x itself when it has that shape already. */
export function reshape(x: Sym, shape: Shape): Sym {
  return sameShape(x.spec.shape, shape) ? x : emitOne(reshapeOp, [x], { shape });
}
