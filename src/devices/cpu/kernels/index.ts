/** The kernel table of the CPU device. A missing or unknown kernel is a compile error. */
import type { KernelName } from "../../../ops/index.ts";
import type { KernelSource } from "../kernel.ts";
import { emitArgMax } from "./arg-max.ts";
import { emitConv2d } from "./conv2d.ts";
import { emitConv2dGradKernel } from "./conv2d-grad-kernel.ts";
import { emitMatMul } from "./mat-mul.ts";
import { emitMaxPool2d, emitMaxPool2dGrad, emitMaxPool2dPick } from "./max-pool2d.ts";
import { emitReduceMax, emitReduceSum } from "./reduce.ts";
import { emitRotateKernel, emitTranspose } from "./transpose.ts";

/** Kernels of every CNN are here; the others are loaded with the first program that calls one of them. */
const others = () => import("./others.ts");

export const kernels = {
  argMax: () => emitArgMax,
  averagePool2d: async () => (await others()).emitAveragePool2d,
  averagePool2dGrad: async () => (await others()).emitAveragePool2dGrad,
  batchMatMul: async () => (await others()).emitBatchMatMul,
  concatenate: async () => (await others()).emitConcatenate,
  conv2d: () => emitConv2d,
  conv2dGradKernel: () => emitConv2dGradKernel,
  depthwiseConv2d: async () => (await others()).emitDepthwiseConv2d,
  depthwiseConv2dGradInput: async () => (await others()).emitDepthwiseConv2dGradInput,
  depthwiseConv2dGradKernel: async () => (await others()).emitDepthwiseConv2dGradKernel,
  crop: async () => (await others()).emitCrop,
  gather: async () => (await others()).emitGather,
  gatherRows: async () => (await others()).emitGatherRows,
  matMul: () => emitMatMul,
  pad: async () => (await others()).emitPad,
  maxPool2d: () => emitMaxPool2d,
  maxPool2dGrad: () => emitMaxPool2dGrad,
  maxPool2dPick: () => emitMaxPool2dPick,
  randomUniform: async () => (await others()).emitRandomUniform,
  reduceMax: () => emitReduceMax,
  reduceSum: () => emitReduceSum,
  rotateKernel: () => emitRotateKernel,
  rowNumber: async () => (await others()).emitRowNumber,
  scatterRows: async () => (await others()).emitScatterRows,
  scatterAdd: async () => (await others()).emitScatterAdd,
  transpose: () => emitTranspose,
} as const satisfies Record<KernelName, KernelSource>;

export const kernelNames: ReadonlySet<string> = /* @__PURE__ */ new Set(Object.keys(kernels));
