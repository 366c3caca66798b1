/**
 * Functions that no device has, or has too coarsely, said in those that every device prints. Errors are relative to the value
 * unless said otherwise, in float32. Polynomials and range reductions are those of Moshier's Cephes library.
 */
import {
  type BinaryName,
  type Expr,
  e,
  type Instruction,
  linearize,
  type Scalar,
  type Tape,
  type UnaryName,
} from "../ir/expr.ts";
import {
  arctangentTerms,
  cosineTerms,
  erfcNearTerms,
  erfcTailTerms,
  erfTerms,
  expTerms,
  HALF_PI_PARTS,
  logTerms,
  sineTerms,
} from "./cephes.ts";

type UnaryApproximation = "sin" | "cos" | "atan" | "erf" | "log1p" | "expm1";

/** What is left for devices to print. */
export type PrintedUnary = Exclude<UnaryName, UnaryApproximation>;
export type PrintedBinary = Exclude<BinaryName, "pow">;
export type PrintedTape = Tape<PrintedUnary, PrintedBinary>;
export type PrintedInstruction = Instruction<PrintedUnary, PrintedBinary>;

/** Horner's rule, highest power first. */
const polynomial = (terms: readonly number[], x: Expr): Expr =>
  terms.slice(1).reduce<Expr>((sum, term) => e.add(e.mul(sum, x), term), e.lift(terms[0]!));

/**
 * sin(x + quarter·π/2). x is reduced to −π/4 … π/4 by the nearest multiple of π/2, which is subtracted in three parts: errors stay
 * below 2e-7 (absolute) up to |x| = 8192. Cephes single/sinf.c.
 */
function sineOfQuarter(x: Expr, quarter: 0 | 1): Expr {
  const turns = e.round(e.mul(x, 2 / Math.PI));
  const rest = HALF_PI_PARTS.reduce((left, part) => e.sub(left, e.mul(turns, part)), x);
  const square = e.mul(rest, rest);
  const sine = e.add(e.mul(e.mul(polynomial(sineTerms, square), square), rest), rest);
  const cosine = e.add(e.sub(e.mul(e.mul(polynomial(cosineTerms, square), square), square), e.mul(0.5, square)), 1);
  const shifted = e.add(turns, quarter);
  const remainder = (divisor: number) => e.sub(shifted, e.mul(divisor, e.floor(e.mul(shifted, 1 / divisor))));
  const magnitude = e.select("eq", remainder(2), 0, sine, cosine);
  return e.select("lt", remainder(4), 2, magnitude, e.neg(magnitude));
}

/**
 * Beyond tan π/8 the angle is π/4 + atan((x − 1) / (x + 1)), beyond tan 3π/8 it is π/2 − atan(1/x). Error 2e-7. Cephes
 * single/atanf.c.
 */
function arctangent(x: Expr): Expr {
  const magnitude = e.abs(x);
  const ofRange = (low: Scalar, middle: Scalar, high: Scalar) =>
    e.select("lt", 2.414213562373095, magnitude, high, e.select("lt", 0.414213562373095, magnitude, middle, low));
  const reduced = ofRange(magnitude, e.div(e.sub(magnitude, 1), e.add(magnitude, 1)), e.div(-1, magnitude));
  const square = e.mul(reduced, reduced);
  const rest = e.add(e.mul(e.mul(polynomial(arctangentTerms, square), square), reduced), reduced);
  const angle = e.add(ofRange(0, Math.PI / 4, Math.PI / 2), rest);
  return e.select("lt", x, 0, e.neg(angle), angle);
}

/**
 * |x| < 1: an odd polynomial; beyond: 1 − erfc |x| with erfc x = e^(−x²)/x · P(1/x²). Error 3e-7. Cephes single/ndtrf.c.
 */
