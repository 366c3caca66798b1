/** Constants, and parts of matrices by their place. K: `ops/numpy.py`, `ops/core.py`. */
import type { DType } from "../../base/dtype.ts";
import { ArgumentError, ShapeError, unknownName } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Sym } from "../../ir/graph.ts";
import { ceil } from "../../ops/composed.ts";
import * as elementwise from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import * as reduce from "../../ops/reduce.ts";
import { isSym } from "../keras-tensor.ts";
import { currentTrace } from "../trace.ts";
import { unary } from "./arithmetic.ts";
import { checkCount, checkFinite, optionsOf, real, shapeText, valuesOf } from "./checks.ts";
import { truth } from "./comparisons.ts";
import { operateOn } from "./operation.ts";
import type { Made, SameRank, Value } from "./value.ts";

/** A value whose batch gives a new value its rows. */
export interface LikeOptions<A extends Value = Value> {
  /** Default: none; the new value does not follow the batch. */
  readonly like?: A;
}

/** Sizes of a new value. Inside of a step the first may stand for the rows of the batch: null, as `shape(x)[0]`, or `step.rows`. */
export type NewShape = readonly (number | null | Sym)[];

/** The sizes of the new value, or of a row of it where `like` gives it its rows. */
interface NewRows<A> {
  readonly sizes: readonly number[];
  readonly like: A | Sym | undefined;
}

/** @throws ArgumentError unless it is a list of sizes */
export function rowsOf<A>(name: string, shape: NewShape, like: A | undefined): NewRows<A> {
  const isList = Array.isArray(shape);
  const [first, ...rest] = isList ? shape : [];
  const followsBatch = first === null || isSym(first);
  const sizes = followsBatch ? rest : shape;
  if (!isList || !sizes.every((size) => Number.isInteger(size) && (size as number) >= 0))
    throw new ArgumentError(
      `${name}: shape is ${formatValue(shape)}, expected a list of whole numbers. For rows that follow the batch use { like: x }.`,
    );
  if (!followsBatch) return { sizes: sizes as readonly number[], like };
  if (like !== undefined)
    throw new ArgumentError(`${name}: the first size stands for the batch already; leave it or \`like\` out.`);
  const { builder } = currentTrace(name);
  if (isSym(first) && first !== builder.localRows())
    throw new ArgumentError(
      `${name}: the first size is ${shapeText(first)}; the rows of the batch are step.rows or null.`,
    );
  if (builder.batch === undefined)
    throw new ArgumentError(`${name}: the first size stands for the batch, but the step is fed no batch.`);
  return { sizes: sizes as readonly number[], like: builder.batch };
}

function filled<A extends Value>(
  name: string,
  keras: string,
  given: NewShape,
  value: number,
  model: A | undefined,
): Made<A> {
  const { sizes: shape, like } = rowsOf(name, given, model);
  if (like === undefined) {
    const { builder } = currentTrace(name);
    return reduce.broadcastTo(literal(builder, [value], []), { shape, dtype: "float32", batched: false }) as Made<A>;
  }
  const write = (model?: Sym) => {
    const { spec, builder } = model!;
    if (!spec.batched)
      throw new ArgumentError(`${name}: like is ${shapeText(model!)}, which does not follow the batch; leave it out.`);
    return reduce.broadcastTo(literal(builder, [value], []), {
      shape: [spec.shape[0]!, ...shape],
      dtype: "float32",
      batched: true,
    });
  };
  return operateOn(name, keras, [like], write, { shape }) as Made<A>;
}

/** Zeros of a shape; with `like` so many for each row of its batch: [batch, …shape]. */
export function zeros<A extends Value = number>(shape: NewShape, options: LikeOptions<A> = {}): Made<A> {
  const { like } = optionsOf("zeros", options, { like: undefined });
  return filled("zeros", "numpy.Zeros", shape, 0, like);
}

