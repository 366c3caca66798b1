/** Decides which matrix products are computed as dot products of rows. */
import { sizeOf } from "../../../base/shape.ts";
import { emitOne } from "../../../ir/op.ts";
import type { Lower } from "../../../ir/program.ts";
import { type MatMulAttrs, matMulOp, transpose, transposeOp } from "../../../ops/mat-mul.ts";
import { isPrepared } from "../prepared.ts";
import { narrowProductOp } from "./ops.ts";

/** Maximum columns; more fill a GEMM's register tiles well enough. */
const MOST_COLUMNS = 16;
/** Minimum row length; shorter rows do not pay for the sums across their vectors. */
const LEAST_DEPTH = 128;
/** Minimum rows of `a`; fewer do not pay for transposing `b` in every step. */
const LEAST_ROWS = 64;

/** A Dense layer with few units: a [..., k] · b [k, n] with small n, as dot products of the rows of `a` and of bᵀ. */
export const lowerNarrowProduct: Lower = ({ op, attrs, inputs }, [a, b], graph) => {
  if (op.name !== matMulOp.name || (attrs as MatMulAttrs).transposeA) return undefined;
  const [k, n] = b!.spec.shape as [number, number];
  const rows = sizeOf(a!.spec.shape.slice(0, -1));
  if (n > MOST_COLUMNS || k < LEAST_DEPTH || k % 4 !== 0) return undefined;
  // bᵀ costs nothing extra where the gradient of `a` needs it too, or where no variable changes: the weights are then transposed
  // once for all steps.
  const turned = graph.nodes.some((other) => other.op.name === transposeOp.name && other.inputs[0] === inputs[1]);
  if (rows < LEAST_ROWS && !turned && !isPrepared(graph, inputs[1]!)) return undefined;
  return [emitOne(narrowProductOp, [a!, transpose(b!, [1, 0])], {})];
};
