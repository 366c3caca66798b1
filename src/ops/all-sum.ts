/** Sums over all processes that share a batch: the one op by which they exchange numbers. */
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

/** The sums over all processes of values of one graph. */
export function allSum(values: readonly Sym[]): Sym[] {
  return values.length === 0 ? [] : values[0]!.builder.emit(allSumOp, values, {});
}
