import { beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../../src/compile/compile.ts";
import { CpuDevice } from "../../../src/devices/cpu/cpu-device.ts";
import { detectFeatures } from "../../../src/devices/cpu/features.ts";
import type { Features } from "../../../src/devices/cpu/kernel.ts";
import { emitNarrowProduct } from "../../../src/devices/cpu/narrow/kernel.ts";
import { narrowProductOp } from "../../../src/devices/cpu/narrow/ops.ts";
import { ReferenceDevice } from "../../../src/devices/reference/reference-device.ts";
import { type Trace, traceGraph } from "../../../src/engine/session.ts";
import { matMul, transpose } from "../../../src/ops/mat-mul.ts";
import { relativeError } from "../../ir/closeness.ts";
import { fc } from "../../properties.ts";
import { runGraph } from "../run-graph.ts";
import { featureSets, plainProduct, randomFloats, sumError, TOLERANCE } from "./plain-loops.ts";
import { runKernel } from "./run-kernel.ts";

beforeAll(() => {
  expect(detectFeatures()).toMatchObject({ relaxed: true });
});

interface Product {
  readonly rows: number;
  readonly middle: number;
  /** Vectors of a row. */
  readonly vectors: number;
  readonly columns: number;
  readonly parts: number;
  readonly batched: boolean;
  readonly seed: number;
}

const products: fc.Arbitrary<Product> = fc.record({
  rows: fc.integer({ min: 1, max: 7 }),
  middle: fc.integer({ min: 1, max: 3 }),
  vectors: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 126, max: 300 })),
  columns: fc.integer({ min: 1, max: 17 }),
  parts: fc.integer({ min: 1, max: 3 }),
  batched: fc.boolean(),
  seed: fc.nat(),
});

function multiply({ rows, middle, vectors, columns, parts, batched, seed }: Product, features: Features) {
  const depth = 4 * vectors;
  const [x, w] = [randomFloats(seed, rows * middle * depth), randomFloats(seed + 1, columns * depth)];
  const run = (data: Float32Array) =>
    runKernel({
      emit: emitNarrowProduct,
      op: narrowProductOp,
      attrs: {},
      mode: batched ? "map" : "whole",
      inputs: [
        { shape: middle === 1 ? [rows, depth] : [rows, middle, depth], data, batched },
        { shape: [columns, depth], data: w },
      ],
      features,
      parts,
    })[0]!;
  const expected = plainProduct(
    rows * middle,
    columns,
    depth,
    (i, p) => x[i * depth + p]!,
    (p, j) => w[j * depth + p]!,
  );
  return { x, run, expected };
}

describe.each(featureSets)("products of few columns, %s", (_, features) => {
  test("are dot products of rows", () => {
    fc.assert(
      fc.property(products, (product) => {
        const { x, run, expected } = multiply(product, features);
        expect(sumError(run(x), expected, 4 * product.vectors)).toBeLessThan(TOLERANCE);
      }),
      { numRuns: 100 },
    );
  });

  test("what is not a number stays in its row", () => {
    const product = { rows: 5, middle: 1, vectors: 140, columns: 10, parts: 1, batched: true, seed: 3 };
    const { x, run } = multiply(product, features);
    x[2 * 560 + 557] = Number.NaN;
    [...run(x)].forEach((value, i) => {
      expect(Number.isNaN(value)).toBe(Math.floor(i / 10) === 2);
    });
  });
});

describe("the choice", () => {
  const namesOf = async (trace: Trace) => {
    const cpu = await CpuDevice.start({ inline: true });
    const { phases } = compile(traceGraph(trace), cpu.traits);
    cpu.dispose();
    return phases.flatMap(({ calls }) => calls.map(({ op }) => op.name));
  };
  const forward =
    (rows: number, depth: number, columns: number): Trace =>
    (builder) => {
      const x = builder.input("x", { shape: [rows, depth], dtype: "float32", batched: true });
      const w = builder.input("w", { shape: [depth, columns], dtype: "float32", batched: false });
      builder.output("y", matMul(x, w));
    };

  test("turns the weights of a few units where many rows pay for it", async () => {
    expect(await namesOf(forward(64, 128, 16))).toContain("narrowProduct");
    expect(await namesOf(forward(63, 128, 16))).not.toContain("narrowProduct");
    expect(await namesOf(forward(64, 128, 17))).not.toContain("narrowProduct");
    expect(await namesOf(forward(64, 130, 10))).not.toContain("narrowProduct");
  });

  test("takes weights that are turned anyway, and means the same product", async () => {
    const trace: Trace = (builder) => {
      const x = builder.input("x", { shape: [3, 132], dtype: "float32", batched: true });
      const w = builder.input("w", { shape: [132, 7], dtype: "float32", batched: false });
      const y = matMul(x, w);
      builder.output("y", y);
      builder.output("back", matMul(y, transpose(w, [1, 0])));
    };
    expect((await namesOf(trace)).filter((name) => name === "transpose")).toHaveLength(1);
    expect(await namesOf(trace)).toContain("narrowProduct");
    const cpu = await CpuDevice.start({ threads: 2 });
    const feeds = { x: randomFloats(1, 3 * 132), w: randomFloats(2, 132 * 7) };
    const wanted = (await runGraph(new ReferenceDevice(), trace, feeds, 3)).outputs;
    const got = (await runGraph(cpu, trace, feeds, 3)).outputs;
    cpu.dispose();
    for (const name of ["y", "back"]) expect(relativeError(got[name]!, wanted[name]!)).toBeLessThan(TOLERANCE);
  });
});
