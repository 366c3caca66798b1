/** The kernels of narrow products. */
import type { EmitKernel } from "../kernel.ts";
import { emitNarrowProduct } from "./kernel.ts";
import type { NarrowOpName } from "./ops.ts";

export const narrowKernels = { narrowProduct: emitNarrowProduct } as const satisfies Record<NarrowOpName, EmitKernel>;
