/** Rows of a table by their numbers, and sums of rows at their numbers. */

import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import { sizeOf } from "../../../base/shape.ts";
import type { Spec } from "../../../ir/graph.ts";
import { type GatherAttrs, rowLength, type ScatterAddAttrs } from "../../../ops/gather.ts";
import type { EmitKernel } from "../kernel.ts";
import { emitRun } from "./copy-block.ts";
import { addKernelFunction, advance, advanceBy, repeat, storeLanes } from "./kernel-function.ts";

const bytesOf = ({ dtype }: Spec) => (dtype === "uint8" ? 1 : 4);

/** Indices for each step of `begin … end`. */
const indicesPerRow = ({ shape, batched }: Spec) => (batched ? sizeOf(shape.slice(1)) : 1);

/** row = the number at the address; −1 where it is not in 0 … rows − 1. */
export function emitIndex(f: FunctionBuilder, { dtype }: Spec, rows: number, at: Local, row: Local): void {
  if (dtype !== "float32") {
    f.get(at)
      .mem(dtype === "uint8" ? "i32.load8_u" : "i32.load")
      .tee(row);
    f.i32(-1).get(row).i32(rows).op("i32.lt_u").op("select").set(row);
    return;
  }
  const value = f.local("f32");
  f.get(at).mem("f32.load").tee(value).op("i32.trunc_sat_f32_s").i32(-1);
  f.get(value).f32(0).op("f32.ge").get(value).f32(rows).op("f32.lt").op("i32.and").op("select").set(row);
}

/** address = start + row · bytes. */
export function setPlace(f: FunctionBuilder, address: Local, start: Local, row: Local, bytes: number): void {
  f.get(start).get(row).i32(bytes).op("i32.mul").op("i32.add").set(address);
}

export const emitGather: EmitKernel = (module, call) => {
  const { outside } = call.attrs as GatherAttrs;
  const [table, indices] = [call.inputs[0]!.spec, call.inputs[1]!.spec];
  const size = sizeOf(table.shape.slice(1));
  const run = addKernelFunction(module, 2, 1, (f, { begin, end, inputs, outputs }) => {
    const [start, at] = inputs as [Local, Local];
    const y = outputs[0]!;
    const [count, row, from] = [f.local("i32"), f.local("i32"), f.local("i32")];
    if (call.mode === "whole") {
      advance(f, at, begin, bytesOf(indices));
      advance(f, y, begin, 4 * size);
    }
    f.get(end).get(begin).op("i32.sub").i32(indicesPerRow(indices)).op("i32.mul").set(count);
    repeat(f, count, () => {
      emitIndex(f, indices, table.shape[0]!, at, row);
      f.get(row)
        .i32(0)
        .op("i32.ge_s")
        .if(
          () => {
            setPlace(f, from, start, row, 4 * size);
            emitRun(f, from, y, size);
          },
          () => emitFill(f, y, size, outside),
        );
      advanceBy(f, at, bytesOf(indices));
      advanceBy(f, y, 4 * size);
    });
  });
  return { run, scratchBytes: 0, extent: sizeOf(indices.shape) };
};

/** Sets `length` values. */
export function emitFill(f: FunctionBuilder, to: Local, length: number, value: number): void {
  const [at, filled] = [f.local("i32"), f.local("v128")];
  f.f32x4(value).set(filled);
  f.get(to).set(at);
  repeat(f, Math.floor(length / 4), () => {
    storeLanes(f, at, 0, filled, 4);
    advanceBy(f, at, 16);
  });
  storeLanes(f, at, 0, filled, length % 4);
}

/** to[i] += from[i] for `length` values. */
export function emitAddRun(f: FunctionBuilder, from: Local, to: Local, length: number): void {
  const sum = f.local("v128");
  const add = (lanes: number) => {
    f.get(to).mem("v128.load").get(from).mem("v128.load").op("f32x4.add").set(sum);
    storeLanes(f, to, 0, sum, lanes);
  };
  repeat(f, Math.floor(length / 4), () => {
    add(4);
    advanceBy(f, from, 16);
    advanceBy(f, to, 16);
  });
  if (length % 4 > 0) add(length % 4);
}

/** Mode `whole`: workers share the rows of the result, and each looks through all indices for its own. */
export const emitScatterAdd: EmitKernel = (module, call) => {
  const { rows: tableRows } = call.attrs as ScatterAddAttrs;
  const [indices, x] = [call.inputs[0]!.spec, call.inputs[1]!.spec];
  const size = rowLength(x.shape, indices.shape);
  const whole = call.mode === "whole";
  /** @param sets whether the output is set, and not added to */
  const addFunction = (sets: boolean) =>
    addKernelFunction(module, 2, 1, (f, { begin, end, rows, inputs, outputs }) => {
      const [at, values] = inputs as [Local, Local];
      const y = outputs[0]!;
      const [count, row, from, to, left] = ["i32", "i32", "i32", "i32", "i32"].map(() => f.local("i32")) as [
        Local,
        Local,
        Local,
        Local,
        Local,
      ];
      f.get(end).get(begin).op("i32.sub").set(count);
      if (whole) advance(f, y, begin, 4 * size);
      if (sets)
        f.get(y)
          .i32(0)
          .get(count)
          .i32(4 * size)
          .op("i32.mul")
          .memoryFill();
      if (!indices.batched) f.i32(sizeOf(indices.shape)).set(left);
      else
        f.get(whole ? rows : count)
          .i32(indicesPerRow(indices))
          .op("i32.mul")
          .set(left);
      if (!whole) f.i32(tableRows).set(count);
      repeat(f, left, () => {
        emitIndex(f, indices, tableRows, at, row);
        if (whole) f.get(row).get(begin).op("i32.sub").set(row);
        f.get(row)
          .get(count)
          .op("i32.lt_u")
          .if(() => {
            f.get(values).set(from);
            setPlace(f, to, y, row, 4 * size);
            emitAddRun(f, from, to, size);
          });
        advanceBy(f, at, bytesOf(indices));
        advanceBy(f, values, 4 * size);
      });
    });
  return {
    run: addFunction(whole),
    ...(call.early ? { add: addFunction(false) } : {}),
    scratchBytes: 0,
    extent: tableRows,
  };
};
