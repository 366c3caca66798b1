/** The kernel table of the CPU device. A missing or unknown kernel is a compile error. */
import type { KernelName } from "../../../ops/index.ts";
import type { EmitKernel } from "../kernel.ts";
import { emitArgMax } from "./arg-max.ts";
import { emitAveragePool2d, emitAveragePool2dGrad } from "./average-pool2d.ts";
import { emitBatchMatMul } from "./batch-mat-mul.ts";
import { emitConv2d } from "./conv2d.ts";
import { emitConv2dGradKernel } from "./conv2d-grad-kernel.ts";
import { emitConcatenate, emitCrop, emitPad } from "./copy-block.ts";
import { emitDepthwiseConv2d, emitDepthwiseConv2dGradInput } from "./depthwise-conv2d.ts";
import { emitDepthwiseConv2dGradKernel } from "./depthwise-conv2d-grad-kernel.ts";
import { emitGather, emitScatterAdd } from "./gather.ts";
import { emitMatMul } from "./mat-mul.ts";
import { emitMaxPool2d, emitMaxPool2dGrad, emitMaxPool2dPick } from "./max-pool2d.ts";
import { emitRandomUniform } from "./random-uniform.ts";
import { emitReduceMax, emitReduceSum } from "./reduce.ts";
import { emitRotateKernel, emitTranspose } from "./transpose.ts";

export const kernels = {
  argMax: emitArgMax,
  averagePool2d: emitAveragePool2d,
  averagePool2dGrad: emitAveragePool2dGrad,
  batchMatMul: emitBatchMatMul,
  concatenate: emitConcatenate,
  conv2d: emitConv2d,
  conv2dGradKernel: emitConv2dGradKernel,
  depthwiseConv2d: emitDepthwiseConv2d,
  depthwiseConv2dGradInput: emitDepthwiseConv2dGradInput,
  depthwiseConv2dGradKernel: emitDepthwiseConv2dGradKernel,
  crop: emitCrop,
  gather: emitGather,
  matMul: emitMatMul,
  pad: emitPad,
  maxPool2d: emitMaxPool2d,
  maxPool2dGrad: emitMaxPool2dGrad,
  maxPool2dPick: emitMaxPool2dPick,
  randomUniform: emitRandomUniform,
  reduceMax: emitReduceMax,
  reduceSum: emitReduceSum,
  rotateKernel: emitRotateKernel,
  scatterAdd: emitScatterAdd,
  transpose: emitTranspose,
} as const satisfies Record<KernelName, EmitKernel>;

export const kernelNames: ReadonlySet<string> = /* @__PURE__ */ new Set(Object.keys(kernels));