function errorFunction(x: Expr): Expr {
  const magnitude = e.abs(x);
  const square = e.mul(x, x);
  const near = e.mul(x, polynomial(erfTerms, square));
  const inverse = e.div(1, magnitude);
  const inverseSquare = e.mul(inverse, inverse);
  const factor = e.select(
    "lt",
    magnitude,
    2,
    polynomial(erfcNearTerms, inverseSquare),
    polynomial(erfcTailTerms, inverseSquare),
  );
  const far = e.sub(1, e.mul(e.mul(e.exp(e.neg(square)), inverse), factor));
  return e.select("lt", magnitude, 1, near, e.select("lt", x, 0, e.neg(far), far));
}

/** From √½ to √2 the polynomial of the logarithm, which reads x and not 1 + x; elsewhere ln(1 + x). Error 4e-7. */
function logOfOnePlus(x: Expr): Expr {
  const square = e.mul(x, x);
  const cubic = e.mul(e.mul(polynomial(logTerms, x), x), square);
  const near = e.add(e.sub(cubic, e.mul(0.5, square)), x);
  const far = e.log(e.add(1, x));
  return e.select("lt", Math.SQRT1_2 - 1, x, e.select("lt", x, Math.SQRT2 - 1, near, far), far);
}

/** |x| < ½ ln 2: the polynomial of the exponential without its 1; elsewhere eˣ − 1. Error 5e-7. */
function expMinusOne(x: Expr): Expr {
  const near = e.add(e.mul(e.mul(x, x), polynomial(expTerms, x)), x);
  return e.select("lt", e.abs(x), Math.LN2 / 2, near, e.sub(e.exp(x), 1));
}

/**
 * a^b = e^(b·ln |a|), negative for odd b where a is; NaN for a negative a and a fraction b; a^0 = 1. The error is that of b·ln a,
 * 1.5e-7 · (1 + |b·ln a|): at the ends of float32 1.3e-5. (−0)^b counts as 0^b.
 */
function power(a: Expr, b: Expr): Expr {
  const magnitude = e.exp(e.mul(b, e.log(e.abs(a))));
  const half = e.mul(b, 0.5);
  const signed = e.select("eq", e.floor(half), half, magnitude, e.neg(magnitude));
  const negative = e.select("eq", e.floor(b), b, signed, Number.NaN);
  return e.select("eq", b, 0, 1, e.select("lt", a, 0, negative, magnitude));
}

const unaryApproximations: Readonly<Record<UnaryApproximation, (x: Expr) => Expr>> = {
  sin: (x) => sineOfQuarter(x, 0),
  cos: (x) => sineOfQuarter(x, 1),
  atan: arctangent,
  erf: errorFunction,
  log1p: logOfOnePlus,
  expm1: expMinusOne,
};

const isApproximated = (op: UnaryName): op is UnaryApproximation => Object.hasOwn(unaryApproximations, op);

/** The tape that devices print: approximations in place of the functions that they stand for. */
export function printedTape(exprs: readonly Expr[]): PrintedTape {
  const seen = new Map<Expr, Expr>();
  const visit = (expr: Expr): Expr => {
    const known = seen.get(expr);
    if (known !== undefined) return known;
    const made = approximate(expr, visit);
    seen.set(expr, made);
    return made;
  };
  return linearize(exprs.map(visit)) as PrintedTape;
}

function approximate(expr: Expr, visit: (part: Expr) => Expr): Expr {
  switch (expr.kind) {
    case "input":
    case "constant":
      return expr;
    case "unary": {
      const a = visit(expr.a);
      return isApproximated(expr.op) ? unaryApproximations[expr.op](a) : { ...expr, a };
    }
    case "binary": {
      const [a, b] = [visit(expr.a), visit(expr.b)];
      return expr.op === "pow" ? power(a, b) : { ...expr, a, b };
    }
    case "select":
      return { ...expr, a: visit(expr.a), b: visit(expr.b), yes: visit(expr.yes), no: visit(expr.no) };
  }
}
