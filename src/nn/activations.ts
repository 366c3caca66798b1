/** Activation functions by Keras's names. K: `activations/activations.py`. */
import { ShapeError, unknownName } from "../base/errors.ts";
import { formatShape } from "../base/shape.ts";
import type { Sym } from "../ir/graph.ts";
import { relu, sigmoid, tanh } from "../ops/elementwise.ts";
import { softmax } from "../ops/softmax.ts";

const activations = {
  linear: (x: Sym): Sym => x,
  relu,
  sigmoid,
  /** Over the last axis. */
  softmax: (x: Sym): Sym => {
    if (x.spec.shape.length < 2)
      throw new ShapeError(
        `softmax runs over the last axis of [batch, …, classes], got ${formatShape(x.spec.shape, x.spec.batched)}.`,
      );
    return softmax(x);
  },
  tanh,
} as const;

export type ActivationName = keyof typeof activations;

/** A known name, or any string that is checked when the layer is made. */
export type ActivationLike = ActivationName | (string & {});

const isKnown = (name: string): name is ActivationName => Object.hasOwn(activations, name);

/** Throws unless the name is known; null is "linear". `owner` is whose activation it is, as messages name it. */
export function checkActivation(owner: string, name: ActivationLike | null): void {
  if (name !== null && (typeof name !== "string" || !isKnown(name)))
    throw unknownName(`activation of ${owner}`, name, Object.keys(activations));
}

/** Applies the activation; null is "linear". */
export function activate(name: ActivationLike | null, x: Sym): Sym {
  if (name === null) return x;
  if (!isKnown(name)) throw unknownName("activation", name, Object.keys(activations));
  return activations[name](x);
}
