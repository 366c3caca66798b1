/** Kernels that not every CNN needs: they are loaded when a program calls one of them. */
export { emitAveragePool2d, emitAveragePool2dGrad } from "./average-pool2d.ts";
export { emitBatchMatMul } from "./batch-mat-mul.ts";
export { emitConcatenate, emitCrop, emitPad } from "./copy-block.ts";
export { emitDepthwiseConv2d, emitDepthwiseConv2dGradInput } from "./depthwise-conv2d.ts";
export { emitDepthwiseConv2dGradKernel } from "./depthwise-conv2d-grad-kernel.ts";
export { emitGather, emitScatterAdd } from "./gather.ts";
export { emitGatherRows, emitScatterRows } from "./gather-rows.ts";
export { emitRandomUniform } from "./random-uniform.ts";
export { emitRowNumber } from "./row-number.ts";
