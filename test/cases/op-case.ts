/** What a test case of an op says. */
import type { DType } from "../../src/base/dtype.ts";
import type { Shape } from "../../src/base/shape.ts";
import type { Op } from "../../src/ir/op.ts";

/**
 * How an input's numbers are drawn: standard normal; uniform in 0.5 … 2; whole numbers in -3 … 3 (which collide: ties);
 * a shuffled grid of step 0.1 (no two close: maxima stay put); normal but at least 0.1 from each kink; or as listed, repeated.
 */
export type Draw =
  | "normal"
  | "positive"
  | "integers"
  | "distinct"
  | { readonly kinks: readonly number[] }
  | readonly number[];

export interface CaseInput {
  readonly shape: Shape;
  readonly batched: boolean;
  readonly dtype: DType;
  readonly draw: Draw;
}

export interface OpCase<A extends object = object> {
  readonly name: string;
  readonly inputs: readonly CaseInput[];
  readonly attrs: A;
  /** Inputs whose gradient is compared with differences; empty where the op (or this place) has no gradient. */
  readonly gradients: readonly number[];
  /** Largest error of a device, relative to the largest value; default 1e-5. */
  readonly tolerance?: number;
}

export type AttrsOf<O> = O extends Op<infer A> ? A : never;

export function whole(shape: Shape, draw: Draw = "normal", dtype: DType = "float32"): CaseInput {
  return { shape, batched: false, dtype, draw };
}

export function rows(shape: Shape, draw: Draw = "normal", dtype: DType = "float32"): CaseInput {
  return { shape, batched: true, dtype, draw };
}
