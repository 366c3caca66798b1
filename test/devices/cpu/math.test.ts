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

const tiny = magnitudes.filter((x) => x < 1e-3);

/** erf as tabulated by adding up its integrand: Simpson's rule from 0. */
const exactErf = (x: number): number => {
  const [end, steps] = [Math.min(Math.abs(x), 6), 400];
  let sum = 1 + Math.exp(-end * end);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * Math.exp(-(((end * i) / steps) ** 2));
  return (Math.sign(x) * 2 * end * sum) / (3 * steps * Math.sqrt(Math.PI));
};

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
    {
      name: "sin",
      expr: e.sin(e.input(0)),
      meaning: Math.sin,
      domains: [spread(-1.5, 1.5), magnitudes.filter((x) => x < 1)],
    },
    {
      name: "atan",
      expr: e.atan(e.input(0)),
      meaning: Math.atan,
      domains: [spread(-6, 6), magnitudes],
    },
    {
      name: "erf",
      expr: e.erf(e.input(0)),
      meaning: exactErf,
      domains: [spread(-6, 6), magnitudes].map((all) => all.filter((_, i) => i % 40 === 0)),
    },
  ])("$name is right to 3e-7 of its value everywhere", ({ expr, meaning, domains }) => {
    for (const x of domains) expect(worst(evaluate(expr, x, features), x, meaning)).toBeLessThan(3e-7);
  });

  test.each([
    { name: "log1p", expr: e.log1p(e.input(0)), meaning: Math.log1p, domains: [spread(-0.999, 2), magnitudes] },
    {
      name: "expm1",
      expr: e.expm1(e.input(0)),
      meaning: Math.expm1,
      domains: [spread(-20, 88), spread(-0.5, 0.5), tiny],
    },
  ])("$name is right to 5e-7 of its value everywhere", ({ expr, meaning, domains }) => {
    for (const x of domains) expect(worst(evaluate(expr, x, features), x, meaning)).toBeLessThan(5e-7);
  });

  test.each([
    { name: "sin", expr: e.sin(e.input(0)), meaning: Math.sin },
    { name: "cos", expr: e.cos(e.input(0)), meaning: Math.cos },
  ])("$name is right to 2e-7 as far as 8192", ({ expr, meaning }) => {
    const x = spread(-8192, 8192);
    const found = evaluate(expr, x, features);
    expect(Math.max(...x.map((value, i) => Math.abs(found[i]! - meaning(value))))).toBeLessThan(2e-7);
  });

  test("the error of pow grows with the logarithm of the result", () => {
    const x = spread(0.01, 100);
    for (const exponent of [-19, -2, -0.5, 0.3, 1, 2, 3.7, 19]) {
      const found = evaluate(e.pow(e.input(0), exponent), x, features);
      x.forEach((base, i) => {
        const expected = base ** exponent;
        const bound = 1.5e-7 * (1 + Math.abs(Math.log(expected)));
        expect(Math.abs(found[i]! / expected - 1)).toBeLessThan(bound);
      });
    }
  });

  test("round takes halves to the even neighbour", () => {
    const x = Float32Array.of(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4, 1e9, infinity, nan);
    expect([...evaluate(e.round(e.input(0)), x, features)]).toEqual([-2, -2, -0, 0, 2, 2, 2, 1e9, infinity, nan]);
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
