/** Products of matrices in pairs: a stack of products. */
import { type BatchMatMulAttrs, productSizes } from "../../../ops/batch-mat-mul.ts";
import type { EmitKernel } from "../kernel.ts";
import { emitGemm } from "./emit-gemm.ts";
import { fetchWidths, fixedExtent, leadingExtent, matrixLoader } from "./matrix-operand.ts";

export const emitBatchMatMul: EmitKernel = (call, features) => {
  const { transposeA, transposeB } = call.attrs as BatchMatMulAttrs;
  const [a, b] = [call.inputs[0]!.spec, call.inputs[1]!.spec];
  const { m, n, k } = productSizes([a, b], call.attrs as BatchMatMulAttrs);
  const [columnsA, columnsB] = [a.shape.at(-1)!, b.shape.at(-1)!];
  const [widthA, widthB] = fetchWidths(call, features, columnsA % 4 === 0, columnsB % 4 === 0);
  return emitGemm(
    call,
    {
      label: `batchMatMul [${a.shape}]${transposeA ? "ᵀ" : ""} [${b.shape}]${transposeB ? "ᵀ" : ""}`,
      groups: 1,
      stack: leadingExtent(a, a.shape.length - 2),
      m: fixedExtent(m),
      n,
      k: fixedExtent(k),
      a: matrixLoader(transposeA ? "outer" : "depth", columnsA, widthA, `MATRIX * ${m * k}`),
      b: matrixLoader(transposeB ? "depth" : "outer", columnsB, widthB, `MATRIX * ${k * n}`),
    },
    features,
  );
};
