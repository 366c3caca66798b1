/** Rows by their numbers, and products of pairs, with guards around what the kernels may write. */

import { beforeAll, describe, expect, test } from "vitest";
import { detectFeatures } from "../../../src/devices/cpu/features.ts";
import { emitBatchMatMul } from "../../../src/devices/cpu/kernels/batch-mat-mul.ts";
import { emitGather, emitScatterAdd } from "../../../src/devices/cpu/kernels/gather.ts";
import { batchMatMulOp } from "../../../src/ops/batch-mat-mul.ts";
import { gatherOp, scatterAddOp } from "../../../src/ops/gather.ts";
import { fc } from "../../properties.ts";
import { featureSets, plainProduct, randomFloats, sumError, TOLERANCE } from "./plain-loops.ts";
import { runKernel } from "./run-kernel.ts";

beforeAll(async () => {
  expect(detectFeatures()).toMatchObject({ relaxed: true });
});

const tables = fc.record({
  capacity: fc.integer({ min: 1, max: 9 }),
  live: fc.integer({ min: 1, max: 9 }),
  perRow: fc.integer({ min: 1, max: 5 }),
  table: fc.integer({ min: 1, max: 40 }),
  size: fc.integer({ min: 1, max: 70 }),
  parts: fc.integer({ min: 1, max: 3 }),
  seed: fc.nat(),
  whole: fc.boolean(),
});
type Table = typeof tables extends fc.Arbitrary<infer T> ? T : never;

/** Whole numbers in −1 … rows, so that some find no row. */
const numbers = (seed: number, count: number, rows: number) =>
  randomFloats(seed, count).map((value) => Math.floor(((value + 1) / 2) * (rows + 2)) - 1);

const features = featureSets[0]![1];

function scatter(
  { capacity, live, perRow, table, size, parts, seed }: Table,
  mode: "accumulate" | "whole",
  adds = false,
) {
  const rows = Math.min(live, capacity);
  const indices = numbers(seed, capacity * perRow, table);
  const x = randomFloats(seed + 1, capacity * perRow * size);
  const before = randomFloats(seed + 2, table * size);
  const inputs = [
    { shape: [capacity, perRow], data: indices, batched: true },
    { shape: [capacity, perRow, size], data: x, batched: true },
  ];
  const run = { emit: emitScatterAdd, op: scatterAddOp, attrs: { rows: table }, mode, inputs, features, parts, rows };
  const [made] = runKernel({ ...run, adds, before: [before] });
  const expected = mode === "whole" && !adds ? new Float64Array(table * size) : Float64Array.from(before);
  indices.subarray(0, rows * perRow).forEach((index, i) => {
    if (index >= 0 && index < table) for (let j = 0; j < size; j++) expected[index * size + j]! += x[i * size + j]!;
  });
  expect(sumError(made!, expected, rows * perRow + 1)).toBeLessThan(TOLERANCE);
}

test("scatterAdd adds the rows of its slices to what is there", () => {
  fc.assert(
    fc.property(tables, (each) => scatter(each, "accumulate")),
    { numRuns: 60 },
  );
});

test("scatterAdd in whole overwrites, each worker its own rows of the result", () => {
  fc.assert(
    fc.property(tables, (each) => scatter(each, "whole")),
    { numRuns: 60 },
  );
});

test("scatterAdd adds the rows that were missing, each worker to its own part", () => {
  fc.assert(
    fc.property(tables, (each) => scatter(each, "whole", true)),
    { numRuns: 60 },
  );
});

test("gather copies rows, whole or slice by slice", () => {
  fc.assert(
    fc.property(tables, ({ capacity, live, perRow, table, size, parts, seed, whole }) => {
      const rows = whole ? capacity : Math.min(live, capacity);
      const indices = numbers(seed, capacity * perRow, table);
      const values = randomFloats(seed + 1, table * size);
      const inputs = [
        { shape: [table, size], data: values },
        { shape: [capacity, perRow], data: indices, batched: !whole },
      ];
      const mode = whole ? "whole" : "map";
      const run = {
        emit: emitGather,
        op: gatherOp,
        attrs: { outside: -7 },
        mode,
        inputs,
        features,
        parts,
        rows,
      } as const;
      const [made] = runKernel(run);
      indices.subarray(0, rows * perRow).forEach((index, i) => {
        const inside = index >= 0 && index < table;
        const wanted = inside ? values.subarray(index * size, (index + 1) * size) : new Float32Array(size).fill(-7);
        expect(made!.subarray(i * size, (i + 1) * size)).toEqual(wanted);
      });
    }),
    { numRuns: 60 },
  );
});

const pairs = fc.record({
  capacity: fc.integer({ min: 1, max: 4 }),
  live: fc.integer({ min: 1, max: 4 }),
  heads: fc.integer({ min: 1, max: 3 }),
  m: fc.integer({ min: 1, max: 20 }),
  n: fc.integer({ min: 1, max: 40 }),
  k: fc.integer({ min: 1, max: 40 }),
  parts: fc.integer({ min: 1, max: 3 }),
  seed: fc.nat(),
  whole: fc.boolean(),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
});

describe.each(featureSets)("batchMatMul with %s", (_, own) => {
  test("each pair, stored any way", () => {
    fc.assert(
      fc.property(pairs, ({ capacity, live, heads, m, n, k, parts, seed, whole, transposeA, transposeB }) => {
        const rows = whole ? capacity : Math.min(live, capacity);
        const a = randomFloats(seed, capacity * heads * m * k);
        const b = randomFloats(seed + 1, capacity * heads * k * n);
        const inputs = [
          { shape: [capacity, heads, ...(transposeA ? [k, m] : [m, k])], data: a, batched: !whole },
          { shape: [capacity, heads, ...(transposeB ? [n, k] : [k, n])], data: b, batched: !whole },
        ];
        const attrs = { transposeA, transposeB };
        const mode = whole ? "whole" : "map";
        const run = {
          emit: emitBatchMatMul,
          op: batchMatMulOp,
          attrs,
          mode,
          inputs,
          features: own,
          parts,
          rows,
        } as const;
        const [made] = runKernel(run);
        for (let pair = 0; pair < rows * heads; pair++) {
          const expected = plainProduct(
            m,
            n,
            k,
            (i, p) => a[pair * m * k + (transposeA ? p * m + i : i * k + p)]!,
            (p, j) => b[pair * k * n + (transposeB ? j * k + p : p * n + j)]!,
          );
          const product = made!.subarray(pair * m * n, (pair + 1) * m * n);
          expect(sumError(product, expected, k)).toBeLessThan(TOLERANCE);
        }
      }),
      { numRuns: 60 },
    );
  });
});
