/** Functions of values that are said in a few elementwise ops; fusion makes one call of them. Truth values are 1 and 0. */
import { e } from "../ir/expr.ts";
import type { Sym } from "../ir/graph.ts";
import { abs, div, equal, floor, less, lessEqual, maximum, mul, neg, type Operand, sqrt, sub } from "./elementwise.ts";
import { map } from "./map.ts";

/** The smallest whole number that is not smaller. */
export function ceil(x: Sym): Sym {
  return neg(floor(neg(x)));
}

/** 1 / x. */
export function reciprocal(x: Sym): Sym {
  return div(1, x);
}

/** 1 / √x. */
export function rsqrt(x: Sym): Sym {
  return div(1, sqrt(x));
}

/** The quotient rounded towards −∞. */
export function floorDivide(a: Operand, b: Operand): Sym {
  return floor(div(a, b));
}

/** a − b·⌊a/b⌋: the remainder, with the sign of b. */
export function mod(a: Sym, b: Sym): Sym {
  const [dividend, divisor] = [e.input(0), e.input(1)];
  return map([a, b], e.sub(dividend, e.mul(divisor, e.floor(e.div(dividend, divisor)))));
}

/** 1 where a > b. */
export function greater(a: Operand, b: Operand): Sym {
  return less(b, a);
}

/** 1 where a ≥ b. */
export function greaterEqual(a: Operand, b: Operand): Sym {
  return lessEqual(b, a);
}

/** 1 where a ≠ b, and where either is NaN. */
export function notEqual(a: Operand, b: Operand): Sym {
  return sub(1, equal(a, b));
}

/** 1 where both are 1. */
export function logicalAnd(a: Sym, b: Sym): Sym {
  return mul(a, b);
}

/** 1 where either is 1. */
export function logicalOr(a: Sym, b: Sym): Sym {
  return maximum(a, b);
}

/** 1 where x is 0. */
export function logicalNot(x: Sym): Sym {
  return sub(1, x);
}

/** 1 where x is NaN. */
export function isNan(x: Sym): Sym {
  return notEqual(x, x);
}

/** 1 where x is neither NaN nor infinite. */
export function isFiniteNumber(x: Sym): Sym {
  return less(abs(x), Number.POSITIVE_INFINITY);
}
