/** Cases of products of matrices in pairs. */
import type { BatchMatMulAttrs } from "../../src/ops/batch-mat-mul.ts";
import { type CaseInput, type OpCase, rows, whole } from "./op-case.ts";

const ways = [false, true].flatMap((transposeA) => [false, true].map((transposeB) => ({ transposeA, transposeB })));

/** a [...lead, m, k] · b [...lead, k, n] stored each way. */
function allWays(name: string, make: typeof rows, lead: readonly number[], m: number, k: number, n: number) {
  const input = (turned: boolean, height: number, width: number): CaseInput =>
    make([...lead, ...(turned ? [width, height] : [height, width])]);
  return ways.map(
    (attrs): OpCase<BatchMatMulAttrs> => ({
      name: `${name}${attrs.transposeA ? ", first transposed" : ""}${attrs.transposeB ? ", second transposed" : ""}`,
      inputs: [input(attrs.transposeA, m, k), input(attrs.transposeB, k, n)],
      attrs,
      gradients: [0, 1],
    }),
  );
}

export const batchMatMulCases: readonly OpCase<BatchMatMulAttrs>[] = [
  ...allWays("odd", rows, [3], 5, 7, 3),
  ...allWays("heads", rows, [3, 2], 4, 8, 12),
  ...allWays("not batched", whole, [3], 2, 5, 11),
  ...allWays("tiles and a rest", rows, [2], 37, 19, 29),
  ...allWays("one of all", rows, [1], 1, 1, 1),
  ...allWays("long sums", rows, [2, 1], 3, 300, 5),
  {
    name: "rows of one",
    inputs: [rows([7, 1, 5]), rows([7, 5, 1])],
    attrs: { transposeA: false, transposeB: false },
    gradients: [0, 1],
  },
];
