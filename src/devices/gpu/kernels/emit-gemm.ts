/** Chooses how a matrix product is computed. */
import type { JoinedCall } from "../../epilogue.ts";
import type { Features, GpuKernel } from "../kernel.ts";
import type { Gemm } from "./gemm.ts";
import { directGemm } from "./gemm-direct.ts";
import { tiledGemm } from "./gemm-tile.ts";

/** The kernel whose inputs are A and B and whose output is C [m, groups · n], or what the call's epilogue makes of it. */
export function emitGemm(call: JoinedCall, gemm: Gemm, { software }: Features): GpuKernel {
  const named = call.epilogue === undefined ? gemm : { ...gemm, label: `${gemm.label}, epilogue` };
  return software ? directGemm(call, named) : tiledGemm(call, named);
}
