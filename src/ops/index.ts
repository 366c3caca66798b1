/** The op table: a barrel, nothing else. Devices and test cases are typed by it, so a missing kernel or case does not compile. */
import { averagePool2dGradOp, averagePool2dOp } from "./average-pool2d.ts";
import { batchMatMulOp } from "./batch-mat-mul.ts";
import { conv2dGradInputOp, conv2dGradKernelOp, conv2dOp, rotateKernelOp } from "./conv2d.ts";
import { depthwiseConv2dGradInputOp, depthwiseConv2dGradKernelOp, depthwiseConv2dOp } from "./depthwise-conv2d.ts";
import { elementwiseOps } from "./elementwise.ts";
import { gatherOp, scatterAddOp } from "./gather.ts";
import { gatherRowsOp, scatterRowsOp } from "./gather-rows.ts";
import { literalOp } from "./literal.ts";
import { mapOp } from "./map.ts";
import { matMulOp, transposeOp } from "./mat-mul.ts";
import { maxPool2dGradOp, maxPool2dOp, maxPool2dPickOp } from "./max-pool2d.ts";
import { normalizeOp } from "./normalize.ts";
import { concatenateOp, cropOp, padOp } from "./pad.ts";
import { randomUniformOp } from "./random-uniform.ts";
import { broadcastToOp, reduceSumOp } from "./reduce.ts";
import { argMaxOp, reduceMaxOp } from "./reduce-max.ts";
import { reshapeOp } from "./reshape.ts";
import { resizeOp } from "./resize.ts";
import { rowNumberOp } from "./row-number.ts";
import { shareSumOp } from "./share-sum.ts";
import { repeatOp, splitOp } from "./slice.ts";
import { logSoftmaxOp, softmaxOp } from "./softmax.ts";

export const ops = {
  ...elementwiseOps,
  map: mapOp,
  broadcastTo: broadcastToOp,
  matMul: matMulOp,
  batchMatMul: batchMatMulOp,
  transpose: transposeOp,
  gather: gatherOp,
  scatterAdd: scatterAddOp,
  gatherRows: gatherRowsOp,
  scatterRows: scatterRowsOp,
  rowNumber: rowNumberOp,
  conv2d: conv2dOp,
  conv2dGradInput: conv2dGradInputOp,
  conv2dGradKernel: conv2dGradKernelOp,
  rotateKernel: rotateKernelOp,
  depthwiseConv2d: depthwiseConv2dOp,
  depthwiseConv2dGradInput: depthwiseConv2dGradInputOp,
  depthwiseConv2dGradKernel: depthwiseConv2dGradKernelOp,
  averagePool2d: averagePool2dOp,
  averagePool2dGrad: averagePool2dGradOp,
  maxPool2d: maxPool2dOp,
  maxPool2dGrad: maxPool2dGradOp,
  maxPool2dPick: maxPool2dPickOp,
  normalize: normalizeOp,
  reduceSum: reduceSumOp,
  shareSum: shareSumOp,
  reduceMax: reduceMaxOp,
  argMax: argMaxOp,
  softmax: softmaxOp,
  logSoftmax: logSoftmaxOp,
  pad: padOp,
  crop: cropOp,
  concatenate: concatenateOp,
  split: splitOp,
  repeat: repeatOp,
  resize: resizeOp,
  randomUniform: randomUniformOp,
  reshape: reshapeOp,
  literal: literalOp,
} as const;

export type OpName = keyof typeof ops;

/** Ops that any device runs without a kernel of that name: elementwise (printed), composite (decomposed), views and literals. */
export type FreeOpName =
  | keyof typeof elementwiseOps
  | "map"
  | "broadcastTo"
  | "normalize"
  | "shareSum"
  | "conv2dGradInput"
  | "split"
  | "repeat"
  | "resize"
  | "softmax"
  | "logSoftmax"
  | "reshape"
  | "literal";

/** Ops that every device must have a kernel for. */
export type KernelName = Exclude<OpName, FreeOpName>;
