/** Comparisons and logic. Truth values are float32 1 and 0; operands count as true unless they are 0. No gradient passes. */
import type { Sym } from "../../ir/graph.ts";
import * as composed from "../../ops/composed.ts";
import type { Operand } from "../../ops/elementwise.ts";
import * as elementwise from "../../ops/elementwise.ts";
import { binary, unary } from "./arithmetic.ts";
import { checkBroadcast } from "./checks.ts";
import { operate, operateOn } from "./operation.ts";
import type { Made, SameRank, Value } from "./value.ts";

/** 1 where x is not 0, NaN included. */
export const truth = (x: Operand): Sym => composed.notEqual(x, 0);

/** 1 where x1 = x2. */
export function equal<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return binary("equal", "numpy.Equal", x1, x2, elementwise.equal);
}

/** 1 where x1 ≠ x2, and where either is NaN. */
export function notEqual<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return binary("notEqual", "numpy.NotEqual", x1, x2, composed.notEqual);
}

/** 1 where x1 < x2. */
export function less<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return binary("less", "numpy.Less", x1, x2, elementwise.less);
}

/** 1 where x1 ≤ x2. */
export function lessEqual<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return binary("lessEqual", "numpy.LessEqual", x1, x2, elementwise.lessEqual);
}

/** 1 where x1 > x2. */
export function greater<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return binary("greater", "numpy.Greater", x1, x2, composed.greater);
}

/** 1 where x1 ≥ x2. */
export function greaterEqual<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return binary("greaterEqual", "numpy.GreaterEqual", x1, x2, composed.greaterEqual);
}

function logical<A extends Value>(name: string, keras: string, operands: A[], join: (a: Sym, b: Sym) => Sym): Made<A> {
  return operateOn(name, keras, operands, (a, b) => {
    checkBroadcast(name, [a!, b!]);
    return join(truth(a!), truth(b!));
  });
}

/** 1 where both are true. */
export function logicalAnd<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return logical<A | B>("logicalAnd", "numpy.LogicalAnd", [x1, x2], composed.logicalAnd);
}

/** 1 where either is true. */
export function logicalOr<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return logical<A | B>("logicalOr", "numpy.LogicalOr", [x1, x2], composed.logicalOr);
}

/** 1 where x is 0. */
export function logicalNot<A extends Value>(x: A): SameRank<A> {
  return unary("logicalNot", "numpy.LogicalNot", x, (value) => elementwise.equal(value, 0));
}

/** 1 where x is NaN. */
export function isnan<A extends Value>(x: A): SameRank<A> {
  return unary("isnan", "numpy.Isnan", x, composed.isNan);
}

/** 1 where x is ∞ or −∞. */
export function isinf<A extends Value>(x: A): SameRank<A> {
  return unary("isinf", "numpy.Isinf", x, (value) =>
    elementwise.equal(elementwise.abs(value), Number.POSITIVE_INFINITY),
  );
}

/** 1 where x is neither NaN nor infinite. */
export function isfinite<A extends Value>(x: A): SameRank<A> {
  return unary("isfinite", "numpy.Isfinite", x, composed.isFiniteNumber);
}

/**
 * x1 where the condition is true, else x2. Each gets the gradient of the entries that were taken from it.
 *
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { greater, where } from "fovea/ops";
 * const x = input({ shape: [3] });
 * where(greater(x, 0), x, 0).shape; // [null, 3]
 * ```
 */
export function where<C extends Value, A extends Value, B extends Value>(condition: C, x1: A, x2: B): Made<C | A | B> {
  return operate<C | A | B>("where", "numpy.Where", [condition, x1, x2], (chosen, a, b) => {
    checkBroadcast("where", [chosen!, a!, b!]);
    if (typeof chosen === "number") return elementwise.where(chosen === 0 ? 1 : 0, 0.5, a!, b!);
    return elementwise.where(elementwise.equal(chosen!, 0), 0.5, a!, b!);
  });
}
