/** Rows of a table by their numbers, and sums of rows at their numbers. */
import { InternalError } from "../../../base/errors.ts";
import { sizeOf } from "../../../base/shape.ts";
import type { Spec } from "../../../ir/graph.ts";
import { type GatherAttrs, rowLength, type ScatterAddAttrs } from "../../../ops/gather.ts";
import type { EmitKernel, Shader, StorageArray } from "../kernel.ts";
import { printByte } from "./copy.ts";
import { flatMain, flatWorkgroups, liveCount } from "./flat.ts";
import { floatLiteral, mathFunctions } from "./print-expr.ts";

/** WGSL function `row_of`: the row that the index at a place means, −1 where there is none. */
export function rowFunction({ dtype }: Spec, array: StorageArray, rows: number): string {
  if (dtype === "float32")
    return `fn row_of(at: u32) -> i32 {
  let value = ${array.load("at")};
  return select(-1, i32(value), value >= 0.0f && value < ${rows}f && not_nan(value));
}`;
  const value = dtype === "uint8" ? `i32(${printByte(array.name, "at")})` : array.load("at");
  return `fn row_of(at: u32) -> i32 {
  let value = ${value};
  return select(-1, value, value >= 0 && value < ${rows});
}`;
}

/** The number of indices: of each row of the batch, or all. */
const countOf = ({ shape, batched }: Spec) => sizeOf(batched ? shape.slice(1) : shape);

export const emitGather: EmitKernel = (call) => {
  const { outside } = call.attrs as GatherAttrs;
  const [table, indices] = [call.inputs[0]!.spec, call.inputs[1]!.spec];
  const size = sizeOf(table.shape.slice(1));
  const elements = countOf(indices) * size;
  return {
    shaders: [
      {
        label: `gather [${table.shape}] [${indices.shape}]`,
        code: (bindings) => {
          const [rows, numbers, y] = [bindings.input(0), bindings.input(1), bindings.output(0)];
          const body = `  let row = row_of(id / ${size}u);
  if (row < 0) { ${y.store("id", floatLiteral(outside))} } else { ${y.store("id", rows.load(`u32(row) * ${size}u + id % ${size}u`))} }`;
          const functions = mathFunctions(1) + rowFunction(indices, numbers, table.shape[0]!);
          return functions + flatMain(liveCount(indices.batched, elements), body);
        },
        workgroups: (rows) => flatWorkgroups(indices.batched ? rows * elements : elements),
      },
    ],
  };
};

/** Places that a float32 can name. */
const MOST_PLACES = 2 ** 24;

/**
 * Float sums by atomics would come in another order each time. So the first of the places with the same index adds up all of them,
 * in their order: `chain` gives for each place the next one with its index (the count of places: none), negative where the place
 * is not the first, 0 where its index finds no row.
 */
export const emitScatterAdd: EmitKernel = (call) => {
  const { rows: tableRows } = call.attrs as ScatterAddAttrs;
  const [indices, x] = [call.inputs[0]!.spec, call.inputs[1]!.spec];
  const size = rowLength(x.shape, indices.shape);
  const perRow = countOf(indices);
  const places = sizeOf(indices.shape);
  if (places >= MOST_PLACES) throw new InternalError(`scatterAdd of ${places} rows; the GPU can name ${MOST_PLACES}.`);
  const live = liveCount(indices.batched, perRow);
  const label = `scatterAdd [${x.shape}] to ${tableRows}`;
  const threads = (each: number) => (rows: number) => flatWorkgroups((indices.batched ? rows * perRow : perRow) * each);
  const clear: Shader = {
    label: `${label}, clear`,
    code: (bindings) => flatMain(`${tableRows * size}u`, `  ${bindings.output(0).store("id", "0.0f")}`),
    workgroups: () => flatWorkgroups(tableRows * size),
  };
  const link: Shader = {
    label: `${label}, link`,
    code: (bindings) => {
      const functions = mathFunctions(1) + rowFunction(indices, bindings.input(0), tableRows);
      const chain = bindings.scratch(0);
      const body = `  let row = row_of(id);
  if (row < 0) { ${chain.store("id", "0.0f")} return; }
  var next = id + 1u;
  while (next < ${live} && row_of(next) != row) { next++; }
  var before = id;
  while (before > 0u && row_of(before - 1u) != row) { before--; }
  ${chain.store("id", "select(-f32(next), f32(next), before == 0u)")}`;
      return functions + flatMain(live, body);
    },
    workgroups: threads(1),
  };
  const add: Shader = {
    label: `${label}, add`,
    code: (bindings) => {
      const functions = mathFunctions(1) + rowFunction(indices, bindings.input(0), tableRows);
      const [values, y, chain] = [bindings.input(1), bindings.output(0), bindings.scratch(0)];
      const body = `  let column = id % ${size}u;
  let first = id / ${size}u;
  if (${chain.load("first")} <= 0.0f) { return; }
  var sum = 0.0f;
  for (var at = first; at < ${live}; at = u32(abs(${chain.load("at")}))) { sum += ${values.load(`at * ${size}u + column`)}; }
  ${y.store(`u32(row_of(first)) * ${size}u + column`, "sum")}`;
      return functions + flatMain(`${live} * ${size}u`, body);
    },
    workgroups: threads(size),
  };
  return { shaders: [clear, link, add], scratch: [places] };
};
