/**
 * Products of matrices in pairs: both operands have leading axes, and each matrix of one meets the matrix at the same place of the
 * other. For a matrix that all share use `matMul`: a [..., m, k] · b [k, n] as it is; a [m, k] · b [..., k, n] as
 * transpose(matMul(transpose(b), transpose(a))), which `sharedLeft` writes.
 */
import { InternalError } from "../base/errors.ts";
import { sameShape, sizeOf } from "../base/shape.ts";
import type { Spec, Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";
import { matMul, transpose } from "./mat-mul.ts";
import { addMatrixVector, addOuterProduct, addVectorMatrix } from "./rows.ts";

export interface BatchMatMulAttrs {
  /** The matrices of `a` are stored as [k, m]. */
  readonly transposeA: boolean;
  /** The matrices of `b` are stored as [n, k]. */
  readonly transposeB: boolean;
}

export interface ProductSizes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Rows, columns and depth of the product of each pair. */
export function productSizes([a, b]: readonly Spec[], { transposeA, transposeB }: BatchMatMulAttrs): ProductSizes {
  const [m, k] = transposeA ? [a!.shape.at(-1)!, a!.shape.at(-2)!] : [a!.shape.at(-2)!, a!.shape.at(-1)!];
  return { m, k, n: b!.shape.at(transposeB ? -2 : -1)! };
}

/** a [..., m, k] · b [..., k, n] → y [..., m, n] with y[..., i, j] = Σ a[..., i, p] · b[..., p, j]; leading axes are equal. */
export const batchMatMulOp: Op<BatchMatMulAttrs> = {
  name: "batchMatMul",
  infer: (inputs, attrs) => {
    const [a, b] = inputs as [Spec, Spec];
    const lead = a.shape.slice(0, -2);
    if (lead.length === 0 || a.batched !== b.batched || !sameShape(lead, b.shape.slice(0, -2)))
      throw new InternalError(`batchMatMul needs the same leading axes, not those of [${a.shape}] and [${b.shape}].`);
    const { m, n, k } = productSizes(inputs, attrs);
    if (b.shape.at(attrs.transposeB ? -1 : -2) !== k)
      throw new InternalError(
        `batchMatMul cannot multiply [${a.shape}]${attrs.transposeA ? "ᵀ" : ""} by [${b.shape}]${attrs.transposeB ? "ᵀ" : ""}.`,
      );
    return [{ shape: [...lead, m, n], dtype: "float32", batched: a.batched }];
  },
  reference: ([a, b], [y], { attrs, inputs }) => {
    const { m, n, k } = productSizes(inputs, attrs);
    for (let matrix = 0; matrix < y!.length / (m * n); matrix++) {
      const [left, right, made] = [matrix * m * k, matrix * k * n, matrix * m * n];
      if (attrs.transposeA) addTransposed(a!, left, b!, right, y!, made, { m, n, k }, attrs.transposeB);
      else
        for (let i = 0; i < m; i++) {
          const [row, target] = [left + i * k, made + i * n];
          if (attrs.transposeB)
            addMatrixVector(y!, target, { values: b!, stride: k, depth: n, count: k }, right, a!, row);
          else addVectorMatrix(y!, target, a!, row, { values: b!, stride: n, depth: k, count: n }, right);
        }
    }
  },
  flops: ({ attrs, inputs, outputs }) => 2 * sizeOf(outputs[0]!.shape) * productSizes(inputs, attrs).k,
  /** Of op(A)·op(B) = Y: d op(A) = dY·op(B)ᵀ and d op(B) = op(A)ᵀ·dY; a transposed operand gets the transpose of it. */
  gradient: ({ inputs, attrs: { transposeA, transposeB }, gradients, wanted }) => {
    const [a, b] = inputs as [Sym, Sym];
    const dy = gradients[0]!;
    return [
      wanted(0) ? (transposeA ? product(b, dy, transposeB, true) : product(dy, b, false, !transposeB)) : null,
      wanted(1) ? (transposeB ? product(dy, a, true, transposeA) : product(a, dy, !transposeA, false)) : null,
    ];
  },
};

/** Y += Aᵀ·B or Aᵀ·Bᵀ of the matrices that begin at the given places. */
function addTransposed(
  a: Float64Array,
  left: number,
  b: Float64Array,
  right: number,
  y: Float64Array,
  made: number,
  { m, n, k }: ProductSizes,
  transposeB: boolean,
): void {
  const target = { values: y, stride: n, depth: m, count: n };
  const row = new Float64Array(n);
  for (let p = 0; p < k; p++)
    if (transposeB) {
      for (let j = 0; j < n; j++) row[j] = b[right + j * k + p]!;
      addOuterProduct(target, made, a, left + p * m, row, 0);
    } else addOuterProduct(target, made, a, left + p * m, b, right + p * n);
}

const product = (a: Sym, b: Sym, transposeA: boolean, transposeB: boolean): Sym =>
  emitOne(batchMatMulOp, [a, b], { transposeA, transposeB });

/** a [..., m, k] · b [..., k, n] → [..., m, n]; with `transposeA` a is [..., k, m], with `transposeB` b is [..., n, k]. */
export function batchMatMul(
  a: Sym,
  b: Sym,
  { transposeA = false, transposeB = false }: Partial<BatchMatMulAttrs> = {},
) {
  return product(a, b, transposeA, transposeB);
}

/** a [m, k] · b [..., k, n] → [..., m, n]: one matrix on the left of all, as (bᵀ·aᵀ)ᵀ. */
export function sharedLeft(a: Sym, b: Sym): Sym {
  return swapLast(matMul(swapLast(b), transpose(a, [1, 0])));
}

/** x [..., m, n] → [..., n, m]. */
export function swapLast(x: Sym): Sym {
  const rank = x.spec.shape.length;
  return transpose(
    x,
    x.spec.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis)),
  );
}
