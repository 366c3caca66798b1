import { describe, expect, test } from "vitest";
import { InternalError } from "../../src/base/errors.ts";
import { type Expr, e, evaluateTape, linearize, printExpr, substitute } from "../../src/ir/expr.ts";
import { fc } from "../properties.ts";

const [x, y] = [e.input(0), e.input(1)];
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

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

describe("meaning", () => {
  test.each<[string, Expr, number, number]>([
    ["add", e.add(x, y), 3, 4],
    ["sub", e.sub(x, y), 3, 4],
    ["mul", e.mul(x, y), 3, 4],
    ["div", e.div(x, y), 3, 4],
    ["neg", e.neg(x), 3, 4],
    ["abs", e.abs(e.sub(x, y)), 3, 4],
    ["exp", e.exp(x), 3, 4],
    ["log", e.log(x), 3, 4],
    ["sqrt", e.sqrt(x), 3, 4],
    ["tanh", e.tanh(x), 3, 4],
    ["floor", e.floor(e.div(x, y)), -3, 4],
    ["sin", e.sin(x), 3, 4],
    ["cos", e.cos(x), 3, 4],
    ["atan", e.atan(x), 3, 4],
    ["log1p", e.log1p(x), 3, 4],
    ["expm1", e.expm1(x), 3, 4],
    ["pow", e.pow(x, y), 3, 4],
    // Abramowitz and Stegun, table 7.1.
    ["erf", e.erf(x), 0.5, 0],
  ])("%s", (name, expr, a, b) => {
    const expected: Record<string, number> = {
      add: 7,
      sub: -1,
      mul: 12,
      div: 0.75,
      neg: -3,
      abs: 1,
      exp: Math.E ** 3,
      log: Math.log(3),
      sqrt: Math.sqrt(3),
      tanh: (Math.exp(6) - 1) / (Math.exp(6) + 1),
      floor: -1,
      sin: 0.1411200080598672,
      cos: -0.9899924966004454,
      atan: 1.2490457723982544,
      log1p: Math.log(4),
      expm1: Math.E ** 3 - 1,
      pow: 81,
      erf: 0.5204998778,
    };
    expect(evaluate(expr, a, b)).toBeCloseTo(expected[name]!, name === "erf" ? 10 : 12);
  });

  test("erf from end to end: Abramowitz and Stegun, tables 7.1 and 7.3", () => {
    const table = { 0: 0, 1: 0.8427007929, 1.5: 0.966105146, 2: 0.995322265, 3: 1 - 2.2090497e-5 };
    for (const [at, value] of Object.entries(table)) {
      expect(evaluate(e.erf(x), Number(at))).toBeCloseTo(value, 9);
      expect(evaluate(e.erf(x), -Number(at))).toBeCloseTo(-value, 9);
    }
    expect([evaluate(e.erf(x), infinity), evaluate(e.erf(x), -infinity), evaluate(e.erf(x), nan)]).toEqual([
      1,
      -1,
      nan,
    ]);
  });

  test("round takes halves to the even neighbour", () => {
    const rounded = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4, -2.6, infinity, nan].map((value) =>
      evaluate(e.round(x), value),
    );
    expect(rounded.map((value) => value + 0)).toEqual([-2, -2, 0, 0, 2, 2, 2, -3, infinity, nan]);
  });

  test("max and min keep their first operand unless the second is strictly better", () => {
    expect(evaluate(e.max(x, y), nan, 0)).toBeNaN();
    expect(evaluate(e.max(x, y), 0, nan)).toBe(0);
    expect(evaluate(e.min(x, y), nan, 0)).toBeNaN();
    expect(evaluate(e.min(x, y), 0, nan)).toBe(0);
    expect(evaluate(e.max(x, y), -0, 0)).toBe(-0);
    expect(evaluate(e.max(x, y), 2, 3)).toBe(3);
    expect(evaluate(e.min(x, y), 2, 3)).toBe(2);
  });

  test("a comparison with NaN is false", () => {
    for (const op of ["lt", "le", "eq"] as const) {
      expect(evaluate(e.select(op, x, y, 1, 2), nan, 0)).toBe(2);
      expect(evaluate(e.select(op, x, y, 1, 2), 0, nan)).toBe(2);
    }
    expect(evaluate(e.select("lt", x, y, 1, 2), 3, 3)).toBe(2);
    expect(evaluate(e.select("le", x, y, 1, 2), 3, 3)).toBe(1);
    expect(evaluate(e.select("eq", x, y, 1, 2), 3, 3)).toBe(1);
    expect(evaluate(e.select("lt", x, infinity, 1, 2), nan)).toBe(2);
  });
});

