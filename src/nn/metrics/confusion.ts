/** Counts of right and wrong decisions by thresholds. K: `metrics/metrics_utils.py`, update_confusion_matrix_variables. */
import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { emitOne } from "../../ir/op.ts";
import { equal, less, mul, sub } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import { matMulOp, transpose } from "../../ops/mat-mul.ts";
import { topK } from "../../ops/order.ts";
import { broadcastTo, reduceSum } from "../../ops/reduce.ts";
import { reshape } from "../../ops/reshape.ts";
import { concatenateAxis, sliceAxis } from "../../ops/slice.ts";
import { type Kind, value } from "../option-kinds.ts";
import { alignTargets, spreadWeights } from "../rows.ts";

/** Weighed counts of a batch for each threshold, each [thresholds], or [thresholds, labels]. */
export interface Confusion {
  readonly truePositives: Sym;
  readonly falsePositives: Sym;
  readonly trueNegatives: Sym;
  readonly falseNegatives: Sym;
}

export interface Decision {
  /** Outputs strictly above a threshold are decided to be positive. */
  readonly thresholds: readonly number[];
  /** Only the k largest outputs of each place can be positive. Default: all. */
  readonly topK?: number | null;
  /** Only this entry of the last axis is looked at. Default: all. */
  readonly classId?: number | null;
  /** Each entry of the last axis of outputs [n, labels] is counted by itself. Default false. */
  readonly perLabel?: boolean;
}

/** Product aᵀ·b summed over rows and places: a [n, m, i], b [n, m, j] → [i, j]. */
export const correlate = (a: Sym, b: Sym): Sym => emitOne(matMulOp, [a, b], { transposeA: true });

/** 1 at the k largest entries of the last axis, else 0; of equals the first. */
function largest(x: Sym, k: number): Sym {
  const { shape } = x.spec;
  const classes = shape.at(-1)!;
  const { indices } = topK(x, Math.min(k, classes));
  const places = literal(x.builder, [...Array(classes).keys()], [classes]);
  return reduceSum(equal(reshape(indices, [...indices.spec.shape, 1]), places), [-2]);
}

/** Counts what outputs decide for targets, of which all but 0 are positive; weights [n] or wider. */
export function countConfusion(
  owner: string,
  yTrue: Sym,
  yPred: Sym,
  { thresholds, topK: k = null, classId = null, perLabel = false }: Decision,
  weights?: Sym,
): Confusion {
  const { shape } = yPred.spec;
  if (classId !== null && !(classId < shape.at(-1)!))
    throw new ArgumentError(`${owner}: classId is ${classId}, but outputs have ${shape.at(-1)} classes.`);
  const entry = (x: Sym) => (classId === null ? x : sliceAxis(x, shape.length - 1, classId, classId + 1));
  const targets = entry(alignTargets(owner, yTrue, shape));
  const flat = (x: Sym) => reshape(x, [shape[0]!, sizeOf(targets.spec.shape.slice(1)), 1]);
  const column = literal(yPred.builder, thresholds, [thresholds.length]);
  const over = less(column, flat(entry(yPred)));
  const positive = k === null ? over : mul(over, flat(entry(largest(yPred, k))));
  const negative = equal(targets, 0);
  const spread = weights && broadcastTo(spreadWeights(owner, weights, targets), { ...targets.spec, dtype: "float32" });
  const weighed = (x: Sym) => flat(spread === undefined ? x : mul(x, spread));
  if (perLabel) {
    // [n, labels, thresholds], [n, labels, 1] → [thresholds, labels]
    const count = (kind: Sym, decided: Sym) => transpose(reduceSum(mul(weighed(kind), decided), [0]), [1, 0]);
    const under = sub(1, positive);
    return {
      truePositives: count(sub(1, negative), positive),
      falsePositives: count(negative, positive),
      trueNegatives: count(negative, under),
      falseNegatives: count(sub(1, negative), under),
    };
  }
  const kinds = concatenateAxis([weighed(sub(1, negative)), weighed(negative)], 2);
  const row = (x: Sym, i: number) => reshape(sliceAxis(x, 0, i, i + 1), [thresholds.length]);
  const [above, below] = [correlate(kinds, positive), correlate(kinds, sub(1, positive))];
  return {
    truePositives: row(above, 0),
    falsePositives: row(above, 1),
    trueNegatives: row(below, 1),
    falseNegatives: row(below, 0),
  };
}

/** An option that is one threshold or several, each from 0 to 1; null by default. */
export function thresholds(): Kind<number | readonly number[], null> {
  return value<number | readonly number[], null>(
    (given, owner, name) => {
      const list: unknown = typeof given === "number" ? [given] : given;
      const fits = (each: unknown) => typeof each === "number" && each >= 0 && each <= 1;
      if (!Array.isArray(list) || list.length === 0 || !list.every(fits))
        throw new ArgumentError(
          `${owner}: ${name} is ${formatValue(given)}, expected a number from 0 to 1, a list of such, or null.`,
        );
      return given as number | readonly number[];
    },
    { default: null },
  );
}
