/** Arithmetic and elementary functions, entry by entry; operands are broadcast by NumPy's rule. K: `ops/numpy.py`, `ops/math.py`. */
import type { Sym } from "../../ir/graph.ts";
import * as composed from "../../ops/composed.ts";
import type { Operand } from "../../ops/elementwise.ts";
import * as elementwise from "../../ops/elementwise.ts";
import { isSym } from "../keras-tensor.ts";
import { checkBroadcast } from "./checks.ts";
import { operate, operateOn, type ToCall } from "./operation.ts";
import type { Made, SameRank, Value } from "./value.ts";

/** Writes an op of two operands after a check of their shapes. */
export function binary<A extends Value, B extends Value>(
  name: string,
  keras: string,
  x1: A,
  x2: B,
  write: (a: Operand, b: Operand) => Sym,
): Made<A | B> {
  return operate<A | B>(name, keras, [x1, x2], (a, b) => {
    checkBroadcast(name, [a!, b!]);
    return write(a!, b!);
  });
}

/** Writes an op of one value. */
export function unary<A extends Value>(name: string, keras: string, x: A, write: (x: Sym) => Sym): SameRank<A> {
  return operateOn(name, keras, [x], (value) => write(value!)) as SameRank<A>;
}

/**
 * x1 + x2.
 *
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { add } from "fovea/ops";
 * add(input({ shape: [3] }), [1, 2, 3]).shape; // [null, 3]
 * ```
 */
export function add<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return binary("add", "numpy.Add", x1, x2, elementwise.add);
}

/** x1 − x2. */
export function subtract<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return binary("subtract", "numpy.Subtract", x1, x2, elementwise.sub);
}

/** x1 · x2. */
export function multiply<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return binary("multiply", "numpy.Multiply", x1, x2, elementwise.mul);
}

/** x1 / x2. */
export function divide<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return binary("divide", "numpy.Divide", x1, x2, elementwise.div);
}

/** x1 / x2, as `divide`. */
export function trueDivide<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return binary("trueDivide", "numpy.TrueDivide", x1, x2, elementwise.div);
}

/** ⌊x1 / x2⌋; its gradient is 0. */
export function floorDivide<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return binary("floorDivide", "numpy.FloorDivide", x1, x2, composed.floorDivide);
}

/** The remainder x1 − x2·⌊x1/x2⌋, with the sign of x2, as Python's %. */
export function mod<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return operateOn<A | B>("mod", "numpy.Mod", [x1, x2], (a, b) => {
    checkBroadcast("mod", [a!, b!]);
    return composed.mod(a!, b!);
  });
}

/** x1 to the power of x2; NaN for a negative x1 and a fraction x2. */
export function power<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return binary("power", "numpy.Power", x1, x2, elementwise.power);
}

/** `pick` keeps its first operand unless the second is better, so a NaN in the second one is put in by hand. */
const lettingNaNThrough = (pick: (a: Operand, b: Operand) => Sym) => (a: Operand, b: Operand) => {
  if (!isSym(a)) return pick(b, a);
  return isSym(b) ? elementwise.where(elementwise.equal(b, b), 0.5, b, pick(a, b)) : pick(a, b);
};

/** The larger of both; NaN where either is. Equal operands share the gradient. */
export function maximum<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return binary("maximum", "numpy.Maximum", x1, x2, lettingNaNThrough(elementwise.maximum));
}

/** The smaller of both; NaN where either is. Equal operands share the gradient. */
export function minimum<A extends Value, B extends Value>(x1: A, x2: B): Made<A | B> {
  return binary("minimum", "numpy.Minimum", x1, x2, lettingNaNThrough(elementwise.minimum));
}

/** |x|; its slope at 0 is 0. */
export function abs<A extends Value>(x: A): SameRank<A> {
  return unary("abs", "numpy.Absolute", x, elementwise.abs);
}

/** −x. */
export function negative<A extends Value>(x: A): SameRank<A> {
  return unary("negative", "numpy.Negative", x, elementwise.neg);
}

