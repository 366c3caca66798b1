import { beforeAll, describe, expect, test } from "vitest";
import { detectFeatures } from "../../../src/devices/cpu/features.ts";
import type { Features } from "../../../src/devices/cpu/kernel.ts";
import { emitElementwise } from "../../../src/devices/cpu/kernels/elementwise.ts";
import { type Expr, e } from "../../../src/ir/expr.ts";
import { mapOp } from "../../../src/ops/map.ts";
import { featureSets } from "./plain-loops.ts";
import { infinity, nan } from "./random-values.ts";
import { runKernel } from "./run-kernel.ts";

const evaluate = (expr: Expr, data: Float32Array, features: Features): Float32Array =>
  runKernel({
    emit: emitElementwise,
    op: mapOp,
    attrs: { exprs: [expr] },
    mode: "whole",
    inputs: [{ shape: [data.length], data }],
    features,
  })[0]!;

const spread = (low: number, high: number) =>
  Float32Array.from({ length: 40001 }, (_, i) => low + ((high - low) * (i + Math.random())) / 40001);
/** Every magnitude of float32, denormal ones too. */
const magnitudes = Float32Array.from({ length: 40001 }, (_, i) => (1 + Math.random()) * 2 ** ((i % 276) - 148));

const worst = (found: Float32Array, x: Float32Array, meaning: (x: number) => number): number => {
  let most = 0;
  x.forEach((value, i) => {
    const expected = meaning(value);
    // A denormal result has fewer digits: its distance counts against the smallest normal number.
    most = Math.max(most, Math.abs(found[i]! - expected) / Math.max(Math.abs(expected), 2 ** -126));
  });
  return most;
};

beforeAll(async () => {
  expect(detectFeatures()).toMatchObject({ relaxed: true });
});

describe.each(featureSets)("%s", (_, features) => {
  test.each([
    { name: "exp", expr: e.exp(e.input(0)), meaning: Math.exp, domains: [spread(-104, 88.7), spread(-1, 1)] },
    {
      name: "log",
      expr: e.log(e.input(0)),
      meaning: Math.log,
      domains: [magnitudes, spread(0.4, 2.5), spread(1, 1e5)],
    },
    {
      name: "tanh",
      expr: e.tanh(e.input(0)),
      meaning: Math.tanh,
      domains: [spread(-12, 12), spread(-0.7, 0.7), magnitudes],
    },
  ])("$name is right to 3e-7 of its value everywhere", ({ expr, meaning, domains }) => {
    for (const x of domains) expect(worst(evaluate(expr, x, features), x, meaning)).toBeLessThan(3e-7);
  });

  test("the ends of exp, log and tanh", () => {
    const at = (build: (x: Expr) => Expr, ...x: number[]) => [
      ...evaluate(build(e.input(0)), Float32Array.from(x), features),
    ];
    expect(at(e.exp, -infinity, infinity, nan, 0, -0, -104, 88.73, 1e30, -1e30)).toEqual([
      0,
      infinity,
      nan,
      1,
      1,
      0,
      infinity,
      infinity,
      0,
    ]);
    expect(at(e.exp, 88.72)[0]).toBeLessThan(infinity);
    expect(at(e.exp, -103)[0]).toBeGreaterThan(0);
    expect(at(e.log, 0, -0, -1, -infinity, infinity, nan, 1, -1e-45)).toEqual([
      -infinity,
      -infinity,
      nan,
      nan,
      infinity,
      nan,
      0,
      nan,
    ]);
    expect(at(e.tanh, -infinity, infinity, nan, 0, -0, 100, -100)).toEqual([-1, 1, nan, 0, -0, 1, -1]);
  });
});
