/** What elementwise ops share: how inputs of several shapes repeat to one, and how expressions are evaluated over them. */
import { InternalError } from "../base/errors.ts";
import { broadcastShapes, broadcastStrides, type Shape, sizeOf, stridesOf } from "../base/shape.ts";
import { type Expr, evaluateTape, linearize } from "../ir/expr.ts";
import type { Spec } from "../ir/graph.ts";
import type { OpCall } from "../ir/op.ts";

/** Broadcast shape; batched as soon as one input is. */
export function inferElementwise(inputs: readonly Spec[]): Spec {
  const shape = broadcastShapes(...inputs.map((input) => input.shape));
  const batched = inputs.some((input) => input.batched);
  for (const input of inputs) {
    const aligned = input.shape.length === shape.length;
    if (batched && (input.batched ? !aligned : aligned && input.shape[0] !== 1))
      throw new InternalError("An elementwise op reads a value along the batch axis that does not follow the batch.");
  }
  return { shape, dtype: "float32", batched };
}

/** Evaluates expressions over broadcast inputs in float64. */
export function evaluateElementwise(
  exprs: readonly Expr[],
  inputs: readonly Float64Array[],
  outputs: readonly Float64Array[],
  call: OpCall,
): void {
  const tape = linearize(exprs);
  const shape = call.outputs[0]!.shape;
  const walks = call.inputs.map((spec) => indexWalk(spec.shape, shape));
  const read = inputs.map(() => new Float64Array(BLOCK));
  const values = tape.code.map(() => new Float64Array(BLOCK));
  for (let start = 0, end = sizeOf(shape); start < end; start += BLOCK) {
    const count = Math.min(BLOCK, end - start);
    read.forEach((block, k) => {
      gather(inputs[k]!, walks[k]!, start, count, block);
    });
    evaluateTape(tape, read, values, count);
    outputs.forEach((output, k) => {
      output.set(values[tape.results[k]!]!.subarray(0, count), start);
    });
  }
}

/** Entries that an instruction of an expression is evaluated for at a time. */
const BLOCK = 512;

function gather(
  values: Float64Array,
  walk: (index: number) => number,
  start: number,
  count: number,
  block: Float64Array,
): void {
  for (let i = 0; i < count; i++) block[i] = values[walk(start + i)]!;
}

/** Maps a flat index of `target` to the flat index of the broadcast `shape` that it reads. */
export function indexWalk(shape: Shape, target: Shape): (index: number) => number {
  if (sizeOf(shape) === sizeOf(target)) return (index) => index;
  if (sizeOf(shape) === 1) return () => 0;
  const strides = stridesOf(target);
  const steps = broadcastStrides(shape, target);
  return (index) => {
    let at = 0;
    let rest = index;
    for (let axis = 0; axis < target.length; axis++) {
      const position = Math.floor(rest / strides[axis]!);
      rest -= position * strides[axis]!;
      at += position * steps[axis]!;
    }
    return at;
  };
}