/** Ones of a shape; with `like` so many for each row of its batch. */
export function ones<A extends Value = number>(shape: NewShape, options: LikeOptions<A> = {}): Made<A> {
  const { like } = optionsOf("ones", options, { like: undefined });
  return filled("ones", "numpy.Ones", shape, 1, like);
}

/** One number in a shape; with `like` so many for each row of its batch. */
export function full<A extends Value = number>(
  shape: NewShape,
  fillValue: number,
  options: LikeOptions<A> = {},
): Made<A> {
  const { like } = optionsOf("full", options, { like: undefined });
  return filled("full", "numpy.Full", shape, fillValue, like);
}

const filledLike = (x: Sym, value: number) =>
  reduce.broadcastTo(literal(x.builder, [value], []), { ...x.spec, dtype: "float32" });

/** Zeros in the shape of x. */
export function zerosLike<A extends Value>(x: A): SameRank<A> {
  return unary("zerosLike", "numpy.ZerosLike", x, (value) => filledLike(value, 0));
}

/** Ones in the shape of x. */
export function onesLike<A extends Value>(x: A): SameRank<A> {
  return unary("onesLike", "numpy.OnesLike", x, (value) => filledLike(value, 1));
}

/** One number in the shape of x. */
export function fullLike<A extends Value>(x: A, fillValue: number): SameRank<A> {
  checkFinite("fullLike", "fillValue", fillValue);
  return unary("fullLike", "numpy.FullLike", x, (value) => filledLike(value, fillValue));
}

function constant(name: string, values: readonly number[], shape: readonly number[]): Sym {
  return literal(currentTrace(name).builder, values, shape);
}

/** start, start + step, … before `stop`; with one argument from 0 up to it. */
export function arange(start: number, stop?: number, step = 1): Sym {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  if (![from, to, step].every(Number.isFinite) || step === 0)
    throw new ArgumentError(
      `arange(${[from, to, step].map(formatValue).join(", ")}): expected finite numbers and a step other than 0.`,
    );
  const length = Math.max(0, Math.ceil((to - from) / step));
  return constant(
    "arange",
    valuesOf("arange", length, (i) => from + i * step),
    [length],
  );
}

/** `num` numbers at equal distances from start to stop, both included (`endpoint: false`: without stop). */
export function linspace(start: number, stop: number, num = 50, options: { readonly endpoint?: boolean } = {}): Sym {
  const { endpoint } = optionsOf("linspace", options, { endpoint: true });
  checkCount("linspace", "num", num);
  checkFinite("linspace", "start", start);
  checkFinite("linspace", "stop", stop);
  const gaps = Math.max(1, endpoint ? num - 1 : num);
  return constant(
    "linspace",
    valuesOf("linspace", num, (i) => start + ((stop - start) * i) / gaps),
    [num],
  );
}

/** [n, m] with ones on diagonal k (default 0, the main one; above it where k is positive). m defaults to n. */
export function eye(n: number, m: number = n, options: { readonly k?: number } = {}): Sym {
  const { k } = optionsOf("eye", options, { k: 0 });
  checkCount("eye", "n", n);
  checkCount("eye", "m", m);
  return constant(
    "eye",
    valuesOf("eye", n * m, (i) => (Math.floor(i / m) + k === i % m ? 1 : 0)),
    [n, m],
  );
}

/** Keeps the entries of the last two axes where column − row fits; zeros elsewhere. */
function band<A extends Value>(
  name: string,
  keras: string,
  x: A,
  k: number,
  keeps: (offset: number) => boolean,
): SameRank<A> {
  const write = (value?: Sym) => {
    const { shape, batched } = value!.spec;
    if (shape.length < (batched ? 3 : 2))
      throw new ShapeError(`${name} of ${shapeText(value!)}: expected matrices [..., rows, columns].`);
    const [rows, columns] = shape.slice(-2) as [number, number];
    const mask = valuesOf(name, rows * columns, (i) => (keeps((i % columns) - Math.floor(i / columns)) ? 1 : 0));
    return elementwise.where(0, literal(value!.builder, mask, [rows, columns]), real(value!), 0);
  };
  return operateOn(name, keras, [x], write, { k }) as SameRank<A>;
}

