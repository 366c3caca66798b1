/** Entries of each row of the batch by their numbers, and sums of entries at their numbers. */

import type { Local } from "../../../assembler/function.ts";
import type { GatherAttrs, ScatterAddAttrs } from "../../../ops/gather.ts";
import { rowSizes } from "../../../ops/gather-rows.ts";
import type { EmitKernel } from "../kernel.ts";
import { emitRun } from "./copy-block.ts";
import { emitAddRun, emitFill, emitIndex, setPlace } from "./gather.ts";
import { addKernelFunction, advanceBy, repeat } from "./kernel-function.ts";
import { forEachRow, leadingRowBytes } from "./rows.ts";

export const emitGatherRows: EmitKernel = (module, call) => {
  const { outside } = call.attrs as GatherAttrs;
  const [x, places, y] = [call.inputs[0]!.spec, call.inputs[1]!.spec, call.outputs[0]!.spec];
  const { entries, places: perRow, size } = rowSizes(x, places);
  const run = addKernelFunction(module, 2, 1, (f, params) => {
    const [start, at] = params.inputs as [Local, Local];
    const to = params.outputs[0]!;
    const [own, entry, from, row] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
    const moved = [
      { pointer: start, bytes: leadingRowBytes(x) },
      { pointer: at, bytes: leadingRowBytes(places) },
      { pointer: to, bytes: leadingRowBytes(y) },
    ];
    forEachRow(f, call, params, moved, () => {
      f.get(at).set(own);
      f.get(to).set(row);
      repeat(f, perRow, () => {
        emitIndex(f, places, entries, own, entry);
        f.get(entry)
          .i32(0)
          .op("i32.ge_s")
          .if(
            () => {
              setPlace(f, from, start, entry, 4 * size);
              emitRun(f, from, row, size);
            },
            () => emitFill(f, row, size, outside),
          );
        advanceBy(f, own, 4);
        advanceBy(f, row, 4 * size);
      });
    });
  });
  return { run, scratchBytes: 0, extent: call.mode === "whole" ? x.shape[0]! : 1 };
};

export const emitScatterRows: EmitKernel = (module, call) => {
  const { rows: entries } = call.attrs as ScatterAddAttrs;
  const [x, places, y] = [call.inputs[0]!.spec, call.inputs[1]!.spec, call.outputs[0]!.spec];
  const { places: perRow, size } = rowSizes(x, places);
  const run = addKernelFunction(module, 2, 1, (f, params) => {
    const [values, at] = params.inputs as [Local, Local];
    const to = params.outputs[0]!;
    const [own, entry, from, sum, next] = ["i32", "i32", "i32", "i32", "i32"].map(() => f.local("i32")) as [
      Local,
      Local,
      Local,
      Local,
      Local,
    ];
    const moved = [
      { pointer: values, bytes: leadingRowBytes(x) },
      { pointer: at, bytes: leadingRowBytes(places) },
      { pointer: to, bytes: leadingRowBytes(y) },
    ];
    forEachRow(f, call, params, moved, () => {
      f.get(to).i32(0).i32(leadingRowBytes(y)).memoryFill();
      f.get(at).set(own);
      f.get(values).set(next);
      repeat(f, perRow, () => {
        emitIndex(f, places, entries, own, entry);
        f.get(entry)
          .i32(0)
          .op("i32.ge_s")
          .if(() => {
            f.get(next).set(from);
            setPlace(f, sum, to, entry, 4 * size);
            emitAddRun(f, from, sum, size);
          });
        advanceBy(f, own, 4);
        advanceBy(f, next, 4 * size);
      });
    });
  });
  return { run, scratchBytes: 0, extent: call.mode === "whole" ? x.shape[0]! : 1 };
};
