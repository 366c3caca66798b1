/** Matrix products of dense layers: a [..., k] · b [k, n], and aᵀ [m, ...] · b [..., n] summed over the live rows. */
import type { MatMulAttrs } from "../../../ops/mat-mul.ts";
import type { EmitKernel } from "../kernel.ts";
import { emitGemm } from "./emit-gemm.ts";
import { fetchWidths, fixedExtent, leadingExtent, matrixLoader } from "./matrix-operand.ts";

export const emitMatMul: EmitKernel = (call, features) => {
  const { transposeA } = call.attrs as MatMulAttrs;
  const [a, b] = [call.inputs[0]!.spec, call.inputs[1]!.spec];
  const [columns, n] = [a.shape.at(-1)!, b.shape.at(-1)!];
  const rows = leadingExtent(a, a.shape.length - 1);
  const [widthA, widthB] = fetchWidths(call, features, columns % 4 === 0, n % 4 === 0);
  const [m, k] = transposeA ? [fixedExtent(columns), rows] : [rows, fixedExtent(columns)];
  return emitGemm(
    call,
    {
      label: `matMul [${a.shape}]${transposeA ? "ᵀ" : ""} [${b.shape}]`,
      groups: 1,
      m,
      n,
      k,
      a: matrixLoader(transposeA ? "outer" : "depth", columns, widthA),
      b: matrixLoader("outer", n, widthB),
    },
    features,
  );
};
