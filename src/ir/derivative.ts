/** Derivatives of expressions, as expressions: the chain rule, node by node. */
import { type BinaryName, type CompareName, type Expr, e, type UnaryName } from "./expr.ts";

const zero = /* @__PURE__ */ e.lift(0);
const one = /* @__PURE__ */ e.lift(1);

/** d f(a) / d a of y = f(a). Steps have slope 0. */
const unarySlopes: Readonly<Record<UnaryName, (a: Expr, y: Expr) => Expr>> = {
  neg: () => e.lift(-1),
  abs: (a) => e.select("lt", a, 0, -1, e.select("eq", a, 0, 0, 1)),
  exp: (_a, y) => y,
  log: (a) => e.div(1, a),
  sqrt: (_a, y) => e.div(0.5, y),
  tanh: (_a, y) => e.sub(1, e.mul(y, y)),
  floor: () => zero,
  round: () => zero,
  sin: (a) => e.cos(a),
  cos: (a) => e.neg(e.sin(a)),
  atan: (a) => e.div(1, e.add(1, e.mul(a, a))),
  erf: (a) => e.mul(2 / Math.sqrt(Math.PI), e.exp(e.neg(e.mul(a, a)))),
  log1p: (a) => e.div(1, e.add(1, a)),
  expm1: (a) => e.exp(a),
};

type Slopes = (a: Expr, b: Expr, y: Expr) => readonly [Expr, Expr];

/** Both partial derivatives of y = f(a, b). */
const binarySlopes: Readonly<Record<Exclude<BinaryName, "max" | "min">, Slopes>> = {
  add: () => [one, one],
  sub: () => [one, e.lift(-1)],
  mul: (a, b) => [b, a],
  div: (_a, b, y) => [e.div(1, b), e.neg(e.div(y, b))],
  pow: powerSlopes,
};

/** b·a^(b−1), which is 0 where b = 0, and a^b·ln a, which is taken as 0 where a = 0. */
export function powerSlopes(a: Expr, b: Expr, y: Expr): readonly [Expr, Expr] {
  return [e.select("eq", b, 0, 0, e.mul(b, e.pow(a, e.sub(b, 1)))), e.select("eq", a, 0, 0, e.mul(y, e.log(a)))];
}

const isNumber = (expr: Expr, value: number) => expr.kind === "constant" && expr.value === value;

/** Products and sums without the parts that change nothing. */
const times = (a: Expr, b: Expr): Expr => {
  if (isNumber(a, 0) || isNumber(b, 0)) return zero;
  return isNumber(a, 1) ? b : isNumber(b, 1) ? a : e.mul(a, b);
};
const plus = (a: Expr, b: Expr): Expr => (isNumber(a, 0) ? b : isNumber(b, 0) ? a : e.add(a, b));

/** a ∘ b ? yes : no for slopes, which need no comparison where both are 0. */
const choose = (op: CompareName, a: Expr, b: Expr, yes: Expr, no: Expr): Expr =>
  isNumber(yes, 0) && isNumber(no, 0) ? zero : e.select(op, a, b, yes, no);

/**
 * d expr / d input. `select`, `max` and `min` have the slope of the operand that they take; a comparison has none.
 *
 * @param input index of the input
 */
export function derivative(expr: Expr, input: number): Expr {
  const seen = new Map<Expr, Expr>();
  const visit = (part: Expr): Expr => {
    const known = seen.get(part);
    if (known !== undefined) return known;
    const made = slope(part, input, visit);
    seen.set(part, made);
    return made;
  };
  return visit(expr);
}

function slope(expr: Expr, input: number, visit: (part: Expr) => Expr): Expr {
  switch (expr.kind) {
    case "input":
      return expr.index === input ? one : zero;
    case "constant":
      return zero;
    case "unary": {
      const inner = visit(expr.a);
      return isNumber(inner, 0) ? zero : times(inner, unarySlopes[expr.op](expr.a, expr));
    }
    case "binary": {
      const { op, a, b } = expr;
      const [da, db] = [visit(a), visit(b)];
      if (op === "max") return choose("lt", a, b, db, da);
      if (op === "min") return choose("lt", b, a, db, da);
      const [byA, byB] = binarySlopes[op](a, b, expr);
      return plus(times(da, byA), times(db, byB));
    }
    case "select":
      return choose(expr.op, expr.a, expr.b, visit(expr.yes), visit(expr.no));
  }
}

/** Σ a·b over pairs, as `derivative` writes sums; null where every product is 0. */
export function weightedSum(pairs: readonly (readonly [Expr, Expr])[]): Expr | null {
  const sum = pairs.reduce((partial, [a, b]) => plus(partial, times(a, b)), zero);
  return isNumber(sum, 0) ? null : sum;
}
