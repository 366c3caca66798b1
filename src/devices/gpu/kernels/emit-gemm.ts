/** Chooses the algorithm of a matrix product. */
import type { JoinedCall } from "../../epilogue.ts";
import type { Features, GpuKernel } from "../kernel.ts";
import type { Gemm } from "./gemm.ts";
import { directGemm } from "./gemm-direct.ts";
import { tiledGemm } from "./gemm-tile.ts";

/** The kernel with inputs A and B and output C [m, groups · n], or the result of the call's epilogue on C. */
export function emitGemm(call: JoinedCall, gemm: Gemm, { software }: Features): GpuKernel {
  const named = call.epilogue === undefined ? gemm : { ...gemm, label: `${gemm.label}, epilogue` };
  return software ? directGemm(call, named) : tiledGemm(call, named);
}
