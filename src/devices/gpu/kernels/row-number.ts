/** The number that each row has in the batch. */
import type { EmitKernel } from "../kernel.ts";
import { flatMain, flatWorkgroups, liveCount } from "./flat.ts";

/** like [n, …] → y [n] */
export const emitRowNumber: EmitKernel = (call) => {
  const { batched, shape } = call.outputs[0]!.spec;
  const elements = batched ? 1 : shape[0]!;
  return {
    shaders: [
      {
        label: `rowNumber [${shape}]`,
        code: (bindings) => flatMain(liveCount(batched, elements), `  ${bindings.output(0)}[id] = f32(id);`),
        workgroups: (rows) => flatWorkgroups(batched ? rows : elements),
      },
    ],
  };
};
