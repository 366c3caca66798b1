/** Activation functions. K: `ops/nn.py`. */
import type { Sym } from "../../ir/graph.ts";
import * as curves from "../../ops/activations.ts";
import * as elementwise from "../../ops/elementwise.ts";
import { transpose } from "../../ops/mat-mul.ts";
import * as exponential from "../../ops/softmax.ts";
import { unary } from "./arithmetic.ts";
import { axisOf, checkFinite, real, refuseBatch } from "./checks.ts";
import { operateOn } from "./operation.ts";
import type { SameRank, Value } from "./value.ts";

/** max(x, 0); NaN stays NaN. Its slope at 0 is 0. */
export function relu<A extends Value>(x: A): SameRank<A> {
  return unary("relu", "nn.Relu", x, elementwise.relu);
}

/** min(max(x, 0), 6). */
export function relu6<A extends Value>(x: A): SameRank<A> {
  return unary("relu6", "nn.Relu6", x, curves.relu6);
}

/** x above 0, negativeSlope · x below. */
export function leakyRelu<A extends Value>(x: A, negativeSlope = 0.2): SameRank<A> {
  const slope = checkFinite("leakyRelu", "negativeSlope", negativeSlope);
  const write = (value?: Sym) => curves.leakyRelu(value!, slope);
  return operateOn("leakyRelu", "nn.LeakyRelu", [x], write, { negativeSlope }) as SameRank<A>;
}

/** x above 0, α(eˣ − 1) below. */
export function elu<A extends Value>(x: A, alpha = 1): SameRank<A> {
  checkFinite("elu", "alpha", alpha);
  return operateOn("elu", "nn.Elu", [x], (value) => curves.elu(value!, alpha), { alpha }) as SameRank<A>;
}

/** x above 0, α(e^(x/α) − 1) below. */
export function celu<A extends Value>(x: A, alpha = 1): SameRank<A> {
  checkFinite("celu", "alpha", alpha);
  return operateOn("celu", "nn.Celu", [x], (value) => curves.celu(value!, alpha), { alpha }) as SameRank<A>;
}

/** The scaled elu of Klambauer et al. 2017. */
export function selu<A extends Value>(x: A): SameRank<A> {
  return unary("selu", "nn.Selu", x, curves.selu);
}

/**
 * x · Φ(x) with the normal distribution Φ.
 *
 * @param approximate ½x(1 + tanh(√(2/π)(x + 0.044715x³))) instead; default true, as in `keras.ops`
 */
export function gelu<A extends Value>(x: A, approximate = true): SameRank<A> {
  const write = (value?: Sym) => curves.gelu(value!, approximate);
  return operateOn("gelu", "nn.Gelu", [x], write, { approximate }) as SameRank<A>;
}

/** x · sigmoid(x). */
export function silu<A extends Value>(x: A): SameRank<A> {
  return unary("silu", "nn.Silu", x, curves.silu);
}

/** tanh x. */
export function tanh<A extends Value>(x: A): SameRank<A> {
  return unary("tanh", "numpy.Tanh", x, elementwise.tanh);
}

/** 1 / (1 + e^−x). */
export function sigmoid<A extends Value>(x: A): SameRank<A> {
  return unary("sigmoid", "nn.Sigmoid", x, elementwise.sigmoid);
}

/** ln sigmoid(x). */
export function logSigmoid<A extends Value>(x: A): SameRank<A> {
  return unary("logSigmoid", "nn.LogSigmoid", x, curves.logSigmoid);
}

/** relu6(x + 3) / 6. */
export function hardSigmoid<A extends Value>(x: A): SameRank<A> {
  return unary("hardSigmoid", "nn.HardSigmoid", x, curves.hardSigmoid);
}

/** x · hardSigmoid(x). */
export function hardSilu<A extends Value>(x: A): SameRank<A> {
  return unary("hardSilu", "nn.HardSilu", x, curves.hardSilu);
}

/** ln(1 + eˣ). */
export function softplus<A extends Value>(x: A): SameRank<A> {
  return unary("softplus", "nn.Softplus", x, curves.softplus);
}

/** x / (1 + |x|). */
export function softsign<A extends Value>(x: A): SameRank<A> {
  return unary("softsign", "nn.Softsign", x, curves.softsign);
}

/** Moves an axis to the end, writes, and moves it back. */
export function alongLast(x: Sym, axis: number, write: (x: Sym) => Sym): Sym {
  const order = x.spec.shape.map((_, i) => i);
  if (axis === order.length - 1) return write(x);
  const there = [...order.toSpliced(axis, 1), axis];
  return transpose(
    write(transpose(x, there)),
    order.map((i) => there.indexOf(i)),
  );
}

function overAxis<A extends Value>(
  name: string,
  keras: string,
  x: A,
  axis: number,
  write: (x: Sym) => Sym,
): SameRank<A> {
  const overOne = (value?: Sym) => {
    const at = axisOf(name, value!, axis);
    refuseBatch(name, value!, [at]);
    return alongLast(real(value!), at, write);
  };
  return operateOn(name, keras, [x], overOne, { axis }) as SameRank<A>;
}

/**
 * e^x / Σ e^x along an axis.
 *
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { softmax } from "fovea/ops";
 * softmax(input({ shape: [4, 10] }), 1).shape; // [null, 4, 10]
 * ```
 */
export function softmax<A extends Value>(x: A, axis = -1): SameRank<A> {
  return overAxis("softmax", "nn.Softmax", x, axis, exponential.softmax);
}

/** ln softmax(x), without a loss of digits. */
export function logSoftmax<A extends Value>(x: A, axis = -1): SameRank<A> {
  return overAxis("logSoftmax", "nn.LogSoftmax", x, axis, exponential.logSoftmax);
}