/** Matrices with zeros above diagonal k. x [..., rows, columns]. */
export function tril<A extends Value>(x: A, k = 0): SameRank<A> {
  return band("tril", "numpy.Tril", x, k, (offset) => offset <= k);
}

/** Matrices with zeros below diagonal k. x [..., rows, columns]. */
export function triu<A extends Value>(x: A, k = 0): SameRank<A> {
  return band("triu", "numpy.Triu", x, k, (offset) => offset >= k);
}

/** A vector [n] as a diagonal matrix [n, n]. For the diagonal of matrices use `diagonal`. */
export function diag<A extends Value>(x: A): Made<A> {
  const write = (value?: Sym) => {
    const { shape, batched } = value!.spec;
    if (batched || shape.length !== 1)
      throw new ShapeError(
        `diag of ${shapeText(value!)}: expected a vector (n,) that does not follow the batch; for matrices use diagonal.`,
      );
    const n = shape[0]!;
    const mask = literal(
      value!.builder,
      valuesOf("diag", n * n, (i) => (i % (n + 1) === 0 ? 1 : 0)),
      [n, n],
    );
    return elementwise.where(0, mask, real(value!), 0);
  };
  return operateOn("diag", "numpy.Diag", [x], write);
}

/** The main diagonal of the last two axes. x [..., n, n] → [..., n]. */
export function diagonal<A extends Value>(x: A): Made<A> {
  return operateOn("diagonal", "numpy.Diagonal", [x], (value) =>
    reduce.reduceSum(onDiagonal("diagonal", value!), [-2]),
  );
}

/** The sum of the main diagonal of the last two axes. x [..., n, n] → [...]. */
export function trace<A extends Value>(x: A): Made<A> {
  return operateOn("trace", "numpy.Trace", [x], (value) => reduce.reduceSum(onDiagonal("trace", value!), [-2, -1]));
}

function onDiagonal(name: string, x: Sym): Sym {
  const { shape, batched } = x.spec;
  const [rows, columns] = shape.slice(-2) as [number, number];
  if (shape.length < (batched ? 3 : 2) || rows !== columns)
    throw new ShapeError(`${name} of ${shapeText(x)}: expected square matrices [..., n, n].`);
  const mask = valuesOf(name, rows * columns, (i) => (i % (columns + 1) === 0 ? 1 : 0));
  return elementwise.where(0, literal(x.builder, mask, [rows, columns]), real(x), 0);
}

const castTo: Readonly<Record<DType | "bool", (x: Sym) => Sym>> = {
  float32: real,
  int32: wholePart,
  uint8: (x) => {
    const whole = wholePart(x);
    return elementwise.sub(whole, elementwise.mul(256, elementwise.floor(elementwise.div(whole, 256))));
  },
  bool: truth,
};

function wholePart(x: Sym): Sym {
  return elementwise.where(x, 0, ceil(x), elementwise.floor(x));
}

/**
 * The numbers as another dtype would hold them: int32 cuts fractions off, uint8 keeps the remainder by 256, too, bool is 1 or 0.
 * Values of a step are float32 whatever they hold. Only "float32" passes gradients on.
 */
export function cast<A extends Value>(x: A, dtype: DType | "bool"): SameRank<A> {
  if (typeof dtype !== "string" || !Object.hasOwn(castTo, dtype))
    throw unknownName("dtype of cast", dtype, Object.keys(castTo));
  return operateOn("cast", "core.Cast", [x], (value) => castTo[dtype](value!), { dtype }) as SameRank<A>;
}

/** The same numbers, through which no gradient passes. */
export function stopGradient<A extends Value>(x: A): SameRank<A> {
  return unary("stopGradient", "core.StopGradient", x, elementwise.stopGradient);
}

/** A constant or a variable as a value of the step; a value as it is. */
export function convertToTensor<A extends Value>(x: A): SameRank<A> {
  return unary("convertToTensor", "core.ConvertToTensor", x, (value) => value);
}
