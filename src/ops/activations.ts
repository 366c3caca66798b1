/**
 * Activation functions as single expressions, whose slopes follow from them. Piecewise ones are written with comparisons that give
 * Keras's slope at the kinks and let NaN through. K: `keras/src/activations/activations.py`.
 */
import { ShapeError } from "../base/errors.ts";
import { formatShape } from "../base/shape.ts";
import { type Expr, e, type Scalar } from "../ir/expr.ts";
import type { Sym } from "../ir/graph.ts";
import { equal, less, mul, sigmoid, where } from "./elementwise.ts";
import { literal } from "./literal.ts";
import { map } from "./map.ts";
import { crop } from "./pad.ts";
import { reduceSum } from "./reduce.ts";
import { reshape } from "./reshape.ts";

const input = /* @__PURE__ */ e.input(0);

/** A function of one value from its expression. */
const activation =
  (write: (x: Expr) => Expr) =>
  (x: Sym): Sym =>
    map([x], write(input));

/** e^−|x|, which never overflows; its slope at 0 is that of x > 0. */
const decay = (x: Expr) => e.exp(e.select("lt", x, 0, x, e.neg(x)));

/** 1 / (1 + e^−x) without an overflow, for slopes that divide by it. */
const sigmoidOf = (x: Expr) => e.div(e.select("lt", x, 0, decay(x), 1), e.add(1, decay(x)));

/** ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|). */
const softplusOf = (x: Expr) => e.add(e.select("lt", x, 0, 0, x), e.log1p(decay(x)));

/** x between low and high, with no slope at or beyond them. */
const clamp = (x: Expr, low: number, high: number) => e.select("le", x, low, low, e.select("le", high, x, high, x));

const hardSigmoidOf = (x: Expr) => e.div(clamp(e.add(x, 3), 0, 6), 6);

/** x > 0 ? x : otherwise. */
const positiveOr = (x: Expr, otherwise: Scalar) => e.select("lt", 0, x, x, otherwise);

/** x for x > 0, else slope · x. */
export function leakyRelu(x: Sym, slope = 0.2): Sym {
  return map([x], positiveOr(input, e.mul(slope, input)));
}

/** min(max(x, 0), 6). */
export const relu6 = /* @__PURE__ */ activation((x) => clamp(x, 0, 6));

/** x for x > 0, else α·(eˣ − 1). */
export function elu(x: Sym, alpha = 1): Sym {
  return map([x], positiveOr(input, e.mul(alpha, e.expm1(input))));
}

/** x for x > 0, else α·(e^(x/α) − 1). */
export function celu(x: Sym, alpha = 1): Sym {
  return map([x], positiveOr(input, e.mul(alpha, e.expm1(e.div(input, alpha)))));
}

/** scale · elu(x, α) with the constants of Klambauer et al. 2017, which keep mean 0 and variance 1. */
export const selu = /* @__PURE__ */ activation((x) =>
  e.mul(1.0507009873554805, positiveOr(x, e.mul(1.6732632423543772, e.expm1(x)))),
);

/** ln(1 + eˣ). */
export const softplus = /* @__PURE__ */ activation(softplusOf);

/** ln(1 / (1 + e^−x)) = −softplus(−x). */
export const logSigmoid = /* @__PURE__ */ activation((x) => e.sub(e.select("lt", x, 0, x, 0), e.log1p(decay(x))));

/** x / (1 + |x|). */
export const softsign = /* @__PURE__ */ activation((x) => e.div(x, e.add(1, e.abs(x))));

/** x · sigmoid(x), also known as swish. */
export const silu = /* @__PURE__ */ activation((x) => e.mul(x, sigmoidOf(x)));

/** x · tanh(softplus(x)). */
export const mish = /* @__PURE__ */ activation((x) => e.mul(x, e.tanh(softplusOf(x))));

/** x · Φ(x) with the normal distribution Φ(x) = ½ (1 + erf(x/√2)), or ½ (1 + tanh(√(2/π) (x + 0.044715 x³))). */
export function gelu(x: Sym, approximate = false): Sym {
  const cubic = e.mul(0.044715, e.mul(input, e.mul(input, input)));
  const bend = approximate
    ? e.tanh(e.mul(Math.sqrt(2 / Math.PI), e.add(input, cubic)))
    : e.erf(e.mul(Math.SQRT1_2, input));
  return map([x], e.mul(input, e.mul(0.5, e.add(1, bend))));
}