/** x². */
export function square<A extends Value>(x: A): SameRank<A> {
  return unary("square", "numpy.Square", x, elementwise.square);
}

/** √x; NaN below 0. Its slope at 0 is infinite: add a small number before. */
export function sqrt<A extends Value>(x: A): SameRank<A> {
  return unary("sqrt", "numpy.Sqrt", x, elementwise.sqrt);
}

/** 1 / √x. */
export function rsqrt<A extends Value>(x: A): SameRank<A> {
  return unary("rsqrt", "math.Rsqrt", x, composed.rsqrt);
}

/** 1 / x. */
export function reciprocal<A extends Value>(x: A): SameRank<A> {
  return unary("reciprocal", "numpy.Reciprocal", x, composed.reciprocal);
}

/** eˣ. */
export function exp<A extends Value>(x: A): SameRank<A> {
  return unary("exp", "numpy.Exp", x, elementwise.exp);
}

/** eˣ − 1, precise near 0. */
export function expm1<A extends Value>(x: A): SameRank<A> {
  return unary("expm1", "numpy.Expm1", x, elementwise.expm1);
}

/** ln x; NaN below 0, −∞ at 0. */
export function log<A extends Value>(x: A): SameRank<A> {
  return unary("log", "numpy.Log", x, elementwise.log);
}

/** ln(1 + x), precise near 0. */
export function log1p<A extends Value>(x: A): SameRank<A> {
  return unary("log1p", "numpy.Log1p", x, elementwise.log1p);
}

/** sin x, x in radians. */
export function sin<A extends Value>(x: A): SameRank<A> {
  return unary("sin", "numpy.Sin", x, elementwise.sin);
}

/** cos x, x in radians. */
export function cos<A extends Value>(x: A): SameRank<A> {
  return unary("cos", "numpy.Cos", x, elementwise.cos);
}

/** 2/√π ∫₀ˣ e^(−t²) dt. */
export function erf<A extends Value>(x: A): SameRank<A> {
  return unary("erf", "math.Erf", x, elementwise.erf);
}

/** −1, 0 or 1; its gradient is 0. */
export function sign<A extends Value>(x: A): SameRank<A> {
  return unary("sign", "numpy.Sign", x, elementwise.sign);
}

/** The largest whole number that is not larger; its gradient is 0. */
export function floor<A extends Value>(x: A): SameRank<A> {
  return unary("floor", "numpy.Floor", x, elementwise.floor);
}

/** The smallest whole number that is not smaller; its gradient is 0. */
export function ceil<A extends Value>(x: A): SameRank<A> {
  return unary("ceil", "numpy.Ceil", x, composed.ceil);
}

/** The nearest number of `decimals` places; halves go to the even one. Its gradient is 0. */
export function round<A extends Value>(x: A, decimals = 0): SameRank<A> {
  const write = (value: Sym) => {
    if (decimals === 0) return elementwise.round(value);
    return elementwise.div(elementwise.round(elementwise.mul(value, 10 ** decimals)), 10 ** decimals);
  };
  return operateOn("round", "numpy.Round", [x], (value) => write(value!), { decimals }) as SameRank<A>;
}

/**
 * min(max(x, xMin), xMax); NaN stays NaN. No gradient outside.
 *
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { clip } from "fovea/ops";
 * clip(input({ shape: [3] }), 0, 1).shape; // [null, 3]
 * ```
 */
export function clip<A extends Value, L extends Value, H extends Value>(x: A, xMin: L, xMax: H): Made<A | L | H> {
  const write = (value?: Operand, low?: Operand, high?: Operand) => {
    checkBroadcast("clip", [value!, low!, high!]);
    return isSym(value)
      ? elementwise.clip(value, low!, high!)
      : elementwise.minimum(elementwise.maximum(low!, value!), high!);
  };
  // Keras keeps the limits in the config.
  const toCall: ToCall = ([value, low, high]) => ({ args: [value], config: { xMin: low, xMax: high } });
  return operate<A | L | H>("clip", "numpy.Clip", [x, xMin, xMax], write, {}, toCall);
}
