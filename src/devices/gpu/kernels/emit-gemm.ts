/** Chooses how a matrix product is computed. */
import type { Features, GpuKernel } from "../kernel.ts";
import type { Gemm } from "./gemm.ts";
import { directGemm } from "./gemm-direct.ts";
import { tiledGemm } from "./gemm-tile.ts";

/** The kernel whose inputs are A and B and whose output is C [m, groups · n]. */
export function emitGemm(gemm: Gemm, { software }: Features): GpuKernel {
  return software ? directGemm(gemm) : tiledGemm(gemm);
}
