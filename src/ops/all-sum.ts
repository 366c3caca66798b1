/** Sums over all processes that share a batch: the ops by which they exchange numbers, at once or while others are computed. */
import { InternalError } from "../base/errors.ts";
import type { Sym } from "../ir/graph.ts";
import type { Op } from "../ir/op.ts";

/**
 * x₀ …, unbatched → the same shapes, each the sum over all processes. In one process its plain meaning is the identity. Devices
 * recognize it by the mode of its call, `exchange`, and need no kernel.
 */
export const allSumOp: Op = {
  name: "allSum",
  collective: true,
  infer: (inputs) =>
    inputs.map((spec) => {
      if (spec.batched || spec.dtype !== "float32")
        throw new InternalError("allSum adds float32 values that do not follow the batch.");
      return spec;
    }),
  reference: (inputs, outputs) => {
    outputs.forEach((output, i) => {
      output.set(inputs[i]!);
    });
  },
};

/**
 * The same, but the step goes on meanwhile: the outputs are sums only behind the `endSum` that reads them. In a plain evaluation
 * they are sums at once.
 */
export const beginSumOp: Op = { ...allSumOp, name: "beginSum" };

/** Values that were begun, then one that is known when it is time to wait for them → the values, as sums. */
export const endSumOp: Op = {
  ...allSumOp,
  name: "endSum",
  infer: (inputs) => inputs.slice(0, -1),
};

/** Begins to add up values of one graph. */
export function beginSum(values: readonly Sym[]): Sym[] {
  return values.length === 0 ? [] : values[0]!.builder.emit(beginSumOp, values, {});
}

/** Waits for values that were begun. @param after what is made first */
export function endSum(values: readonly Sym[], after: Sym): Sym[] {
  return values.length === 0 ? [] : after.builder.emit(endSumOp, [...values, after], {});
}

/** The sums over all processes of values of one graph. */
export function allSum(values: readonly Sym[]): Sym[] {
  return values.length === 0 ? [] : values[0]!.builder.emit(allSumOp, values, {});
}
