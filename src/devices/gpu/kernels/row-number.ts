/** The number of each row in its batch. */
import type { EmitKernel } from "../kernel.ts";
import { flatMain, flatWorkgroups, liveCount } from "./flat.ts";

/** like [n, …] → y [n]. */
export const emitRowNumber: EmitKernel = (call) => {
  const { batched, shape } = call.outputs[0]!.spec;
  const rows = shape[0]!;
  return {
    shaders: [
      {
        label: `rowNumber [${rows}]`,
        code: (bindings) =>
          flatMain(liveCount(batched, batched ? 1 : rows), `  ${bindings.output(0).store("id", "f32(id)")}`),
        workgroups: (live) => flatWorkgroups(batched ? live : rows),
      },
    ],
  };
};
