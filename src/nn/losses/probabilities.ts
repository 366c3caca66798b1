/** What the losses of probabilities share: clipping, logarithms, and the logits behind a softmax or sigmoid. */
import { ArgumentError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import type { Op } from "../../ir/op.ts";
import { convert, convertOp } from "../../ir/precision.ts";
import { add, clip, div, log, mul } from "../../ops/elementwise.ts";
import { transpose } from "../../ops/mat-mul.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { reshape } from "../../ops/reshape.ts";
import { logSoftmax, softmaxOp } from "../../ops/softmax.ts";

/** Keras's fuzz factor. */
export const EPSILON = 1e-7;
/** Probabilities are kept within these bounds before their logarithm; float32 rounds the upper one to 1 - 1.19e-7. */
const [LOWEST, HIGHEST] = [EPSILON, /* @__PURE__ */ Math.fround(1 - EPSILON)];

/** Probabilities whose logarithms are finite. */
export function clipProbabilities(x: Sym): Sym {
  return clip(x, LOWEST, HIGHEST);
}

/** A value whose axis of classes is moved to the end. @throws ArgumentError for the axis of the batch, or none of the value's */
export function classesLast(owner: string, x: Sym, axis: number): Sym {
  const { shape, batched } = x.spec;
  const own = axis < 0 ? axis + shape.length : axis;
  if (!(own > 0 && own < shape.length))
    throw new ArgumentError(
      `${owner}: axis is ${axis}, expected one other than the batch of outputs ${formatShape(shape, batched)}.`,
    );
  return own === shape.length - 1 ? x : transpose(x, moveLast([...shape.keys()], own));
}

/** A list whose entry `at` stands at the end. */
export const moveLast = <T>(list: readonly T[], at: number): T[] => [...list.toSpliced(at, 1), list[at]!];

/** Probabilities that add up to 1 over the last axis. */
export function normalizeProbabilities(x: Sym): Sym {
  return div(x, reduceSum(x, [-1], true));
}

/** Moves the share `smoothing` of targets to `evenly`, where nothing is known. */
export function smoothTargets(yTrue: Sym, smoothing: number, evenly: number): Sym {
  return smoothing === 0 ? yTrue : add(mul(yTrue, 1 - smoothing), smoothing * evenly);
}

/**
 * The logits that `activation` (softmax, sigmoid) made `yPred` of, as float32; undefined where something else made it. Views
 * between them are looked through, as long as they keep the last axis, and so are roundings to another precision. A loss of logits has a gradient where probabilities of 0 and 1 have
 * none. K: Keras on TensorFlow does so, `backend/tensorflow/nn.py`, _get_logits.
 */
export function logitsBehind(yPred: Sym, activation: Op): Sym | undefined {
  let value = yPred;
  for (;;) {
    const made = yPred.builder.makerOf(value);
    const [input] = made?.inputs ?? [];
    if (made === undefined || input === undefined) return undefined;
    if (made.op === activation) return reshape(convert(input, "float32"), yPred.spec.shape);
    const isSame = made.op.view === true || made.op.name === convertOp.name;
    if (!isSame || input.spec.shape.at(-1) !== yPred.spec.shape.at(-1)) return undefined;
    value = input;
  }
}

/** ln of probabilities over the last axis: divided by their sum and clipped; or of logits by the log-softmax. */
export function logProbabilities(yPred: Sym, fromLogits: boolean): Sym {
  const logits = fromLogits ? yPred : logitsBehind(yPred, softmaxOp);
  if (logits !== undefined) return logSoftmax(logits);
  return log(clipProbabilities(normalizeProbabilities(yPred)));
}
