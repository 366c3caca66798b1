import { beforeAll, describe, expect, test } from "vitest";
import { detectFeatures } from "../../../src/devices/cpu/features.ts";
import type { Features } from "../../../src/devices/cpu/kernel.ts";
import { emitMatMul } from "../../../src/devices/cpu/kernels/mat-mul.ts";
import type { CallMode } from "../../../src/ir/program.ts";
import { matMulOp } from "../../../src/ops/mat-mul.ts";
import { fc } from "../../properties.ts";
import { testSeed } from "../../seed.ts";
import { featureSets, plainProduct, randomFloats, sumError, TOLERANCE } from "./plain-loops.ts";
import { runKernel } from "./run-kernel.ts";

beforeAll(async () => {
  expect(detectFeatures()).toMatchObject({ relaxed: true });
});

interface Layer {
  /** Rows of the batch; `live` of them count. */
  readonly capacity: number;
  readonly live: number;
  /** Rows within one row of the batch, such as pixels. */
  readonly middle: number;
  readonly inner: number;
  readonly outer: number;
  readonly parts: number;
  readonly seed: number;
  readonly batched: boolean;
}

const layers = fc
  .record({
    capacity: fc.integer({ min: 1, max: 9 }),
    live: fc.integer({ min: 1, max: 9 }),
    middle: fc.integer({ min: 1, max: 4 }),
    inner: fc.integer({ min: 1, max: 40 }),
    outer: fc.integer({ min: 1, max: 20 }),
    parts: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(),
    batched: fc.boolean(),
  })
  .map((layer) => ({ ...layer, live: layer.batched ? Math.min(layer.live, layer.capacity) : layer.capacity }));

function forward(layer: Layer, features: Features): void {
  const { capacity, live, middle, inner, outer, parts, seed, batched } = layer;
  const x = randomFloats(seed, capacity * middle * inner);
  const w = randomFloats(seed + 1, inner * outer);
  const inputs = [
    { shape: middle === 1 ? [capacity, inner] : [capacity, middle, inner], data: x, batched },
    { shape: [inner, outer], data: w },
  ];
  const mode: CallMode = batched ? "map" : "whole";
  const run = {
    emit: emitMatMul,
    op: matMulOp,
    attrs: { transposeA: false },
    mode,
    inputs,
    features,
    parts,
    rows: live,
  };
  const [y] = runKernel(run);
  const expected = plainProduct(
    live * middle,
    outer,
    inner,
    (i, p) => x[i * inner + p]!,
    (p, j) => w[p * outer + j]!,
  );
  expect(sumError(y!.subarray(0, expected.length), expected, inner)).toBeLessThan(TOLERANCE);
}

function gradient(layer: Layer, mode: "accumulate" | "whole", features: Features, adds = false): void {
  const { capacity, live, middle, inner, outer, parts, seed, batched } = layer;
  const lead = middle === 1 ? [capacity] : [capacity, middle];
  const x = randomFloats(seed, capacity * middle * inner);
  const dy = randomFloats(seed + 1, capacity * middle * outer);
  const before = randomFloats(seed + 2, inner * outer);
  const inputs = [
    { shape: [...lead, inner], data: x, batched },
    { shape: [...lead, outer], data: dy, batched },
  ];
  const [dw] = runKernel({
    emit: emitMatMul,
    op: matMulOp,
    attrs: { transposeA: true },
    mode,
    inputs,
    features,
    parts,
    rows: live,
    adds,
    before: [before],
  });
  const sums = plainProduct(
    inner,
    outer,
    live * middle,
    (i, p) => x[p * inner + i]!,
    (p, j) => dy[p * outer + j]!,
  );
  const expected = mode === "whole" && !adds ? sums : sums.map((sum, i) => sum + before[i]!);
  expect(sumError(dw!, expected, live * middle)).toBeLessThan(TOLERANCE);
}

describe.each(featureSets)("matMul with %s", (_, features) => {
  test("a · b, whole or slice by slice of a batch that is not full", () => {
    fc.assert(
      fc.property(layers, (layer) => forward(layer, features)),
      { numRuns: 100 },
    );
  });

  test("aᵀ · b adds the rows of its slices to what is there", () => {
    fc.assert(
      fc.property(layers, (layer) =>
        gradient({ ...layer, batched: true, live: Math.min(layer.live, layer.capacity) }, "accumulate", features),
      ),
      { numRuns: 100 },
    );
  });

  test("aᵀ · b in whole overwrites, each worker its own part", () => {
    fc.assert(
      fc.property(layers, (layer) => gradient(layer, "whole", features)),
      { numRuns: 100 },
    );
  });

  test("aᵀ · b adds the rows that were missing, each worker to its own part", () => {
    const wide = fc.integer({ min: 500, max: 1100 });
    fc.assert(
      fc.property(layers, fc.option(wide), (layer, inner) =>
        gradient({ ...layer, inner: inner ?? layer.inner }, "whole", features, true),
      ),
      { numRuns: 100 },
    );
  });

  test("short sums over many columns: row by row, in passes", () => {
    const short = fc.record({
      inner: fc.integer({ min: 1, max: 11 }),
      eights: fc.oneof(fc.integer({ min: 7, max: 12 }), fc.integer({ min: 62, max: 131 })),
    });
    fc.assert(
      fc.property(layers, short, (layer, { inner, eights }) =>
        forward({ ...layer, inner, outer: 8 * eights }, features),
      ),
      { numRuns: 100 },
    );
  });

  const dense = { middle: 1, parts: 2, seed: testSeed, batched: true };

  test("a dense layer whose weights exceed the cache", () => {
    for (const outer of [10, 33]) forward({ ...dense, capacity: 5, live: 5, inner: 5003, outer }, features);
  });

  test("the gradient of a large batch, packed in several parts", () => {
    for (const mode of ["whole", "accumulate"] as const)
      gradient({ ...dense, capacity: 133, live: 131, inner: 1030, outer: 10 }, mode, features);
  });

  test("the gradient of a dense layer with long rows", () => {
    for (const mode of ["whole", "accumulate"] as const)
      for (const [inner, outer, parts] of [
        [4608, 10, 2],
        [1021, 3, 3],
        [300, 65, 1],
      ] as const)
        gradient({ ...dense, capacity: 37, live: 35, inner, outer, parts }, mode, features);
  });
});
