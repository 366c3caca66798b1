/**
 * The elementwise ops, one row each: meaning and slope as expressions. Every device prints the expressions; none knows the ops
 * by name. Inputs repeat along axes of size 1 (NumPy's rule); results are float32 whatever the inputs are.
 */
import { InternalError } from "../base/errors.ts";
import { sizeOf } from "../base/shape.ts";
import { powerSlopes } from "../ir/derivative.ts";
import { type Expr, e, type Scalar } from "../ir/expr.ts";
import type { Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";
import { evaluateElementwise, inferElementwise } from "./broadcast.ts";
import { map } from "./map.ts";
import { sumTo } from "./reduce.ts";

/** Operands that are plain numbers stand in the expression; null marks the operands that are values. */
export interface ElementwiseAttrs {
  readonly operands: readonly (number | null)[];
}

/** A value or a plain number. */
export type Operand = Sym | number;

type Formula = (...operands: Expr[]) => Scalar;
type Slope = Formula | "zero";

/** An elementwise op; `slopes[i]` is d output / d operand i, an expression of the operands and (last) of the output. */
function elementwise(name: string, formula: Formula, slopes: readonly Slope[] | "zero"): Op<ElementwiseAttrs> {
  const fill = ({ operands }: ElementwiseAttrs, inputs: readonly Expr[]): Expr[] => {
    let next = 0;
    return operands.map((operand) => (operand === null ? inputs[next++]! : e.lift(operand)));
  };
  const exprs = (inputs: readonly Expr[], attrs: ElementwiseAttrs) => [e.lift(formula(...fill(attrs, inputs)))];
  return {
    name,
    infer: (inputs) => [inferElementwise(inputs)],
    elementwise: exprs,
    reference: (inputs, outputs, call) => {
      const leaves = inputs.map((_, i) => e.input(i));
      evaluateElementwise(exprs(leaves, call.attrs), inputs, outputs, call);
    },
    flops: ({ outputs }) => sizeOf(outputs[0]!.shape),
    gradient:
      slopes === "zero"
        ? "zero"
        : ({ inputs, outputs, attrs, gradients, wanted }) => {
            const leaves = inputs.map((_, i) => e.input(i));
            const [output, upstream] = [e.input(inputs.length), e.input(inputs.length + 1)];
            const operands = fill(attrs, leaves);
            const positions = attrs.operands.flatMap((operand, position) => (operand === null ? [position] : []));
            return inputs.map((input, i) => {
              const slope = slopes[positions[i]!]!;
              if (slope === "zero" || !wanted(i)) return null;
              const product = e.mul(upstream, slope(...operands, output));
              return sumTo(map([...inputs, outputs[0]!, gradients[0]!], product), input.spec);
            });
          },
  };
}

const one = () => 1;

/** 1 where a is the larger, ½ where both are equal. */
const shareOfLarger = (a: Expr, b: Expr) => e.select("lt", b, a, 1, e.select("eq", a, b, 0.5, 0));

/** The angle of (x, y): atan of the smaller magnitude by the larger one, in its eighth of the circle. */
function angleOf(y?: Expr, x?: Expr): Expr {
  const [height, width] = [e.abs(y!), e.abs(x!)];
  // Comparisons with NaN are false: a NaN is the numerator or the denominator.
  const bySize = (steep: Scalar, flat: Scalar) => e.select("lt", width, height, steep, flat);
  const [less, more] = [bySize(width, height), bySize(height, width)];
  const slope = e.select("eq", less, more, e.select("eq", more, 0, 0, 1), e.div(less, more));
  const eighth = e.atan(slope);
  const acute = bySize(e.sub(Math.PI / 2, eighth), eighth);
  const angle = e.select("lt", x!, 0, e.sub(Math.PI, acute), acute);
  return e.select("lt", y!, 0, e.neg(angle), angle);
}

/** The rows. The slope of a kink is Keras's: relu'(0) = 0. */
export const elementwiseOps = {
  add: elementwise("add", e.add, [one, one]),
  sub: elementwise("sub", e.sub, [one, () => -1]),
  mul: elementwise("mul", e.mul, [(_a, b) => b, (a) => a]),
  div: elementwise("div", e.div, [(_a, b) => e.div(1, b), (_a, b, y) => e.neg(e.div(y, b))]),
  neg: elementwise("neg", e.neg, [() => -1]),
  abs: elementwise("abs", e.abs, [(x) => e.select("lt", x, 0, -1, e.select("eq", x, 0, 0, 1))]),
  /** (a − b)²; differentiated from a and b, so that the difference need not be kept. */
  squaredDifference: elementwise(
    "squaredDifference",
    (a, b) => {
      const difference = e.sub(a, b);
      return e.mul(difference, difference);
    },
    [(a, b) => e.mul(2, e.sub(a, b)), (a, b) => e.mul(-2, e.sub(a, b))],
  ),
  square: elementwise("square", (x) => e.mul(x, x), [(x) => e.mul(2, x)]),
  exp: elementwise("exp", e.exp, [(_x, y) => y]),
  log: elementwise("log", e.log, [(x) => e.div(1, x)]),
  sqrt: elementwise("sqrt", e.sqrt, [(_x, y) => e.div(0.5, y)]),
  sin: elementwise("sin", e.sin, [(x) => e.cos(x)]),
  cos: elementwise("cos", e.cos, [(x) => e.neg(e.sin(x))]),
  /** The angle of the point (x, y), from −π to π; 0 at the origin. */
  atan2: elementwise("atan2", angleOf, [
    (y, x) => e.div(x!, e.add(e.mul(x!, x!), e.mul(y!, y!))),
    (y, x) => e.neg(e.div(y!, e.add(e.mul(x!, x!), e.mul(y!, y!)))),
  ]),
  erf: elementwise("erf", e.erf, [(x) => e.mul(2 / Math.sqrt(Math.PI), e.exp(e.neg(e.mul(x, x))))]),
  /** ln(1 + x) and eˣ − 1, precise near 0. */
  log1p: elementwise("log1p", e.log1p, [(x) => e.div(1, e.add(1, x))]),
  expm1: elementwise("expm1", e.expm1, [(_x, y) => e.add(y, 1)]),
  /** a^b; NaN for a negative a and a fraction b. The slope by b is taken as 0 where a is. */
  power: elementwise("power", e.pow, [
    (a, b, y) => powerSlopes(a!, b!, y!)[0],
    (a, b, y) => powerSlopes(a!, b!, y!)[1],
  ]),
  /** The larger operand; a NaN in the first one wins. Equal ones share the gradient, as in Keras. */
  maximum: elementwise("maximum", e.max, [(a, b) => shareOfLarger(a!, b!), (a, b) => shareOfLarger(b!, a!)]),
  minimum: elementwise("minimum", e.min, [(a, b) => shareOfLarger(b!, a!), (a, b) => shareOfLarger(a!, b!)]),
  relu: elementwise("relu", (x) => e.max(x, 0), [(_x, y) => e.select("lt", 0, y, 1, 0)]),
  sigmoid: elementwise("sigmoid", (x) => e.div(1, e.add(1, e.exp(e.neg(x)))), [(_x, y) => e.mul(y, e.sub(1, y))]),
  tanh: elementwise("tanh", e.tanh, [(_x, y) => e.sub(1, e.mul(y, y))]),
  /** min(max(x, low), high); no gradient outside. */
  clip: elementwise("clip", (x, low, high) => e.min(e.max(x, low), high), [
    (x, low, high) => e.select("lt", x, low, 0, e.select("lt", high, x, 0, 1)),
    (x, low) => e.select("lt", x, low, 1, 0),
    (x, _low, high) => e.select("lt", high, x, 1, 0),
  ]),
  /** 1 where a = b, else 0. */
  equal: elementwise("equal", (a, b) => e.select("eq", a, b, 1, 0), "zero"),
  /** 1 where a < b, else 0. */
  less: elementwise("less", (a, b) => e.select("lt", a, b, 1, 0), "zero"),
  /** 1 where a ≤ b, else 0. */
  lessEqual: elementwise("lessEqual", (a, b) => e.select("le", a, b, 1, 0), "zero"),
  /** a < b ? yes : no, with no gradient by a and b. */
  where: elementwise("where", (a, b, yes, no) => e.select("lt", a, b, yes, no), [
    "zero",
    "zero",
    (a, b) => e.select("lt", a, b, 1, 0),
    (a, b) => e.select("lt", a, b, 0, 1),
  ]),
  floor: elementwise("floor", e.floor, "zero"),
  /** The nearest whole number; halves go to the even one. */
  round: elementwise("round", e.round, "zero"),
  /** −1, 0 or 1. */
  sign: elementwise("sign", (x) => e.select("lt", x, 0, -1, e.select("lt", 0, x, 1, x)), "zero"),
  /** The same numbers, taken as constants by differentiation. */
  stopGradient: elementwise("stopGradient", (x) => x, "zero"),
  /** The same numbers as float32. */
  cast: elementwise("cast", (x) => x, [one]),
} as const;

const emit =
  (op: Op<ElementwiseAttrs>) =>
  (...operands: Operand[]): Sym => {
    const values = operands.filter((operand) => typeof operand !== "number");
    if (values.length === 0) throw new InternalError(`"${op.name}" of numbers alone.`);
    return emitOne(op, values, { operands: operands.map((operand) => (typeof operand === "number" ? operand : null)) });
  };

type Unary = (x: Sym) => Sym;
type Binary = (a: Operand, b: Operand) => Sym;

export const add: Binary = emit(elementwiseOps.add);
export const sub: Binary = emit(elementwiseOps.sub);
export const mul: Binary = emit(elementwiseOps.mul);
export const div: Binary = emit(elementwiseOps.div);
export const neg: Unary = emit(elementwiseOps.neg);
export const abs: Unary = emit(elementwiseOps.abs);
export const squaredDifference: Binary = emit(elementwiseOps.squaredDifference);
export const square: Unary = emit(elementwiseOps.square);
export const exp: Unary = emit(elementwiseOps.exp);
export const log: Unary = emit(elementwiseOps.log);
export const sqrt: Unary = emit(elementwiseOps.sqrt);
export const relu: Unary = emit(elementwiseOps.relu);
export const sigmoid: Unary = emit(elementwiseOps.sigmoid);
export const tanh: Unary = emit(elementwiseOps.tanh);
export const sin: Unary = emit(elementwiseOps.sin);
export const cos: Unary = emit(elementwiseOps.cos);
export const atan2: Binary = emit(elementwiseOps.atan2);
export const erf: Unary = emit(elementwiseOps.erf);
export const log1p: Unary = emit(elementwiseOps.log1p);
export const expm1: Unary = emit(elementwiseOps.expm1);
export const power: Binary = emit(elementwiseOps.power);
export const maximum: Binary = emit(elementwiseOps.maximum);
export const minimum: Binary = emit(elementwiseOps.minimum);
export const sign: Unary = emit(elementwiseOps.sign);
export const round: Unary = emit(elementwiseOps.round);
export const floor: Unary = emit(elementwiseOps.floor);
export const stopGradient: Unary = emit(elementwiseOps.stopGradient);
export const cast: Unary = emit(elementwiseOps.cast);
export const equal: Binary = emit(elementwiseOps.equal);
export const less: Binary = emit(elementwiseOps.less);
export const lessEqual: Binary = emit(elementwiseOps.lessEqual);
export const clip: (x: Sym, low: Operand, high: Operand) => Sym = emit(elementwiseOps.clip);
export const where: (a: Operand, b: Operand, yes: Operand, no: Operand) => Sym = emit(elementwiseOps.where);
