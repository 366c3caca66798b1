/** Activation functions by Keras's names. K: `activations/activations.py`. */
import { ArgumentError, unknownName } from "../base/errors.ts";
import type { Sym } from "../ir/graph.ts";
import { relu, sigmoid, tanh } from "../ops/elementwise.ts";
import { softmax } from "../ops/softmax.ts";

const activations = {
  linear: (x: Sym) => x,
  relu,
  sigmoid,
  softmax: (x: Sym) => {
    if (x.spec.shape.length < 2) throw new ArgumentError("softmax needs an input of 2 or more axes.");
    return softmax(x);
  },
  tanh,
} as const satisfies Record<string, (x: Sym) => Sym>;

export type ActivationName = keyof typeof activations;

/** A known name, or any string that is checked when the layer is made. */
export type ActivationLike = ActivationName | (string & {});

const isKnown = (name: string): name is ActivationName => Object.hasOwn(activations, name);

/** Throws unless the name is known; null is "linear". */
export function checkActivation(name: ActivationLike | null): void {
  if (name !== null && (typeof name !== "string" || !isKnown(name)))
    throw unknownName("activation", name, Object.keys(activations));
}

/** Applies the activation; null is "linear". */
export function activate(name: ActivationLike | null, x: Sym): Sym {
  if (name === null) return x;
  if (!isKnown(name)) throw unknownName("activation", name, Object.keys(activations));
  return activations[name](x);
}
