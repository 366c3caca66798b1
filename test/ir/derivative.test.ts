import { describe, expect, test } from "vitest";
import { derivative } from "../../src/ir/derivative.ts";
import { type Expr, e, evaluateTape, linearize, printExpr } from "../../src/ir/expr.ts";
import { fc } from "../properties.ts";

const [x, y] = [e.input(0), e.input(1)];

function evaluate(expr: Expr, ...inputs: number[]): number {
  const tape = linearize([expr]);
  const values = tape.code.map(() => new Float64Array(1));
  evaluateTape(
    tape,
    inputs.map((input) => Float64Array.of(input)),
    values,
    1,
  );
  return values[tape.results[0]!]![0]!;
}

describe("each function's slope is its central difference", () => {
  test.each<[string, Expr, number, number]>([
    ["neg", e.neg(x), 0.7, 0],
    ["abs", e.abs(x), -0.7, 0],
    ["exp", e.exp(x), 0.7, 0],
    ["log", e.log(x), 0.7, 0],
    ["sqrt", e.sqrt(x), 0.7, 0],
    ["tanh", e.tanh(x), 0.7, 0],
    ["floor", e.floor(x), 0.7, 0],
    ["round", e.round(x), 0.7, 0],
    ["sin", e.sin(x), 0.7, 0],
    ["cos", e.cos(x), 0.7, 0],
    ["atan", e.atan(x), -0.7, 0],
    ["erf", e.erf(x), 0.7, 0],
    ["erf, far", e.erf(x), -2.7, 0],
    ["log1p", e.log1p(x), 0.7, 0],
    ["expm1", e.expm1(x), 0.7, 0],
    ["add", e.add(x, y), 0.7, 1.3],
    ["sub", e.sub(x, y), 0.7, 1.3],
    ["mul", e.mul(x, y), 0.7, 1.3],
    ["div", e.div(x, y), 0.7, 1.3],
    ["max", e.max(x, y), 0.7, 1.3],
    ["max, first", e.max(x, y), 1.7, 1.3],
    ["min", e.min(x, y), 0.7, 1.3],
    ["min, second", e.min(x, y), 1.7, 1.3],
    ["pow", e.pow(x, y), 0.7, 1.3],
    ["select", e.select("lt", x, y, e.mul(x, x), y), 0.7, 1.3],
    ["chain", e.tanh(e.mul(e.exp(e.sub(x, y)), e.log(e.add(e.mul(x, x), y)))), 0.7, 1.3],
    ["a shared part", e.mul(e.exp(e.mul(x, y)), e.exp(e.mul(x, y))), 0.7, 1.3],
  ])("%s", (_name, expr, a, b) => {
    const step = 1e-6;
    const byX = (evaluate(expr, a + step, b) - evaluate(expr, a - step, b)) / (2 * step);
    const byY = (evaluate(expr, a, b + step) - evaluate(expr, a, b - step)) / (2 * step);
    expect(evaluate(derivative(expr, 0), a, b)).toBeCloseTo(byX, 7);
    expect(evaluate(derivative(expr, 1), a, b)).toBeCloseTo(byY, 7);
  });
});

describe("what is not there is not written", () => {
  test("constants, zeros and ones", () => {
    expect(printExpr(derivative(e.add(e.mul(3, x), 5), 0))).toBe("3");
    expect(printExpr(derivative(e.add(x, e.exp(y)), 0))).toBe("1");
    expect(printExpr(derivative(e.exp(y), 0))).toBe("0");
    expect(printExpr(derivative(e.select("lt", x, 0, y, 2), 0))).toBe("0");
  });

  test("shared parts are walked once", () => {
    const deep = Array.from({ length: 60 }).reduce<Expr>((inner) => e.tanh(e.add(inner, inner)), x);
    expect(linearize([derivative(deep, 0)]).code.length).toBeLessThan(400);
  });
});

describe("at the edges", () => {
  test("a branch that is not taken does no harm", () => {
    const guarded = e.select("lt", 0, x, e.sqrt(x), 0);
    expect(evaluate(derivative(guarded, 0), 0)).toBe(0);
    expect(evaluate(derivative(e.max(e.mul(x, 2), e.log(y)), 0), 1, 0)).toBe(2);
  });

  test("powers of and to 0", () => {
    const power = e.pow(x, y);
    expect(evaluate(derivative(power, 0), 0, 0)).toBe(0);
    expect(evaluate(derivative(power, 0), 0, 2)).toBe(0);
    expect(evaluate(derivative(power, 1), 0, 2)).toBe(0);
    expect(evaluate(derivative(e.pow(x, 3), 0), -2)).toBe(12);
  });

  test("NaN comes through", () => {
    expect(evaluate(derivative(e.mul(x, e.tanh(x)), 0), Number.NaN)).toBeNaN();
  });
});

test("the slope of a random smooth expression is its central difference", () => {
  const { expr } = fc.letrec<{ expr: Expr }>((tie) => ({
    expr: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<Expr>(x, y),
      fc.tuple(fc.constantFrom(e.neg, e.tanh, e.sin, e.cos, e.erf), tie("expr")).map(([op, a]) => op(a)),
      fc.tuple(fc.constantFrom(e.add, e.sub, e.mul), tie("expr"), tie("expr")).map(([op, a, b]) => op(a, b)),
    ),
  }));
  const number = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(expr, number, number, (f, a, b) => {
      const step = 1e-5;
      const difference = (evaluate(f, a + step, b) - evaluate(f, a - step, b)) / (2 * step);
      const slope = evaluate(derivative(f, 0), a, b);
      expect(Math.abs(slope - difference)).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)));
    }),
  );
});
