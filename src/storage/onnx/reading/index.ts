/** The operators of ONNX that are read, by name: a table, nothing else. */
import type { Converter } from "./converter.ts";
import { batchNormalization, conv, convTranspose } from "./convolutions.ts";
import { elementwise } from "./elementwise.ts";
import { averagePool, globalAveragePool, globalMaxPool, maxPool } from "./poolings.ts";
import { gemm, matMul } from "./products.ts";
import { reductionOps } from "./reductions.ts";
import { resize } from "./resizing.ts";
import { shapeOps } from "./shapes.ts";

export const converters: Readonly<Record<string, Converter>> = {
  ...elementwise,
  ...shapeOps,
  ...reductionOps,
  Conv: conv,
  ConvTranspose: convTranspose,
  BatchNormalization: batchNormalization,
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
  Gemm: gemm,
  MatMul: matMul,
  Resize: resize,
  Upsample: resize,
};
