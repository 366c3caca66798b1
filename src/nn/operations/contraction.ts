/** Sums of products over shared axes: what matmul, dot, tensordot and einsum are made of. */
import { ShapeError } from "../../base/errors.ts";
import { sameShape, sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { emitOne } from "../../ir/op.ts";
import { batchMatMul } from "../../ops/batch-mat-mul.ts";
import { mul } from "../../ops/elementwise.ts";
import { matMul, matMulOp, transpose } from "../../ops/mat-mul.ts";
import { broadcastTo, reduceSum } from "../../ops/reduce.ts";
import { reshape } from "../../ops/reshape.ts";
import { shapeText } from "./checks.ts";

/** A value whose axes have names; equal names are the same axis. */
export interface Labelled {
  readonly value: Sym;
  readonly labels: readonly string[];
}

const sizesOf = ({ value, labels }: Labelled, wanted: readonly string[]) =>
  wanted.map((label) => value.spec.shape[labels.indexOf(label)]!);

/** The axes in another order. The batch must stay first. */
export function arrange({ value, labels }: Labelled, order: readonly string[]): Sym {
  const permutation = order.map((label) => labels.indexOf(label));
  return permutation.every((axis, i) => axis === i) ? value : transpose(value, permutation);
}

/** Sums over the axes that `keep` does not name. */
export function sumOut({ value, labels }: Labelled, keep: readonly string[]): Labelled {
  const axes = labels.flatMap((label, axis) => (keep.includes(label) ? [] : [axis]));
  if (axes.length === 0) return { value, labels };
  return { value: reduceSum(value, axes), labels: labels.filter((label) => keep.includes(label)) };
}

/** The label of the batch. */
const rowOf = ({ value, labels }: Labelled) => (value.spec.batched ? labels[0] : undefined);

function requireRow(name: string, row: string, { value, labels }: Labelled): void {
  if (labels.includes(row) && !(value.spec.batched && labels[0] === row))
    throw new ShapeError(
      `${name}: the batch of one operand meets an axis of ${shapeText(value)} that does not follow the batch. Make that operand an input, or sum over another axis.`,
    );
}

/** Σ a·b over the axes that `out` does not name; the result's axes are those of `out`, in that order. */
export function contract(name: string, left: Labelled, right: Labelled, out: readonly string[]): Sym {
  const a = sumOut(left, [...right.labels, ...out]);
  const b = sumOut(right, [...left.labels, ...out]);
  const shared = a.labels.filter((label) => b.labels.includes(label));
  if (!sameShape(sizesOf(a, shared), sizesOf(b, shared)))
    throw new ShapeError(
      `${name}: ${shapeText(left.value)} and ${shapeText(right.value)} differ in an axis that they share; transpose or reshape one of them.`,
    );
  const [rowA, rowB] = [rowOf(a), rowOf(b)];
  if (rowA !== undefined && rowB !== undefined && rowA !== rowB)
    throw new ShapeError(
      `${name}: each row of ${shapeText(left.value)} would meet each row of ${shapeText(right.value)}; the rows of a batch are computed apart. Multiply row by row, or sum over the batch.`,
    );
  const row = rowA ?? rowB;
  if (row === undefined) return product(a, b, out);
  requireRow(name, row, a);
  requireRow(name, row, b);
  if (!out.includes(row)) return sumOfRows(a, b, row, out);
  if (out[0] !== row)
    throw new ShapeError(
      `${name}: the batch must be the first axis of the result, as it is of ${shapeText((rowA ? left : right).value)}.`,
    );
  return rowA === undefined ? product(b, a, out) : product(a, b, out);
}

/** Products where the batch, if there is one, is an axis of a and of the result. */
function product(a: Labelled, b: Labelled, out: readonly string[]): Sym {
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const pairs = shared.filter((label) => out.includes(label));
  const summed = shared.filter((label) => !out.includes(label));
  const rows = a.labels.filter((label) => !shared.includes(label));
  const columns = b.labels.filter((label) => !shared.includes(label));
  const row = rowOf(a);
  if (pairs.length > 0 && row !== undefined && rows.includes(row)) {
    const { shape } = b.value.spec;
    const lifted = reshape(b.value, [1, ...shape]);
    const spec = { shape: [a.value.spec.shape[0]!, ...shape], dtype: "float32", batched: true } as const;
    return product(a, { value: broadcastTo(lifted, spec), labels: [row, ...b.labels] }, out);
  }
  const [m, n, k] = [sizesOf(a, rows), sizesOf(b, columns), sizeOf(sizesOf(a, summed))];
  const lead = sizesOf(a, pairs);
  const made = [...pairs, ...rows, ...columns];
  const multiply = () => {
    if (pairs.length === 0) {
      const x = reshape(arrange(a, [...rows, ...summed]), [...m, k]);
      return matMul(x, reshape(arrange(b, [...summed, ...columns]), [k, sizeOf(n)]));
    }
    // Operands whose matrices lie transposed are read that way.
    const transposeA = sameLabels(a.labels, [...pairs, ...summed, ...rows]) && summed.length > 0 && rows.length > 0;
    const transposeB =
      sameLabels(b.labels, [...pairs, ...columns, ...summed]) && summed.length > 0 && columns.length > 0;
    const inA = transposeA ? [...pairs, ...summed, ...rows] : [...pairs, ...rows, ...summed];
    const inB = transposeB ? [...pairs, ...columns, ...summed] : [...pairs, ...summed, ...columns];
    const x = reshape(arrange(a, inA), transposeA ? [...lead, k, sizeOf(m)] : [...lead, sizeOf(m), k]);
    const y = reshape(arrange(b, inB), transposeB ? [...lead, sizeOf(n), k] : [...lead, k, sizeOf(n)]);
    return batchMatMul(x, y, { transposeA, transposeB });
  };
  return arrange({ value: reshape(multiply(), [...lead, ...m, ...n]), labels: made }, out);
}

const sameLabels = (a: readonly string[], b: readonly string[]) => a.join("\n") === b.join("\n");

/** Products that are summed over the batch. */
function sumOfRows(a: Labelled, b: Labelled, row: string, out: readonly string[]): Sym {
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const summed = [row, ...shared.filter((label) => label !== row && !out.includes(label))];
  const pairs = shared.filter((label) => out.includes(label));
  const rows = a.labels.filter((label) => !shared.includes(label));
  const columns = b.labels.filter((label) => !shared.includes(label));
  const [m, n, lead] = [sizesOf(a, rows), sizesOf(b, columns), sizesOf(a, pairs)];
  const made = [...pairs, ...rows, ...columns];
  const sums = sizesOf(a, summed);
  const x = arrange(a, [...summed, ...pairs, ...rows]);
  const y = arrange(b, [...summed, ...pairs, ...columns]);
  if (pairs.length === 0) {
    const value = emitOne(matMulOp, [reshape(x, [...sums, sizeOf(m)]), reshape(y, [...sums, sizeOf(n)])], {
      transposeA: true,
    });
    return arrange({ value: reshape(value, [...m, ...n]), labels: made }, out);
  }
  const wide = reshape(x, [...sums, ...lead, ...m, ...n.map(() => 1)]);
  const tall = reshape(y, [...sums, ...lead, ...m.map(() => 1), ...n]);
  const axes = summed.map((_, axis) => axis);
  return arrange({ value: reduceSum(mul(wide, tall), axes), labels: made }, out);
}
