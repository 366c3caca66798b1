/** Decides which products read weights in strips that are made once for all steps. */
import { emitOne } from "../../../ir/op.ts";
import type { Lower } from "../../../ir/program.ts";
import { type Conv2dAttrs, conv2dOp } from "../../../ops/conv2d.ts";
import { type MatMulAttrs, matMulOp } from "../../../ops/mat-mul.ts";
import { packsGroups } from "../kernels/conv2d.ts";
import { isShortProduct } from "../kernels/short-product.ts";
import { isPrepared } from "../prepared.ts";
import { packedConv2dOp, packedMatMulOp, packStripsOp } from "./ops.ts";

/**
 * Products of batches with what follows from variables, in steps that change none. Without strips a convolution packs its weights in
 * every call, or reads them row by row, each from another page of memory.
 */
export const lowerPackedProduct: Lower = ({ op, attrs, inputs }, [x, w], graph) => {
  if (op.name !== conv2dOp.name && op.name !== matMulOp.name) return undefined;
  if (!x!.spec.batched || w!.spec.batched || !isPrepared(graph, inputs[1]!)) return undefined;
  const weights = w!.spec.shape;
  if (op.name === conv2dOp.name) {
    const convolution = attrs as Conv2dAttrs;
    if (!packsGroups(weights, convolution)) return undefined;
    const strips = emitOne(packStripsOp, [w!], { groups: convolution.groups });
    return [emitOne(packedConv2dOp, [x!, strips], { ...convolution, weights })];
  }
  const product = attrs as MatMulAttrs;
  if (product.transposeA || isShortProduct(weights)) return undefined;
  return [emitOne(packedMatMulOp, [x!, emitOne(packStripsOp, [w!], { groups: 1 })], { ...product, weights })];
};
