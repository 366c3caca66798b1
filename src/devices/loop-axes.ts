/** Loop nests over strided operands with as few axes as possible: the iteration of elementwise calls and reductions. */
import { broadcastStrides, type Shape } from "../base/shape.ts";
import type { Spec } from "../ir/graph.ts";

export interface LoopAxis {
  /** Number of steps; times the run-time row count where `dynamic`. */
  readonly size: number;
  readonly dynamic: boolean;
  /** Elements that each operand moves by per step. */
  readonly strides: readonly number[];
}

/**
 * The nest that iterates over `target` in row-major order. Axes of size 1 are dropped, and neighbours merge where all operands
 * allow it: (o, i) is one loop if stride_o = stride_i · size_i for each. With `batched` the first axis counts run-time rows,
 * whatever its size is; it is always (part of) loop 0.
 */
export function loopAxes(target: Shape, operandStrides: readonly (readonly number[])[], batched: boolean): LoopAxis[] {
  const merged: LoopAxis[] = [];
  target.forEach((size, axis) => {
    const dynamic = batched && axis === 0;
    const strides = operandStrides.map((own) => own[axis]!);
    if (size === 1 && !dynamic) return;
    const outer = merged.at(-1);
    if (outer?.strides.every((stride, k) => stride === strides[k]! * size))
      merged[merged.length - 1] = { size: outer.size * size, dynamic: outer.dynamic, strides };
    else merged.push({ size: dynamic ? 1 : size, dynamic, strides });
  });
  return merged;
}

/** Strides of an operand along the axes of `target`, in elements; 0 where it repeats. A batched operand follows the rows even in a batch of one. */
export function operandStrides(spec: Spec, target: Shape): number[] {
  const strides = broadcastStrides(spec.shape, target);
  if (spec.batched) strides[0] = spec.shape.slice(1).reduce((product, axis) => product * axis, 1);
  return strides;
}
