/** Entries of each row of the batch by their numbers, and sums of entries at their numbers. */
import { sizeOf } from "../../../base/shape.ts";
import { rowShape } from "../../../ir/graph.ts";
import type { GatherAttrs, ScatterAddAttrs } from "../../../ops/gather.ts";
import { rowSizes } from "../../../ops/gather-rows.ts";
import type { EmitKernel } from "../kernel.ts";
import { flatMain, flatWorkgroups, liveCount } from "./flat.ts";
import { rowFunction } from "./gather.ts";
import { floatLiteral, mathFunctions } from "./print-expr.ts";

export const emitGatherRows: EmitKernel = (call) => {
  const { outside } = call.attrs as GatherAttrs;
  const [x, places, y] = [call.inputs[0]!.spec, call.inputs[1]!.spec, call.outputs[0]!.spec];
  const { entries, places: perRow, size } = rowSizes(x, places);
  const elements = sizeOf(rowShape(y));
  return {
    shaders: [
      {
        label: `gatherRows [${x.shape}] [${places.shape}]`,
        code: (bindings) => {
          const [values, numbers, output] = [bindings.input(0), bindings.input(1), bindings.output(0)];
          const body = `  let place = id / ${size}u;
  let entry = row_of(place);
  if (entry < 0) { ${output.store("id", floatLiteral(outside))} return; }
  ${output.store("id", values.load(`(place / ${perRow}u * ${entries}u + u32(entry)) * ${size}u + id % ${size}u`))}`;
          return (
            mathFunctions(1) + rowFunction(places, numbers, entries) + flatMain(liveCount(y.batched, elements), body)
          );
        },
        workgroups: (rows) => flatWorkgroups(y.batched ? rows * elements : elements),
      },
    ],
  };
};

/** Each thread looks through all places of its row: no atomics, so sums come in the same order each time. */
export const emitScatterRows: EmitKernel = (call) => {
  const { rows: entries } = call.attrs as ScatterAddAttrs;
  const [x, places, y] = [call.inputs[0]!.spec, call.inputs[1]!.spec, call.outputs[0]!.spec];
  const { places: perRow, size } = rowSizes(x, places);
  const elements = sizeOf(rowShape(y));
  return {
    shaders: [
      {
        label: `scatterRows [${x.shape}] to ${entries}`,
        code: (bindings) => {
          const [values, numbers, output] = [bindings.input(0), bindings.input(1), bindings.output(0)];
          const body = `  let own = id / ${size}u;
  let entry = i32(own % ${entries}u);
  let first = own / ${entries}u * ${perRow}u;
  var sum = 0.0f;
  for (var at = first; at < first + ${perRow}u; at++) {
    if (row_of(at) == entry) { sum += ${values.load(`at * ${size}u + id % ${size}u`)}; }
  }
  ${output.store("id", "sum")}`;
          return (
            mathFunctions(1) + rowFunction(places, numbers, entries) + flatMain(liveCount(y.batched, elements), body)
          );
        },
        workgroups: (rows) => flatWorkgroups(y.batched ? rows * elements : elements),
      },
    ],
  };
};