describe("linearize", () => {
  test("equal parts stand once, whether shared or written twice", () => {
    const sum = () => e.add(x, y);
    const tape = linearize([e.mul(sum(), sum()), e.neg(sum())]);
    expect(tape.code.map(({ kind }) => kind)).toEqual(["input", "input", "binary", "binary", "unary"]);
    expect(tape.results).toEqual([3, 4]);
  });

  test("operands come before what reads them", () => {
    const deep = Array.from({ length: 50 }).reduce<Expr>((inner) => e.tanh(e.add(inner, inner)), x);
    const { code } = linearize([deep]);
    expect(code).toHaveLength(101);
    code.forEach((step, at) => {
      if (step.kind === "unary" || step.kind === "binary") expect(step.a).toBeLessThan(at);
    });
  });

  test("-0 is not merged with 0", () => {
    const infinities = e.sub(e.div(1, e.lift(0)), e.div(1, e.lift(-0)));
    expect(evaluate(infinities)).toBe(infinity);
  });

  test("input 1 is not merged with constant 1, nor max with min", () => {
    expect(evaluate(e.sub(y, 1), 5, 7)).toBe(6);
    expect(evaluate(e.sub(e.max(x, y), e.min(x, y)), 5, 7)).toBe(2);
  });
});

describe("substitute", () => {
  test("replaces every input by an expression", () => {
    const expr = e.select("lt", x, y, e.mul(x, x), e.neg(y));
    const replaced = substitute(expr, [e.add(x, 1), e.lift(3)]);
    expect(printExpr(replaced)).toBe("((x0 + 1) < 3 ? ((x0 + 1) * (x0 + 1)) : neg(3))");
  });

  test("keeps shared parts shared", () => {
    const shared = e.add(x, y);
    const replaced = substitute(e.mul(shared, shared), [y, x]);
    expect(replaced.kind === "binary" && replaced.a === replaced.b).toBe(true);
  });

  test("names an input that is missing", () => {
    expect(() => substitute(y, [x])).toThrow(new InternalError("Expression reads input 1, which is missing."));
  });

  test("means what evaluating in two steps means", () => {
    const leaf: fc.Arbitrary<Expr> = fc.oneof(fc.constantFrom(x, y), fc.integer({ min: -3, max: 3 }).map(e.lift));
    const { expr } = fc.letrec<{ expr: Expr }>((tie) => ({
      expr: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.tuple(fc.constantFrom(e.neg, e.abs, e.tanh), tie("expr")).map(([op, a]) => op(a)),
        fc
          .tuple(fc.constantFrom(e.add, e.sub, e.mul, e.max, e.min), tie("expr"), tie("expr"))
          .map(([op, a, b]) => op(a, b)),
        fc.tuple(tie("expr"), tie("expr"), tie("expr")).map(([a, b, c]) => e.select("lt", a, b, c, a)),
      ),
    }));
    fc.assert(
      fc.property(expr, expr, expr, fc.double({ min: -2, max: 2 }), fc.double({ min: -2, max: 2 }), (f, g, h, a, b) => {
        const outer = evaluate(f, evaluate(g, a, b), evaluate(h, a, b));
        expect(evaluate(substitute(f, [g, h]), a, b)).toBe(outer);
      }),
    );
  });
});

test("printExpr writes signs between and names before", () => {
  const expr = e.div(e.max(x, e.exp(y)), e.select("le", x, 0, e.lift(0.5), e.sub(y, x)));
  expect(printExpr(expr)).toBe("(max(x0, exp(x1)) / (x0 <= 0 ? 0.5 : (x1 - x0)))");
});
