/** Activation functions by Keras's names. K: `activations/activations.py`. */
import { ArgumentError, ShapeError, unknownName } from "../base/errors.ts";
import { formatShape } from "../base/shape.ts";
import type { Sym } from "../ir/graph.ts";
import {
  celu,
  elu,
  gelu,
  glu,
  hardShrink,
  hardSigmoid,
  hardSilu,
  hardTanh,
  leakyRelu,
  logSigmoid,
  mish,
  relu6,
  selu,
  silu,
  softplus,
  softShrink,
  softsign,
  sparsemax,
  sparsePlus,
  sparseSigmoid,
  squareplus,
  tanhShrink,
} from "../ops/activations.ts";
import { exp, relu, sigmoid, tanh } from "../ops/elementwise.ts";
import { logSoftmax, softmax } from "../ops/softmax.ts";
import { type Kind, value } from "./option-kinds.ts";

/** A function over the last axis, which must not be the batch. */
const overLastAxis =
  (name: string, apply: (x: Sym) => Sym) =>
  (x: Sym): Sym => {
    if (x.spec.shape.length < 2)
      throw new ShapeError(
        `${name} runs over the last axis of [batch, …, classes], got ${formatShape(x.spec.shape, x.spec.batched)}.`,
      );
    return apply(x);
  };

/** Each with Keras's defaults. */
const activations = {
  celu: (x: Sym) => celu(x),
  elu: (x: Sym) => elu(x),
  exponential: exp,
  gelu: (x: Sym) => gelu(x),
  glu,
  hard_shrink: (x: Sym) => hardShrink(x),
  hard_sigmoid: hardSigmoid,
  hard_silu: hardSilu,
  hard_swish: hardSilu,
  hard_tanh: hardTanh,
  leaky_relu: (x: Sym) => leakyRelu(x),
  linear: (x: Sym): Sym => x,
  log_sigmoid: logSigmoid,
  log_softmax: /* @__PURE__ */ overLastAxis("log_softmax", (x) => logSoftmax(x)),
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  soft_shrink: (x: Sym) => softShrink(x),
  softmax: /* @__PURE__ */ overLastAxis("softmax", (x) => softmax(x)),
  softplus,
  softsign,
  sparse_plus: sparsePlus,
  sparse_sigmoid: sparseSigmoid,
  sparsemax: /* @__PURE__ */ overLastAxis("sparsemax", sparsemax),
  squareplus: (x: Sym) => squareplus(x),
  swish: silu,
  tanh,
  tanh_shrink: tanhShrink,
} as const;

export type ActivationName = keyof typeof activations;
export type ActivationFunction = (x: Sym) => Sym;

/** A known name, or a function of symbolic values of one's own. */
export type ActivationLike = ActivationName | ActivationFunction;

export const activationNames: readonly string[] = /* @__PURE__ */ Object.keys(activations);

const isKnown = (name: string): name is ActivationName => Object.hasOwn(activations, name);

/** Throws unless it is a function or a known name; null is "linear". `owner` is whose activation it is, as messages name it. */
export function resolveActivation(owner: string, given: unknown): ActivationLike {
  if (given === null) return "linear";
  if (typeof given === "function") return given as ActivationFunction;
  if (typeof given !== "string" || !isKnown(given)) throw unknownName(`activation of ${owner}`, given, activationNames);
  return given;
}

/** Whether the activation mixes the values of the last axis; others take each value by itself. Not known of functions. */
export function readsLastAxis(name: ActivationLike): boolean | undefined {
  if (typeof name === "function") return undefined;
  return ["glu", "log_softmax", "softmax", "sparsemax"].includes(name);
}

/** An option that is an activation. */
export function activation<const D extends ActivationName | undefined = undefined>(
  fallback?: D,
): Kind<ActivationLike, D, ActivationLike | null> {
  const read = (given: unknown, owner: string, name: string): ActivationLike => {
    if (given === undefined) throw new ArgumentError(`${owner}: the option ${name} is missing.`);
    return resolveActivation(owner, given);
  };
  const write = (made: ActivationLike) => (typeof made === "string" ? made : made.name);
  return value<ActivationLike, never, ActivationLike | null>(read, {
    default: fallback as never,
    write,
  }) as unknown as Kind<ActivationLike, D, ActivationLike | null>;
}

/** Applies the activation. */
export function activate(activation: ActivationLike, x: Sym): Sym {
  return typeof activation === "function" ? activation(x) : activations[activation](x);
}
