/** Random inputs from the seed of the run. */

import { sizeOf } from "../../../src/base/shape.ts";
import type { Spec } from "../../../src/ir/graph.ts";
import type { Op } from "../../../src/ir/op.ts";
import type { KernelInput } from "./run-kernel.ts";

export const nan = Number.NaN;
export const infinity = Number.POSITIVE_INFINITY;

export const randomFloats = (length: number, low = -2, high = 2): Float32Array =>
  Float32Array.from({ length }, () => low + (high - low) * Math.random());

export const randomInput = (shape: readonly number[], batched = false): KernelInput => ({
  shape,
  batched,
  data: randomFloats(sizeOf(shape)),
});

/** The op's plain meaning in float64, with all rows live. */
export function referenceOf<A extends object>(op: Op<A>, attrs: A, inputs: readonly KernelInput[]): Float64Array[] {
  const specs = inputs.map(({ shape, batched = false }): Spec => ({ shape, batched, dtype: "float32" }));
  const outputs = op.infer(specs, attrs);
  const results = outputs.map(({ shape }) => new Float64Array(sizeOf(shape)));
  const values = inputs.map(({ data }) => Float64Array.from(data));
  op.reference(values, results, { attrs, inputs: specs, outputs, firstRow: 0 });
  return results;
}
