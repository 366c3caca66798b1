/**
 * Entries by their numbers, in each row of the batch its own: pixels of images at computed places. And its gradient, which adds entries
 * up at their numbers. Places are whole numbers as float32; a fraction is cut off. A place outside 0 … entries − 1, or NaN, finds none.
 */
import { InternalError } from "../base/errors.ts";
import { sizeOf } from "../base/shape.ts";
import type { Spec, Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";
import { type GatherAttrs, rowAt, type ScatterAddAttrs } from "./gather.ts";

/** What the specs of values [n, k, …entry] and places [n, q] say: entries of a row, places of a row, numbers of an entry. */
export function rowSizes(values: Spec, places: Spec) {
  return { entries: values.shape[1]!, places: places.shape[1]!, size: sizeOf(values.shape.slice(2)) };
}

function checkRows(name: string, values: Spec, places: Spec): void {
  if (places.shape.length !== 2 || values.shape[0] !== places.shape[0] || values.batched !== places.batched)
    throw new InternalError(`${name} takes values [n, k, …] and places [n, q] of the same rows.`);
  if (values.dtype !== "float32" || places.dtype !== "float32")
    throw new InternalError(`${name} takes float32, not ${values.dtype} and ${places.dtype}.`);
}

/** x [n, k, …entry], places [n, q] → y [n, q, …entry] with y[i, j] = x[i, places[i, j]]. */
export const gatherRowsOp: Op<GatherAttrs> = {
  name: "gatherRows",
  picks: true,
  infer: ([x, places]) => {
    checkRows("gatherRows", x!, places!);
    return [{ ...x!, shape: x!.shape.with(1, places!.shape[1]!) }];
  },
  precision: ([x]) => [x],
  reference: ([x, places], [y], { attrs, inputs }) => {
    const { entries, places: perRow, size } = rowSizes(inputs[0]!, inputs[1]!);
    places!.forEach((place, i) => {
      const entry = rowAt(place, entries);
      const from = (Math.floor(i / perRow) * entries + entry) * size;
      if (entry < 0) y!.fill(attrs.outside, i * size, (i + 1) * size);
      else y!.set(x!.subarray(from, from + size), i * size);
    });
  },
  gradient: ({ inputs, gradients, wanted }) => {
    const [x, places] = inputs as [Sym, Sym];
    return [wanted(0) ? scatterRows(gradients[0]!, places, x.spec.shape[1]!) : null, null];
  },
};

/** The entries of each row [n, k, …entry] at its places [n, q]; where there is no such entry, `outside`. */
export function gatherRows(x: Sym, places: Sym, outside = 0): Sym {
  return emitOne(gatherRowsOp, [x, places], { outside });
}

/** x [n, q, …entry], places [n, q] → y [n, rows, …entry], at each number the sum of the row's entries that have it. */
export const scatterRowsOp: Op<ScatterAddAttrs> = {
  name: "scatterRows",
  infer: ([x, places], { rows }) => {
    checkRows("scatterRows", x!, places!);
    if (x!.shape[1] !== places!.shape[1]) throw new InternalError("scatterRows needs a place for each entry.");
    return [{ ...x!, shape: x!.shape.with(1, rows) }];
  },
  precision: ([x]) => [x],
  reference: ([x, places], [y], { attrs: { rows }, inputs }) => {
    const { places: perRow, size } = rowSizes(inputs[0]!, inputs[1]!);
    places!.forEach((place, i) => {
      const entry = rowAt(place, rows);
      const to = (Math.floor(i / perRow) * rows + entry) * size;
      if (entry >= 0) for (let j = 0; j < size; j++) y![to + j]! += x![i * size + j]!;
    });
  },
  flops: ({ inputs }) => sizeOf(inputs[0]!.shape),
  gradient: ({ inputs, gradients, wanted }) => [wanted(0) ? gatherRows(gradients[0]!, inputs[1]!) : null, null],
};

export function scatterRows(x: Sym, places: Sym, rows: number): Sym {
  return emitOne(scatterRowsOp, [x, places], { rows });
}
