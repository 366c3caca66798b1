/** Shares of places whose class is among the k largest outputs. K: `metrics/accuracy_metrics.py`. */
import type { Sym } from "../../ir/graph.ts";
import { equal, less, mul, where } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { argMax } from "../../ops/reduce-max.ts";
import { reshape } from "../../ops/reshape.ts";
import { sliceAxis } from "../../ops/slice.ts";
import { oneHotLabels } from "../losses/labels.ts";
import { flag, type GivenOptions, integer, type OptionsOf } from "../option-kinds.ts";
import { alignTargets } from "../rows.ts";
import { type Direction, MeanMetric, type MetricOptions } from "./metric.ts";

/** Whether fewer than k outputs are larger than that of the class. A NaN at the class is never among them. labels [n, …] → [n, …]. */
function isInTopK(owner: string, labels: Sym, yPred: Sym, k: number): Sym {
  const { shape } = yPred.spec;
  const own = reduceSum(where(0, oneHotLabels(owner, labels, yPred), yPred, 0), [-1]);
  const larger = reduceSum(less(reshape(own, [...shape.slice(0, -1), 1]), yPred), [-1]);
  return mul(less(larger, k), equal(own, own));
}

const options = {
  /** Number of outputs that are looked at. Default 5. */
  k: /* @__PURE__ */ integer({ min: 1, default: 5 }),
};

export type TopKCategoricalAccuracyOptions = GivenOptions<typeof options>;

/**
 * Share of places whose largest target is among the k largest outputs; outputs equal to the k-th count as well.
 *
 * @example
 * ```ts
 * import { TopKCategoricalAccuracy } from "fovea/metrics";
 * new TopKCategoricalAccuracy({ k: 2 }).name; // "top_k_categorical_accuracy"
 * ```
 */
export class TopKCategoricalAccuracy extends MeanMetric<OptionsOf<typeof options>> {
  static override readonly className: string = "TopKCategoricalAccuracy";
  static override readonly options = options;

  constructor(given: TopKCategoricalAccuracyOptions & MetricOptions = {}) {
    super(given);
  }

  override get direction(): Direction {
    return "max";
  }

  override values(yTrue: Sym, yPred: Sym): Sym {
    const hint = 'For class numbers use "sparse_top_k_categorical_accuracy".';
    const labels = argMax(alignTargets(this.name, yTrue, yPred.spec.shape, hint));
    return isInTopK(this.name, labels, yPred, this.options.k);
  }
}

const sparseOptions = {
  ...options,
  /** Whether outputs are class numbers, the likeliest first, and not scores of the classes. Default false. */
  fromSortedIds: /* @__PURE__ */ flag({ default: false }),
};

export type SparseTopKCategoricalAccuracyOptions = GivenOptions<typeof sparseOptions>;

/**
 * Share of places whose target, a class number, is among the k largest outputs; outputs equal to the k-th count as well.
 *
 * @example
 * ```ts
 * import { SparseTopKCategoricalAccuracy } from "fovea/metrics";
 * new SparseTopKCategoricalAccuracy({ k: 3, name: "top3" });
 * ```
 */
export class SparseTopKCategoricalAccuracy extends MeanMetric<OptionsOf<typeof sparseOptions>> {
  static override readonly className: string = "SparseTopKCategoricalAccuracy";
  static override readonly options = sparseOptions;

  constructor(given: SparseTopKCategoricalAccuracyOptions & MetricOptions = {}) {
    super(given);
  }

  override get direction(): Direction {
    return "max";
  }

  override values(yTrue: Sym, yPred: Sym): Sym {
    const { k, fromSortedIds } = this.options;
    const { shape } = yPred.spec;
    const hint = 'For one-hot targets use "top_k_categorical_accuracy".';
    const labels = alignTargets(this.name, yTrue, shape.slice(0, -1), hint);
    if (!fromSortedIds) return isInTopK(this.name, labels, yPred, k);
    const first = sliceAxis(yPred, shape.length - 1, 0, Math.min(k, shape.at(-1)!));
    return reduceSum(equal(first, reshape(labels, [...shape.slice(0, -1), 1])), [-1]);
  }
}
