/**
 * Products whose weights lie in strips, the layout in which a GEMM reads its right side (kernels/gemm.ts), as ops of the CPU device.
 * `lower.ts` writes them in place of `conv2d` and `matMul` in predictions, where the strips are made once for all steps.
 */
import { InternalError } from "../../../base/errors.ts";
import { type Shape, sizeOf } from "../../../base/shape.ts";
import type { Spec } from "../../../ir/graph.ts";
import type { Op, OpCall } from "../../../ir/op.ts";
import { type Conv2dAttrs, conv2dOp } from "../../../ops/conv2d.ts";
import { type MatMulAttrs, matMulOp } from "../../../ops/mat-mul.ts";
import { STRIP_COLUMNS } from "../kernels/gemm.ts";

export interface PackStripsAttrs {
  readonly groups: number;
}

/** Strips of each group. */
const stripsOf = (columns: number, groups: number) => Math.ceil(columns / groups / STRIP_COLUMNS);

/** Calls `visit` for each weight, with its place in the strips. */
function walkStrips(
  [depth, columns]: readonly [number, number],
  groups: number,
  visit: (weight: number, place: number) => void,
): void {
  const [width, strips] = [columns / groups, stripsOf(columns, groups)];
  for (let row = 0; row < depth; row++)
    for (let column = 0; column < columns; column++) {
      const [group, at] = [Math.floor(column / width), column % width];
      const strip = group * strips + Math.floor(at / STRIP_COLUMNS);
      visit(row * columns + column, (strip * depth + row) * STRIP_COLUMNS + (at % STRIP_COLUMNS));
    }
}

/** Rows and columns of the matrix of weights: a window's cells and input channels by filters, or a Dense layer's kernel. */
export const matrixOf = (weights: Shape): readonly [number, number] => [sizeOf(weights.slice(0, -1)), weights.at(-1)!];

/** w [..., n] → strips [groups · ⌈n / groups / 16⌉, rows, 16]; the columns of a group's last strip beyond its own are undefined. */
export const packStripsOp: Op<PackStripsAttrs> = {
  name: "packStrips",
  infer: ([w], { groups }) => {
    const [depth, columns] = matrixOf(w!.shape);
    if (w!.batched || columns % groups !== 0)
      throw new InternalError(`packStrips cannot pack [${w!.shape}] in ${groups} groups.`);
    return [{ shape: [groups * stripsOf(columns, groups), depth, STRIP_COLUMNS], dtype: "float32", batched: false }];
  },
  reference: ([w], [strips], { attrs, inputs }) =>
    walkStrips(matrixOf(inputs[0]!.shape), attrs.groups, (weight, place) => {
      strips![place] = w![weight]!;
    }),
};

/** Attributes of a product, and the shape of its weights before they were packed. */
type Packed<A> = A & { readonly weights: Shape };

const plainSpec = (weights: Shape): Spec => ({ shape: weights, dtype: "float32", batched: false });

/** The same product of weights in strips. */
function packedOp<A extends object>(name: string, plain: Op<A>, groupsOf: (attrs: A) => number): Op<Packed<A>> {
  const withWeights = ([x]: readonly Spec[], { weights }: Packed<A>): Spec[] => [x!, plainSpec(weights)];
  const callOf = (call: OpCall<Packed<A>>): OpCall<A> => ({ ...call, inputs: withWeights(call.inputs, call.attrs) });
  return {
    name,
    infer: (inputs, attrs) => plain.infer(withWeights(inputs, attrs), attrs),
    reference: ([x, strips], outputs, call) => {
      const { weights } = call.attrs;
      const w = new Float64Array(sizeOf(weights));
      walkStrips(matrixOf(weights), groupsOf(call.attrs), (weight, place) => {
        w[weight] = strips![place]!;
      });
      plain.reference([x!, w], outputs, callOf(call));
    },
    flops: (call) => plain.flops?.(callOf(call)) ?? 0,
  };
}

export type PackedConv2dAttrs = Packed<Conv2dAttrs>;
export type PackedMatMulAttrs = Packed<MatMulAttrs>;

export const packedConv2dOp = /* @__PURE__ */ packedOp<Conv2dAttrs>("packedConv2d", conv2dOp, ({ groups }) => groups);
export const packedMatMulOp = /* @__PURE__ */ packedOp<MatMulAttrs>("packedMatMul", matMulOp, () => 1);

export const packedOps = {
  packStrips: packStripsOp,
  packedConv2d: packedConv2dOp,
  packedMatMul: packedMatMulOp,
} as const;

export type PackedOpName = keyof typeof packedOps;
