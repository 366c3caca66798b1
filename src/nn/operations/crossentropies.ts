/** Cross-entropies as functions, without a reduction over rows. Probabilities are clipped to [1e-7, 1 − 1e-7]. K: `ops/nn.py`. */
import { ShapeError } from "../../base/errors.ts";
import type { Sym } from "../../ir/graph.ts";
import { softplus } from "../../ops/activations.ts";
import { add, clip, div, log, mul, neg, sub } from "../../ops/elementwise.ts";
import { takeAlongLast } from "../../ops/order.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { reshape } from "../../ops/reshape.ts";
import { logSoftmax } from "../../ops/softmax.ts";
import { alongLast } from "./activations.ts";
import { axisOf, checkBroadcast, optionsOf, real, refuseBatch, shapeText } from "./checks.ts";
import { operateOn } from "./operation.ts";
import type { Made, Value } from "./value.ts";

export interface CrossentropyOptions {
  /** Whether the outputs are logits; otherwise they are probabilities. Default false. */
  readonly fromLogits?: boolean;
}

export interface ClassCrossentropyOptions extends CrossentropyOptions {
  /** The axis of the classes. Default -1. */
  readonly axis?: number;
}

const EPSILON = 1e-7;

function checkSame(name: string, target: Sym, output: Sym): void {
  const [a, b] = [target.spec.shape, output.spec.shape];
  if (a.length !== b.length || a.some((size, i) => size !== b[i]))
    throw new ShapeError(
      `${name}: the target is ${shapeText(target)} and the output ${shapeText(output)}; they must be equal.`,
    );
  checkBroadcast(name, [target, output]);
}

/** −(t ln p + (1 − t) ln(1 − p)) for each entry. */
export function binaryCrossentropy<T extends Value, P extends Value>(
  target: T,
  output: P,
  options: CrossentropyOptions = {},
): Made<T | P> {
  const { fromLogits } = optionsOf("binaryCrossentropy", options, { fromLogits: false });
  const write = (t?: Sym, p?: Sym) => {
    checkSame("binaryCrossentropy", t!, p!);
    // From logits: softplus(x) − t·x, which is −(t ln σ(x) + (1 − t) ln(1 − σ(x))).
    if (fromLogits) return sub(softplus(p!), mul(t!, p!));
    const clipped = clip(p!, EPSILON, 1 - EPSILON);
    return neg(add(mul(t!, log(clipped)), mul(sub(1, t!), log(sub(1, clipped)))));
  };
  return operateOn<T | P>("binaryCrossentropy", "nn.BinaryCrossentropy", [target, output], write, { fromLogits });
}

/** ln p along the last axis; probabilities are first made to sum to 1. */
function logProbabilities(output: Sym, fromLogits: boolean): Sym {
  if (fromLogits) return logSoftmax(output);
  return log(clip(div(output, reduceSum(output, [-1], true)), EPSILON, 1 - EPSILON));
}

/**
 * −Σ t ln p over the classes. target and output [..., classes] → [...].
 *
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { categoricalCrossentropy } from "fovea/ops";
 * categoricalCrossentropy(input({ shape: [10] }), input({ shape: [10] })).shape; // [null]
 * ```
 */
export function categoricalCrossentropy<T extends Value, P extends Value>(
  target: T,
  output: P,
  options: ClassCrossentropyOptions = {},
): Made<T | P> {
  const { fromLogits, axis } = optionsOf("categoricalCrossentropy", options, { fromLogits: false, axis: -1 });
  const write = (t?: Sym, p?: Sym) => {
    checkSame("categoricalCrossentropy", t!, p!);
    const at = classAxis("categoricalCrossentropy", p!, axis);
    const logs = alongLast(real(p!), at, (last) => logProbabilities(last, fromLogits));
    return neg(reduceSum(mul(t!, logs), [at]));
  };
  return operateOn<T | P>("categoricalCrossentropy", "nn.CategoricalCrossentropy", [target, output], write, {
    fromLogits,
    axis,
  });
}

function classAxis(name: string, output: Sym, axis: number): number {
  const at = axisOf(name, output, axis);
  refuseBatch(name, output, [at]);
  return at;
}

/** −ln p of the class with the target's number. target [...] or [..., 1], output [..., classes] → [...]. */
export function sparseCategoricalCrossentropy<T extends Value, P extends Value>(
  target: T,
  output: P,
  options: CrossentropyOptions = {},
): Made<T | P> {
  const { fromLogits } = optionsOf("sparseCategoricalCrossentropy", options, { fromLogits: false });
  const name = "sparseCategoricalCrossentropy";
  const write = (t?: Sym, p?: Sym) => {
    classAxis(name, p!, -1);
    const lead = p!.spec.shape.slice(0, -1);
    const given = t!.spec.shape;
    const bare = given.length === lead.length + 1 && given.at(-1) === 1 ? given.slice(0, -1) : given;
    if (String(bare) !== String(lead))
      throw new ShapeError(
        `${name}: the target is ${shapeText(t!)} and the output ${shapeText(p!)}; the target lacks the axis of the classes. For one-hot targets use categoricalCrossentropy.`,
      );
    const places = reshape(t!, [...lead, 1]);
    checkBroadcast(name, [places, p!]);
    return neg(reshape(takeAlongLast(logProbabilities(real(p!), fromLogits), places), lead));
  };
  return operateOn<T | P>(name, "nn.SparseCategoricalCrossentropy", [target, output], write, { fromLogits });
}
