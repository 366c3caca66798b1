import { beforeAll, describe, expect, test } from "vitest";
import { detectFeatures } from "../../../src/devices/cpu/features.ts";
import type { EmitKernel, Features } from "../../../src/devices/cpu/kernel.ts";
import { type GemmShape, gemm } from "../../../src/devices/cpu/kernels/gemm.ts";
import { kernelParams, namedParams } from "../../../src/devices/cpu/kernels/rows.ts";
import type { Op } from "../../../src/ir/op.ts";
import { fc } from "../../properties.ts";
import { testSeed } from "../../seed.ts";
import { featureSets, plainProduct, randomFloats, sumError, TOLERANCE } from "./plain-loops.ts";
import { runKernel } from "./run-kernel.ts";

beforeAll(async () => {
  expect(detectFeatures()).toMatchObject({ relaxed: true });
});

interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly zero: boolean;
  /** Values between the end of a row and the start of the next one, for A, B and C. */
  readonly gaps: readonly [number, number, number];
}

/** A GEMM with free strides as a kernel of its own: `m` and `k` reach it at run time, as `begin` and `end` of the call. */
function gemmKernel({ n, zero }: Product, strides: Omit<GemmShape, "n" | "zero">): EmitKernel {
  return (module, call, features) => ({
    run: module.addFunction(kernelParams(call), [], (f, locals) => {
      const { begin, end, pointers } = namedParams(locals);
      for (const pointer of pointers) f.get(pointer);
      f.get(begin)
        .get(end)
        .call(gemm(module, { ...strides, n, zero }, features));
    }),
    scratchBytes: 0,
    extent: 1,
  });
}

/** Runs C (+)= A·B and gives the result and what C must hold, gaps included. */
function multiply(product: Product, seed: number, features: Features) {
  const { m, n, k, transposeA, zero, gaps } = product;
  const [aWidth, bWidth, cWidth] = [(transposeA ? m : k) + gaps[0], n + gaps[1], n + gaps[2]];
  const a = randomFloats(seed, (transposeA ? k : m) * aWidth);
  const b = randomFloats(seed + 1, k * bWidth);
  const before = randomFloats(seed + 2, m * cWidth);
  const cells = plainProduct(
    m,
    n,
    k,
    (i, p) => a[transposeA ? p * aWidth + i : i * aWidth + p]!,
    (p, j) => b[p * bWidth + j]!,
  );
  const expected = Float64Array.from(before, (old, at) => {
    const [i, j] = [Math.floor(at / cWidth), at % cWidth];
    return j >= n ? old : cells[i * n + j]! + (zero ? 0 : old);
  });
  const strides = {
    aRow: transposeA ? 4 : 4 * aWidth,
    aStep: transposeA ? 4 * aWidth : 4,
    bStep: 4 * bWidth,
    cRow: 4 * cWidth,
  };
  const op: Op = {
    name: "product",
    infer: () => [{ shape: [m, cWidth], dtype: "float32", batched: false }],
    reference: () => {},
  };
  const inputs = [
    { shape: [a.length], data: a },
    { shape: [b.length], data: b },
  ];
  const emit = gemmKernel(product, strides);
  // `begin` carries m and `end` carries k.
  const [c] = runKernel({ emit, op, attrs: {}, mode: "whole", inputs, features, before: [before], range: [m, k] });
  return { c: c!, expected, before, cWidth };
}

describe.each(featureSets)("gemm with %s", (_, features) => {
  const sizes = fc.record({
    m: fc.integer({ min: 1, max: 26 }),
    n: fc.integer({ min: 1, max: 60 }),
    k: fc.integer({ min: 0, max: 40 }),
    transposeA: fc.boolean(),
    zero: fc.boolean(),
    gaps: fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5)),
  });

  test("multiplies any shape with any strides and writes nothing between its rows", () => {
    fc.assert(
      fc.property(sizes, fc.nat(), (product, seed) => {
        const { c, expected, before, cWidth } = multiply(product, seed, features);
        expect(sumError(c, expected, product.k)).toBeLessThan(TOLERANCE);
        for (let at = 0; at < c.length; at++)
          if (at % cWidth >= product.n) expect(Object.is(c[at], before[at])).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 17])("%i rows times every width from 1 to 37", (m) => {
    for (let n = 1; n <= 37; n++) {
      const product: Product = { m, n, k: 5, transposeA: n % 2 === 0, zero: n % 3 === 0, gaps: [0, 0, 0] };
      const { c, expected } = multiply(product, testSeed + n, features);
      expect(sumError(c, expected, product.k), `width ${n}`).toBeLessThan(TOLERANCE);
    }
  });

  test("a sum over nothing is zero, or leaves what was there", () => {
    const product: Product = { m: 7, n: 9, k: 0, transposeA: false, zero: true, gaps: [1, 0, 0] };
    expect([...multiply(product, 1, features).c]).toEqual(new Array(63).fill(0));
    const { c, before } = multiply({ ...product, zero: false }, 1, features);
    expect(c).toEqual(before);
  });

  test("a long sum keeps float32's accuracy", () => {
    const product: Product = { m: 6, n: 8, k: 5000, transposeA: false, zero: true, gaps: [0, 0, 0] };
    const { c, expected } = multiply(product, testSeed, features);
    expect(sumError(c, expected, product.k)).toBeLessThan(TOLERANCE);
  });

  test("infinities and NaN come through", () => {
    const op: Op = {
      name: "product",
      infer: () => [{ shape: [1, 3], dtype: "float32", batched: false }],
      reference: () => {},
    };
    const product: Product = { m: 1, n: 3, k: 2, transposeA: false, zero: true, gaps: [0, 0, 0] };
    const inputs = [
      { shape: [1, 2], data: Float32Array.of(Number.POSITIVE_INFINITY, 1) },
      { shape: [2, 3], data: Float32Array.of(1, 0, -2, 5, 6, Number.NaN) },
    ];
    const emit = gemmKernel(product, { aRow: 8, aStep: 4, bStep: 12, cRow: 12 });
    const [c] = runKernel({ emit, op, attrs: {}, mode: "whole", inputs, features, range: [1, 2] });
    expect([...c!]).toEqual([Number.POSITIVE_INFINITY, Number.NaN, Number.NaN]);
  });
});

test("tiles of pairs add up each element in the same order: no bit differs", () => {
  const product: Product = { m: 13, n: 47, k: 21, transposeA: false, zero: true, gaps: [1, 2, 3] };
  for (const relaxed of [true, false]) {
    const [single, pairs] = [false, true].map((wide) => multiply(product, 7, { relaxed, wide }).c);
    expect(pairs).toEqual(single);
  }
});
