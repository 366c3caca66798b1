/** One case of the op table on a device, against the op's plain meaning. */
import { roundToFloat16 } from "../../src/base/float16.ts";
import { sizeOf } from "../../src/base/shape.ts";
import type { Device } from "../../src/ir/device.ts";
import { withRows } from "../../src/ir/graph.ts";
import { convert } from "../../src/ir/precision.ts";
import { relativeError } from "../ir/closeness.ts";
import { capacityOf, drawInputs, emitCase, type NamedCase } from "../ops/case-graph.ts";
import { loadGraph } from "./run-graph.ts";

/** What the op's plain meaning gives for the first `rows` rows. */
function expected({ op, attrs, inputs }: NamedCase, values: readonly ArrayLike<number>[], rows: number) {
  const outputs = op.infer(inputs, attrs).map((spec) => withRows(spec, rows));
  const made = outputs.map(({ shape }) => new Float64Array(sizeOf(shape)));
  const live = inputs.map((spec) => withRows(spec, rows));
  const read = live.map(({ shape }, i) => Float64Array.from(values[i]!).subarray(0, sizeOf(shape)));
  op.reference(read, made, { attrs, inputs: live, outputs, firstRow: 0 });
  return made;
}

/** Two rounded values that are next to each other, and what roundings within a composite op add. */
const HALF_TOLERANCE = 3e-3;

/**
 * The same on inputs that are stored as float16: the op's plain meaning of rounded numbers, itself rounded where the output is
 * float16.
 */
export async function checkHalfCase(device: Device, each: NamedCase): Promise<void> {
  const values = drawInputs(each).map((value, i) =>
    each.inputs[i]!.dtype === "float32" ? value.map(roundToFloat16) : value,
  );
  const feeds = Object.fromEntries(values.map((value, i) => [`x${i}`, value]));
  const capacity = capacityOf(each);
  const isHalf: boolean[] = [];
  const loaded = await loadGraph(device, (builder) => {
    const { op, inputs, attrs } = each;
    const syms = inputs.map(({ shape, dtype, batched }, i) => builder.input(`x${i}`, { shape, dtype, batched }));
    const halves = syms.map((sym) => convert(sym, "float16"));
    builder.emit(op, halves, attrs).forEach((output, i) => {
      isHalf.push(output.precision === "float16");
      builder.output(`y${i}`, output);
    });
  });
  for (const rows of new Set([capacity, Math.ceil(capacity / 2)])) {
    const { outputs } = await loaded.run(feeds, rows);
    expected(each, values, rows).forEach((wanted, i) => {
      const rounded = wanted.map(isHalf[i] ? roundToFloat16 : Math.fround);
      const made = Float64Array.from(outputs[`y${i}`]!);
      // An output is float32: what is fused with it is not rounded, and need not be infinite above 65504.
      rounded.forEach((value, at) => {
        const exceeds = !Number.isFinite(value) && Number.isFinite(wanted[at]!);
        if (exceeds && relativeError([made[at]!], [wanted[at]!]) < HALF_TOLERANCE) made[at] = value;
      });
      const error = relativeError(made, rounded);
      if (error <= HALF_TOLERANCE) return;
      throw new Error(`output ${i} of ${rows} rows is off by ${error}: [${made}] is not [${rounded}]`);
    });
  }
  loaded.release();
}

/** Runs the case at capacity, with one row and with half of them; throws an Error where the numbers differ. */
export async function checkCase(device: Device, each: NamedCase): Promise<void> {
  const values = drawInputs(each);
  const feeds = Object.fromEntries(values.map((value, i) => [`x${i}`, value]));
  const capacity = capacityOf(each);
  const loaded = await loadGraph(device, (builder) => {
    emitCase(builder, each).outputs.forEach((output, i) => {
      builder.output(`y${i}`, output);
    });
  });
  for (const rows of new Set([capacity, 1, Math.ceil(capacity / 2)])) {
    const { outputs } = await loaded.run(feeds, rows);
    expected(each, values, rows).forEach((wanted, i) => {
      const error = relativeError(outputs[`y${i}`]!, wanted.map(Math.fround));
      if (error <= (each.tolerance ?? 1e-5)) return;
      const shown = error < 1 ? "" : `: [${outputs[`y${i}`]}] is not [${wanted}]`;
      throw new Error(`output ${i} of ${rows} rows is off by ${error}${shown}`);
    });
  }
  loaded.release();
}
