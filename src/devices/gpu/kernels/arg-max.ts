/** Index of the largest value along the last axis. */
import { sizeOf } from "../../../base/shape.ts";
import type { EmitKernel } from "../kernel.ts";
import { flatMain, flatWorkgroups, liveCount } from "./flat.ts";
import { mathFunctions } from "./print-expr.ts";

/** x [..., n] → y [...]: the first of equal values, and NaN is never larger. One thread per row, since the last axis is short. */
export const emitArgMax: EmitKernel = (call) => {
  const { shape, batched } = call.inputs[0]!.spec;
  const length = shape.at(-1)!;
  const results = sizeOf(shape.slice(batched ? 1 : 0, -1));
  return {
    shaders: [
      {
        label: `argMax [${shape.join(", ")}]`,
        code: (bindings) => {
          const [x, y] = [bindings.input(0), bindings.output(0)];
          const body = `  var best = 0u;
  var largest = ${x.load(`id * ${length}u`)};
  for (var i = 1u; i < ${length}u; i++) {
    let value = ${x.load(`id * ${length}u + i`)};
    if (value > largest && not_nan(value) && not_nan(largest)) { best = i; largest = value; }
  }
  ${y.store("id", "f32(best)")}`;
          return mathFunctions(1) + flatMain(liveCount(batched, results), body);
        },
        workgroups: (rows) => flatWorkgroups(batched ? rows * results : results),
      },
    ],
  };
};
