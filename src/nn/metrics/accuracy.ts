/** Shares of outputs that are right. K: `metrics/accuracy_metrics.py`. */
import type { Sym } from "../../ir/graph.ts";
import { equal, less } from "../../ops/elementwise.ts";
import { argMax } from "../../ops/reduce-max.ts";
import { type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { alignTargets } from "../rows.ts";
import { type Direction, MeanMetric, type MetricOptions } from "./metric.ts";

/**
 * Share of outputs that equal their targets.
 *
 * @example
 * ```ts
 * import { Accuracy } from "fovea/metrics";
 * new Accuracy().name; // "accuracy"
 * ```
 */
export class Accuracy extends MeanMetric {
  static override readonly className: string = "Accuracy";

  constructor(given: MetricOptions = {}) {
    super(given);
  }

  override get direction(): Direction {
    return "max";
  }

  override values(yTrue: Sym, yPred: Sym): Sym {
    return equal(alignTargets(this.name, yTrue, yPred.spec.shape), yPred);
  }
}

const binaryOptions = {
  /** Outputs strictly above it count as 1. Default 0.5. */
  threshold: /* @__PURE__ */ number({ min: 0, max: 1, open: true, default: 0.5 }),
};

export type BinaryAccuracyOptions = GivenOptions<typeof binaryOptions>;

/**
 * Share of outputs on the right side of a threshold. Targets are 0 and 1.
 *
 * @example
 * ```ts
 * import { BinaryAccuracy } from "fovea/metrics";
 * new BinaryAccuracy({ threshold: 0.7 }).name; // "binary_accuracy"
 * ```
 */
export class BinaryAccuracy extends MeanMetric<OptionsOf<typeof binaryOptions>> {
  static override readonly className: string = "BinaryAccuracy";
  static override readonly options = binaryOptions;

  constructor(given: BinaryAccuracyOptions & MetricOptions = {}) {
    super(given);
  }

  override get direction(): Direction {
    return "max";
  }

  override values(yTrue: Sym, yPred: Sym): Sym {
    const hint = "Each output value needs a target of 0 or 1.";
    return equal(less(this.options.threshold, yPred), alignTargets(this.name, yTrue, yPred.spec.shape, hint));
  }
}

/**
 * Share of places whose largest output is at the largest target; the first of equals wins. Targets are one-hot, [n, …, classes].
 *
 * @example
 * ```ts
 * import { CategoricalAccuracy } from "fovea/metrics";
 * new CategoricalAccuracy().name; // "categorical_accuracy"
 * ```
 */
export class CategoricalAccuracy extends MeanMetric {
  static override readonly className: string = "CategoricalAccuracy";

  constructor(given: MetricOptions = {}) {
    super(given);
  }

  override get direction(): Direction {
    return "max";
  }

  override values(yTrue: Sym, yPred: Sym): Sym {
    const hint = 'For class numbers use "accuracy" or "sparse_categorical_accuracy".';
    return equal(argMax(alignTargets(this.name, yTrue, yPred.spec.shape, hint)), argMax(yPred));
  }
}

/**
 * Share of places whose largest output is at the class number that the target names. Targets are [n, …] or [n, …, 1].
 *
 * @example
 * ```ts
 * import { SparseCategoricalAccuracy } from "fovea/metrics";
 * new SparseCategoricalAccuracy().name; // "sparse_categorical_accuracy"
 * ```
 */
export class SparseCategoricalAccuracy extends MeanMetric {
  static override readonly className: string = "SparseCategoricalAccuracy";

  constructor(given: MetricOptions = {}) {
    super(given);
  }

  override get direction(): Direction {
    return "max";
  }

  override values(yTrue: Sym, yPred: Sym): Sym {
    const found = argMax(yPred);
    const hint = 'For one-hot targets use "accuracy" or "categorical_accuracy".';
    return equal(alignTargets(this.name, yTrue, found.spec.shape, hint), found);
  }
}
