/** The kernel table of the GPU device. A missing or unknown kernel is a compile error. */
import { InternalError } from "../../../base/errors.ts";
import type { KernelName } from "../../../ops/index.ts";
import type { JoinedCall } from "../../epilogue.ts";
import type { EmitKernel, Features, GpuKernel } from "../kernel.ts";
import { emitArgMax } from "./arg-max.ts";
import { emitBatchMatMul } from "./batch-mat-mul.ts";
import { emitConv2d } from "./conv2d.ts";
import { emitConv2dGradInput } from "./conv2d-grad-input.ts";
import { emitConv2dGradKernel } from "./conv2d-grad-kernel.ts";
import { emitConcatenate, emitCrop, emitPad, emitRotateKernel, emitTranspose } from "./copy.ts";
import { emitDepthwiseConv2d } from "./depthwise-conv2d.ts";
import { emitDepthwiseConv2dGradInput } from "./depthwise-conv2d-grad-input.ts";
import { emitDepthwiseConv2dGradKernel } from "./depthwise-conv2d-grad-kernel.ts";
import { emitElementwise } from "./elementwise.ts";
import { emitGather, emitScatterAdd } from "./gather.ts";
import { emitGatherRows, emitScatterRows } from "./gather-rows.ts";
import { emitMatMul } from "./mat-mul.ts";
import {
  emitAveragePool2d,
  emitAveragePool2dGrad,
  emitMaxPool2d,
  emitMaxPool2dGrad,
  emitMaxPool2dPick,
} from "./pool.ts";
import { emitRandomUniform } from "./random-uniform.ts";
import { emitReduceMax, emitReduceSum } from "./reduce.ts";
import { emitRowNumber } from "./row-number.ts";

export const kernels = {
  argMax: emitArgMax,
  averagePool2d: emitAveragePool2d,
  averagePool2dGrad: emitAveragePool2dGrad,
  batchMatMul: emitBatchMatMul,
  concatenate: emitConcatenate,
  conv2d: emitConv2d,
  conv2dGradInput: emitConv2dGradInput,
  conv2dGradKernel: emitConv2dGradKernel,
  crop: emitCrop,
  depthwiseConv2d: emitDepthwiseConv2d,
  depthwiseConv2dGradInput: emitDepthwiseConv2dGradInput,
  depthwiseConv2dGradKernel: emitDepthwiseConv2dGradKernel,
  gather: emitGather,
  gatherRows: emitGatherRows,
  matMul: emitMatMul,
  pad: emitPad,
  maxPool2d: emitMaxPool2d,
  maxPool2dGrad: emitMaxPool2dGrad,
  maxPool2dPick: emitMaxPool2dPick,
  randomUniform: emitRandomUniform,
  reduceMax: emitReduceMax,
  reduceSum: emitReduceSum,
  rotateKernel: emitRotateKernel,
  rowNumber: emitRowNumber,
  scatterAdd: emitScatterAdd,
  scatterRows: emitScatterRows,
  transpose: emitTranspose,
} as const satisfies Record<KernelName | "conv2dGradInput", EmitKernel>;

/**
 * Composite ops with a kernel, which need not be decomposed. On software renderers the gradient by a convolution's input is
 * decomposed: the rotated kernel of its parts has the layout that four adjacent threads read.
 */
export function kernelNames({ software }: Features): ReadonlySet<string> {
  return new Set(Object.keys(kernels).filter((name) => !(software && name === "conv2dGradInput")));
}

export function emitCall(call: JoinedCall, features: Features): GpuKernel {
  const table: Readonly<Record<string, EmitKernel>> = kernels;
  const emit = call.op.elementwise === undefined ? table[call.op.name] : emitElementwise;
  if (emit === undefined) throw new InternalError(`The GPU device has no kernel for "${call.op.name}".`);
  return emit(call, features);
}
