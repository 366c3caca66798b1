/** The kernels of Winograd's ops. */
import type { EmitKernel } from "../kernel.ts";
import { emitWinogradInputGrad } from "./input-grad-kernel.ts";
import { emitWinogradInput } from "./input-kernel.ts";
import { emitWinogradKernel, emitWinogradKernelGrad } from "./kernel-kernel.ts";
import type { WinogradOpName } from "./ops.ts";
import { emitWinogradOutput, emitWinogradOutputGrad } from "./output-kernel.ts";
import { emitWinogradProduct, emitWinogradProductGrad } from "./product-kernel.ts";

export const winogradKernels = {
  winogradInput: emitWinogradInput,
  winogradInputGrad: emitWinogradInputGrad,
  winogradOutput: emitWinogradOutput,
  winogradOutputGrad: emitWinogradOutputGrad,
  winogradKernel: emitWinogradKernel,
  winogradKernelGrad: emitWinogradKernelGrad,
  winogradProduct: emitWinogradProduct,
  winogradProductGrad: emitWinogradProductGrad,
} as const satisfies Record<WinogradOpName, EmitKernel>;
