/** Matrix products over the last axes, and transposition. */
import { InternalError } from "../base/errors.ts";
import { type Shape, sameShape, sizeOf, stridesOf } from "../base/shape.ts";
import type { Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";
import { addOuterProduct, addVectorMatrix } from "./rows.ts";

export interface MatMulAttrs {
  /** false: a [..., k] · b [k, n] → [..., n]. true: a [..., m]ᵀ · b [..., n] → [m, n], summed over all leading axes. */
  readonly transposeA: boolean;
}

/** Matrix product; leading axes of `a` are rows. With `transposeA` the sum may run over the batch. */
export const matMulOp: Op<MatMulAttrs> = {
  name: "matMul",
  sharesOutput: true,
  infer: ([a, b], { transposeA }) => {
    const inner = a!.shape.at(-1)!;
    const batched = a!.batched;
    if (transposeA) {
      if (batched !== b!.batched || !sameShape(a!.shape.slice(0, -1), b!.shape.slice(0, -1)))
        throw new InternalError("matMul with transposeA needs two operands with the same leading axes.");
      return [{ shape: [inner, b!.shape.at(-1)!], dtype: "float32", batched: false }];
    }
    if (b!.batched || b!.shape.length !== 2 || b!.shape[0] !== inner)
      throw new InternalError(`matMul cannot multiply [${a!.shape}] by [${b!.shape}].`);
    return [{ shape: [...a!.shape.slice(0, -1), b!.shape[1]!], dtype: "float32", batched }];
  },
  reference: ([a, b], [y], { attrs, inputs, outputs }) => {
    const [m, n] = [inputs[0]!.shape.at(-1)!, outputs[0]!.shape.at(-1)!];
    const matrix = { values: attrs.transposeA ? y! : b!, stride: n, depth: m, count: n };
    for (let row = 0; row < a!.length / m; row++) {
      if (attrs.transposeA) addOuterProduct(matrix, 0, a!, row * m, b!, row * n);
      else addVectorMatrix(y!, row * n, a!, row * m, matrix, 0);
    }
  },
  columns: ([, b], { transposeA }) => (transposeA ? undefined : { input: 1, shape: b!.shape.slice(-1) }),
  flops: ({ inputs, outputs }) => 2 * sizeOf(inputs[0]!.shape) * outputs[0]!.shape.at(-1)!,
  gradient: ({ inputs, attrs, gradients, wanted }) => {
    const [a, b] = inputs as [Sym, Sym];
    const dy = gradients[0]!;
    if (attrs.transposeA)
      return [wanted(0) ? matMul(b, transpose(dy, [1, 0])) : null, wanted(1) ? matMul(a, dy) : null];
    return [
      wanted(0) ? matMul(dy, transpose(b, [1, 0])) : null,
      wanted(1) ? emitOne(matMulOp, [a, dy], { transposeA: true }) : null,
    ];
  },
};

/** a [..., k] · b [k, n] → [..., n]. */
export function matMul(a: Sym, b: Sym): Sym {
  return emitOne(matMulOp, [a, b], { transposeA: false });
}

export interface TransposeAttrs {
  /** Axis of the input that becomes axis i of the output. A batched value keeps axis 0 first. */
  readonly permutation: readonly number[];
}

export const transposeOp: Op<TransposeAttrs> = {
  name: "transpose",
  infer: ([x], { permutation }) => {
    if (x!.batched && permutation[0] !== 0) throw new InternalError("A transposition moves the batch axis.");
    return [{ ...x!, shape: permutation.map((axis) => x!.shape[axis]!) }];
  },
  reference: ([x], [y], call) => {
    const strides = stridesOf(call.inputs[0]!.shape);
    const steps = call.attrs.permutation.map((axis) => strides[axis]!);
    walk(call.outputs[0]!.shape, steps, (to, from) => {
      y![to] = x![from]!;
    });
  },
  gradient: ({ attrs, gradients }) => [
    transpose(
      gradients[0]!,
      attrs.permutation.map((_, axis) => attrs.permutation.indexOf(axis)),
    ),
  ],
  join: (first, second) => {
    const permutation = second.permutation.map((axis) => first.permutation[axis]!);
    return permutation.every((from, to) => from === to) ? null : { permutation };
  },
};

/** Visits a shape in row-major order with a second index that moves by `steps` along each axis. */
function walk(shape: Shape, steps: readonly number[], visit: (index: number, strided: number) => void): void {
  let index = 0;
  const descend = (axis: number, base: number): void => {
    if (axis === shape.length) visit(index++, base);
    else for (let i = 0; i < shape[axis]!; i++) descend(axis + 1, base + i * steps[axis]!);
  };
  descend(0, 0);
}

export function transpose(x: Sym, permutation: readonly number[]): Sym {
  return emitOne(transposeOp, [x], { permutation });
}
