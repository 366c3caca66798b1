import { ShapeError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { Sym } from "../../ir/graph.ts";
import { batchMatMul } from "../../ops/batch-mat-mul.ts";
import { notEqual } from "../../ops/composed.ts";
import { add, cast, equal, exp, log, maximum, mul, neg, stopGradient, sub, where } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { reshape } from "../../ops/reshape.ts";
import { concatenateAxis, padWith, sliceAxis, stack, unstack } from "../../ops/slice.ts";
import { logSoftmax } from "../../ops/softmax.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { checkClasses } from "./labels.ts";
import { Loss, type LossOptions } from "./loss.ts";

/** Stands for ln 0, without NaN in sums and gradients. */
const IMPOSSIBLE = -1e30;

/** ln Σ eˣ of a few values, elementwise. */
function logAdd(values: readonly Sym[]): Sym {
  const largest = stopGradient(values.reduce((a, b) => maximum(a, b)));
  return add(largest, log(values.map((value) => exp(sub(value, largest))).reduce((a, b) => add(a, b))));
}

/**
 * Connectionist temporal classification, Graves et al. 2006: -ln of the probability that the outputs of all time steps, with
 * repetitions merged and blanks taken out, spell the labels. yTrue [n, labels], class numbers from 1, filled up with 0 (class 0 is
 * the blank); yPred [n, steps, classes], logits → [n]. The loss is infinite where labels need more time steps than there are.
 * Forward probabilities are computed step by step, in logarithms. K: `losses/losses.py`, ctc.
 *
 * @throws ShapeError for targets that are not [n, labels], and outputs that are not [n, steps, classes]
 * @example
 * ```ts
 * import { CTC } from "fovea/losses";
 * new CTC().name; // "ctc"
 * ```
 */
export class CTC extends Loss {
  static override readonly className: string = "CTC";

  constructor(given: LossOptions = {}) {
    super(given);
  }

  override call(yTrue: Sym, yPred: Sym): Sym {
    this.#checkShapes(yTrue.spec.shape, yPred.spec.shape);
    const { shape } = yPred.spec;
    const [rows, count] = yTrue.spec.shape as [number, number];
    const labels = cast(yTrue);
    // Blank, label, blank, label, …, blank: what a path walks through.
    const blanks = mul(labels, 0);
    const pairs = reshape(stack([blanks, labels], 2), [rows, 2 * count]);
    const places = concatenateAxis([pairs, sliceAxis(blanks, 1, 0, 1)], 1);
    const classes = literal(yPred.builder, [...Array(shape[2]!).keys()], [shape[2]!]);
    const hits = equal(reshape(places, [rows, 2 * count + 1, 1]), classes);
    const emitted = unstack(batchMatMul(logSoftmax(yPred), hits, { transposeB: true }), 1);
    // A blank between two labels may be left out where these differ.
    const differs = notEqual(labels, shifted(labels, 1));
    const skips = reshape(stack([blanks, differs], 2), [rows, 2 * count]);
    const leaps = where(0, concatenateAxis([skips, sliceAxis(blanks, 1, 0, 1)], 1), 0, IMPOSSIBLE);
    const start = literal(yPred.builder, [0, 0, ...Array(2 * count - 1).fill(IMPOSSIBLE)], [2 * count + 1]);
    const ends = emitted.reduce<Sym | undefined>((paths, step) => {
      if (paths === undefined) return add(step, start);
      return add(logAdd([paths, shifted(paths, 1), add(shifted(paths, 2), leaps)]), step);
    }, undefined)!;
    return this.#spelled(ends, reduceSum(notEqual(labels, 0), [1], true));
  }

  /** -ln of the paths that end in the last label, or in the blank behind it. paths [n, places], lengths [n, 1] → [n]. */
  #spelled(paths: Sym, lengths: Sym): Sym {
    const size = paths.spec.shape[1]!;
    const places = literal(paths.builder, [...Array(size).keys()], [size]);
    const at = (place: Sym) => {
      const hit = equal(place, places);
      return reduceSum(where(0, hit, paths, 0), [1]);
    };
    const last = mul(lengths, 2);
    const label = where(0, reshape(lengths, [paths.spec.shape[0]!]), at(sub(last, 1)), IMPOSSIBLE);
    const loss = neg(logAdd([at(last), label]));
    return where(-IMPOSSIBLE / 2, loss, Number.POSITIVE_INFINITY, loss);
  }

  #checkShapes(targets: readonly (number | null)[], outputs: readonly (number | null)[]): void {
    if (targets.length !== 2)
      throw new ShapeError(
        `${this.name}: targets have shape ${formatShape(targets)}, expected labels [batch, labels], filled up with 0.`,
      );
    if (outputs.length !== 3)
      throw new ShapeError(
        `${this.name}: outputs have shape ${formatShape(outputs)}, expected logits [batch, steps, classes].`,
      );
  }

  override checkTargets(y: Tensor, outputShape: BatchShape): void {
    this.#checkShapes(y.shape, outputShape);
    checkClasses(this.name, y, outputShape.at(-1)!);
  }
}

/** x [n, k] moved to the right by `by` places; what comes in is impossible. */
function shifted(x: Sym, by: number): Sym {
  return sliceAxis(
    padWith(
      x,
      [
        [0, 0],
        [by, 0],
      ],
      IMPOSSIBLE,
    ),
    1,
    0,
    x.spec.shape[1]!,
  );
}