/** relu6(x + 3) / 6. */
export const hardSigmoid = /* @__PURE__ */ activation(hardSigmoidOf);

/** x · hardSigmoid(x), also known as hard swish. */
export const hardSilu = /* @__PURE__ */ activation((x) => e.mul(x, hardSigmoidOf(x)));

/** min(max(x, −1), 1). */
export const hardTanh = /* @__PURE__ */ activation((x) => clamp(x, -1, 1));

/** x − tanh x. */
export const tanhShrink = /* @__PURE__ */ activation((x) => e.sub(x, e.tanh(x)));

/** x moved towards 0 by `threshold`; 0 where |x| is not larger. */
export function softShrink(x: Sym, threshold = 0.5): Sym {
  const moved = e.select("lt", 0, input, e.sub(input, threshold), e.add(input, threshold));
  return map([x], e.select("le", e.abs(input), threshold, 0, moved));
}

/** x; 0 where |x| ≤ `threshold`. */
export function hardShrink(x: Sym, threshold = 0.5): Sym {
  return map([x], e.select("le", e.abs(input), threshold, 0, input));
}

/** x where it is larger than `limit`, else `value`. */
export function threshold(x: Sym, limit: number, value: number): Sym {
  return map([x], e.select("le", input, limit, value, input));
}

/** (x + √(x² + b)) / 2; for x < 0 as (b/2) / (√(x² + b) − x), which loses no digits. */
export function squareplus(x: Sym, b = 4): Sym {
  const root = e.sqrt(e.add(e.mul(input, input), b));
  return map([x], e.select("lt", input, 0, e.div(b / 2, e.sub(root, input)), e.mul(0.5, e.add(input, root))));
}

/** 0 up to −1, ¼ (x + 1)² up to 1, x beyond. */
export const sparsePlus = /* @__PURE__ */ activation((x) => {
  const above = e.add(x, 1);
  return e.select("le", x, -1, 0, e.select("lt", x, 1, e.mul(0.25, e.mul(above, above)), x));
});

/** 0 up to −1, ½ (x + 1) up to 1, 1 beyond. */
export const sparseSigmoid = /* @__PURE__ */ activation((x) => e.mul(0.5, e.add(clamp(x, -1, 1), 1)));

/** a · sigmoid(b) of the first and the second half of the last axis. x [..., 2n] → [..., n]. */
export function glu(x: Sym): Sym {
  const { shape, batched } = x.spec;
  const size = shape.at(-1) ?? 0;
  if (shape.length < 2 || size % 2 !== 0)
    throw new ShapeError(`glu halves the last axis of [batch, …, 2n], got ${formatShape(shape, batched)}.`);
  const half = (start: number) =>
    crop(
      x,
      shape.map((_, axis) => (axis === shape.length - 1 ? start : 0)),
      [...shape.slice(0, -1), size / 2],
    );
  return mul(half(0), sigmoid(half(size / 2)));
}

/**
 * max(x − τ, 0), as Keras has it: with the entries in falling order, S the partial sums and k the number of entries with
 * 1 + i·xᵢ > Sᵢ, τ = (Σ Sᵢ − 1) / k over these entries. Martins and Astudillo 2016 take the last Sᵢ instead of their sum; Keras's
 * numbers, which models bring along, differ from theirs as soon as k > 1. All pairs of entries are compared, n² a row. x [..., n].
 */
export function sparsemax(x: Sym): Sym {
  const { shape } = x.spec;
  const n = shape.at(-1)!;
  const [own, others] = [reshape(x, [...shape, 1]), reshape(x, [...shape.slice(0, -1), 1, n])];
  // Of equal entries the first comes first.
  const first = Array.from({ length: n * n }, (_, at) => (at % n <= Math.floor(at / n) ? 1 : 0));
  const before = where(own, others, 1, mul(equal(own, others), literal(x.builder, first, [n, n])));
  const [rank, sum] = [reduceSum(before, [-1]), reduceSum(mul(before, others), [-1])];
  const [a, b, c] = [e.input(0), e.input(1), e.input(2)];
  const support = less(0, map([x, rank, sum], e.sub(e.add(1, e.mul(a, b)), c)));
  const [total, size] = [reduceSum(mul(support, sum), [-1], true), reduceSum(support, [-1], true)];
  const limit = e.div(e.sub(b, 1), c);
  return map([x, total, size], e.select("le", a, limit, 0, e.sub(a, limit)));
}
