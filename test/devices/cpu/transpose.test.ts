import { describe, expect, test } from "vitest";
import { type Shape, sizeOf, stridesOf } from "../../../src/base/shape.ts";
import { emitTranspose } from "../../../src/devices/cpu/kernels/transpose.ts";
import { transposeOp } from "../../../src/ops/mat-mul.ts";
import { fc } from "../../properties.ts";
import { testSeed } from "../../seed.ts";
import { randomFloats } from "./plain-loops.ts";
import { runKernel } from "./run-kernel.ts";

/** The transposed values, each index taken apart and put together again. */
function plainTranspose(x: Float32Array, shape: Shape, permutation: readonly number[]): Float32Array {
  const target = permutation.map((axis) => shape[axis]!);
  const [from, to] = [stridesOf(shape), stridesOf(target)];
  return x.map((_, at) => {
    const place = permutation.map((axis, i) => from[axis]! * (Math.floor(at / to[i]!) % target[i]!));
    return x[place.reduce((sum, part) => sum + part, 0)]!;
  });
}

function check(shape: Shape, permutation: readonly number[], batched: boolean, parts: number, seed: number): void {
  const data = randomFloats(seed, sizeOf(shape));
  const [y] = runKernel({
    emit: emitTranspose,
    op: transposeOp,
    attrs: { permutation },
    mode: batched ? "map" : "whole",
    inputs: [{ shape, data, batched }],
    features: { relaxed: false, wide: false },
    parts,
  });
  expect(y).toEqual(plainTranspose(data, shape, permutation));
}

const shuffled = (rank: number) => {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return fc.shuffledSubarray(axes, { minLength: rank, maxLength: rank });
};

describe("transpose", () => {
  test("matrices of any size, shared among workers", () => {
    const sizes = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(sizes, sizes, fc.integer({ min: 1, max: 4 }), fc.nat(), (m, n, parts, seed) =>
        check([m, n], [1, 0], false, parts, seed),
      ),
      { numRuns: 150 },
    );
  });

  test("any permutation of any rank", () => {
    const wanted = fc
      .array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 })
      .chain((shape) => fc.tuple(fc.constant(shape), shuffled(shape.length), fc.integer({ min: 1, max: 3 }), fc.nat()));
    fc.assert(
      fc.property(wanted, ([shape, permutation, parts, seed]) => check(shape, permutation, false, parts, seed)),
      { numRuns: 200 },
    );
  });

  test("batches keep their first axis", () => {
    const wanted = fc
      .array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 4 })
      .chain((shape) =>
        fc.tuple(fc.constant(shape), shuffled(shape.length - 1), fc.integer({ min: 1, max: 3 }), fc.nat()),
      );
    fc.assert(
      fc.property(wanted, ([shape, rest, parts, seed]) =>
        check(shape, [0, ...rest.map((axis) => axis + 1)], true, parts, seed),
      ),
      { numRuns: 150 },
    );
  });

  test("the weights of a dense layer", () => {
    check([1009, 10], [1, 0], false, 2, testSeed);
    check([10, 1009], [1, 0], false, 3, testSeed);
    check([129, 67], [1, 0], false, 1, testSeed);
  });
});
