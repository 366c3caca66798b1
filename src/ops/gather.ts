/**
 * Rows of a table by their numbers (an embedding), and its gradient, which adds rows up at their numbers. Indices are whole numbers
 * of any dtype; a fraction is cut off. An index outside 0 … rows − 1, or NaN, finds no row.
 */
import { InternalError } from "../base/errors.ts";
import { type Shape, sameShape, sizeOf } from "../base/shape.ts";
import type { Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";

/** The row that an index means; −1: none. */
export const rowAt = (index: number, rows: number) => (index >= 0 && index < rows ? Math.floor(index) : -1);

export interface GatherAttrs {
  /** What the values are where the index finds no row. */
  readonly outside: number;
}

/** table [v, …row], indices [n, …] → y [n, …, …row], the rows with these numbers. */
export const gatherOp: Op<GatherAttrs> = {
  name: "gather",
  picks: true,
  infer: ([table, indices]) => {
    if (table!.batched || table!.shape.length === 0 || table!.dtype !== "float32")
      throw new InternalError("gather takes rows of a float32 table that does not follow the batch.");
    const shape = [...indices!.shape, ...table!.shape.slice(1)];
    return [{ shape, dtype: "float32", batched: indices!.batched }];
  },
  precision: ([table]) => [table],
  reference: ([table, indices], [y], { attrs, inputs }) => {
    const rows = inputs[0]!.shape[0]!;
    const size = sizeOf(inputs[0]!.shape.slice(1));
    indices!.forEach((index, i) => {
      const row = rowAt(index, rows);
      if (row < 0) y!.fill(attrs.outside, i * size, (i + 1) * size);
      else y!.set(table!.subarray(row * size, (row + 1) * size), i * size);
    });
  },
  gradient: ({ inputs, gradients, wanted }) => {
    const [table, indices] = inputs as [Sym, Sym];
    return [wanted(0) ? scatterAdd(indices, gradients[0]!, table.spec.shape[0]!) : null, null];
  },
};

/** Rows of the table [v, …row] by their numbers [n, …]; where there is no such row, `outside` (default NaN). */
export function gather(table: Sym, indices: Sym, outside = Number.NaN): Sym {
  return emitOne(gatherOp, [table, indices], { outside });
}

export interface ScatterAddAttrs {
  /** Rows of the result. */
  readonly rows: number;
}

/** indices [n, …], x [n, …, …row] → y [rows, …row], at each number the sum of the rows of x that have it; a sum over the batch. */
export const scatterAddOp: Op<ScatterAddAttrs> = {
  name: "scatterAdd",
  sharesOutput: true,
  infer: ([indices, x], { rows }) => {
    const rank = indices!.shape.length;
    if (x!.batched !== indices!.batched || !sameShape(x!.shape.slice(0, rank), indices!.shape))
      throw new InternalError(`scatterAdd needs a row for each index, not [${x!.shape}] for [${indices!.shape}].`);
    return [{ shape: [rows, ...x!.shape.slice(rank)], dtype: "float32", batched: false }];
  },
  precision: ([, x]) => [x && "float32"],
  reference: ([indices, x], [y], { attrs: { rows } }) => {
    const size = y!.length / rows;
    indices!.forEach((index, i) => {
      const row = rowAt(index, rows);
      if (row >= 0) for (let j = 0; j < size; j++) y![row * size + j]! += x![i * size + j]!;
    });
  },
  flops: ({ inputs }) => sizeOf(inputs[1]!.shape),
  gradient: ({ inputs, gradients, wanted }) => [null, wanted(1) ? gather(gradients[0]!, inputs[0]!, 0) : null],
};

export function scatterAdd(indices: Sym, x: Sym, rows: number): Sym {
  return emitOne(scatterAddOp, [indices, x], { rows });
}

/** Values of a row: what follows the axes that the indices have. */
export function rowLength(x: Shape, indices: Shape): number {
  return sizeOf(x.slice(indices.length));
}
