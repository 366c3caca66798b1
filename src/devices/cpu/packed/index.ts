/** The kernels of products with weights in strips. */
import type { EmitKernel } from "../kernel.ts";
import { emitPackedConv2d } from "../kernels/conv2d.ts";
import { emitPackedMatMul } from "../kernels/mat-mul.ts";
import { emitPackStrips } from "./kernel.ts";
import type { PackedOpName } from "./ops.ts";

export const packedKernels = {
  packStrips: emitPackStrips,
  packedConv2d: emitPackedConv2d,
  packedMatMul: emitPackedMatMul,
} as const satisfies Record<PackedOpName, EmitKernel>;
