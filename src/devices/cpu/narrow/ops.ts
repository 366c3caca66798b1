/** Products with few columns, as ops of the CPU device; `lower.ts` writes them in place of `matMul`. */
import { InternalError } from "../../../base/errors.ts";
import { sizeOf } from "../../../base/shape.ts";
import type { Op } from "../../../ir/op.ts";

/**
 * a [..., k] · bᵀ → [..., n] with b [n, k]: each value is the dot product of two rows, whose values are contiguous for vector
 * loads.
 */
export const narrowProductOp: Op = {
  name: "narrowProduct",
  infer: ([a, b]) => {
    if (b!.batched || b!.shape.length !== 2 || b!.shape[1] !== a!.shape.at(-1))
      throw new InternalError(`narrowProduct cannot multiply [${a!.shape}] by rows of [${b!.shape}].`);
    return [{ shape: [...a!.shape.slice(0, -1), b!.shape[0]!], dtype: "float32", batched: a!.batched }];
  },
  reference: ([a, b], [y], { inputs }) => {
    const [n, k] = inputs[1]!.shape as [number, number];
    for (let row = 0; row < a!.length / k; row++)
      for (let column = 0; column < n; column++) {
        let sum = 0;
        for (let i = 0; i < k; i++) sum += a![row * k + i]! * b![column * k + i]!;
        y![row * n + column] = sum;
      }
  },
  flops: ({ inputs }) => 2 * sizeOf(inputs[0]!.shape) * inputs[1]!.shape[0]!,
};

export const narrowOps = { narrowProduct: narrowProductOp } as const;

export type NarrowOpName = keyof typeof narrowOps;
