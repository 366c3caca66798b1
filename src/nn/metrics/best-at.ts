/** The best value of one measure among the thresholds at which another one is high enough. K: `metrics/confusion_metrics.py`. */
import type { Sym } from "../../ir/graph.ts";
import { add, less, where } from "../../ops/elementwise.ts";
import { reduceMax } from "../../ops/reduce-max.ts";
import { fixed, type GivenOptions, integer, number, type OptionsOf } from "../option-kinds.ts";
import type { Confusion } from "./confusion.ts";
import { divideNoNan, type MetricOptions } from "./metric.ts";
import { evenThresholds, ThresholdMetric } from "./threshold-metric.ts";

const shared = {
  /** Number of thresholds, evenly from 0 to 1. Default 200. */
  numThresholds: /* @__PURE__ */ integer({ min: 1, default: 200 }),
  /** Only null: all entries of the last axis are looked at. */
  classId: /* @__PURE__ */ fixed(null),
};

/** Smallest value of the other measure. */
const share = /* @__PURE__ */ number({ min: 0, max: 1 });

const recall = ({ truePositives, falseNegatives }: Confusion) =>
  divideNoNan(truePositives, add(truePositives, falseNegatives));
const precision = ({ truePositives, falsePositives }: Confusion) =>
  divideNoNan(truePositives, add(truePositives, falsePositives));
const specificity = ({ trueNegatives, falsePositives }: Confusion) =>
  divideNoNan(trueNegatives, add(trueNegatives, falsePositives));

abstract class BestAt<O extends object> extends ThresholdMetric<O & { readonly numThresholds: number }> {
  constructor(given: object & MetricOptions) {
    super(given, ({ numThresholds }) => (numThresholds === 1 ? [0.5] : evenThresholds(numThresholds)));
  }

  /** The largest entry of `wanted` where `bound` is at least `limit`; 0 where it never is. */
  protected best(wanted: Sym, bound: Sym, limit: number): Sym {
    return reduceMax(where(less(bound, limit), 0.5, wanted, 0), [0]);
  }
}

const precisionAtRecallOptions = { recall: share, ...shared };

export type PrecisionAtRecallOptions = GivenOptions<typeof precisionAtRecallOptions>;

/**
 * Largest precision at a recall of at least `recall`.
 *
 * @example
 * ```ts
 * import { PrecisionAtRecall } from "fovea/metrics";
 * new PrecisionAtRecall({ recall: 0.8 });
 * ```
 */
export class PrecisionAtRecall extends BestAt<OptionsOf<typeof precisionAtRecallOptions>> {
  static override readonly className: string = "PrecisionAtRecall";
  static override readonly options = precisionAtRecallOptions;

  constructor(given: PrecisionAtRecallOptions & MetricOptions) {
    super(given);
  }

  override result(): Sym {
    const counts = this.counts();
    return this.best(precision(counts), recall(counts), this.options.recall);
  }
}

const recallAtPrecisionOptions = { precision: share, ...shared };

export type RecallAtPrecisionOptions = GivenOptions<typeof recallAtPrecisionOptions>;

/**
 * Largest recall at a precision of at least `precision`.
 *
 * @example
 * ```ts
 * import { RecallAtPrecision } from "fovea/metrics";
 * new RecallAtPrecision({ precision: 0.8 });
 * ```
 */
export class RecallAtPrecision extends BestAt<OptionsOf<typeof recallAtPrecisionOptions>> {
  static override readonly className: string = "RecallAtPrecision";
  static override readonly options = recallAtPrecisionOptions;

  constructor(given: RecallAtPrecisionOptions & MetricOptions) {
    super(given);
  }

  override result(): Sym {
    const counts = this.counts();
    return this.best(recall(counts), precision(counts), this.options.precision);
  }
}

const sensitivityAtSpecificityOptions = { specificity: share, ...shared };

export type SensitivityAtSpecificityOptions = GivenOptions<typeof sensitivityAtSpecificityOptions>;

/**
 * Largest sensitivity (recall) at a specificity of at least `specificity`, TN / (TN + FP).
 *
 * @example
 * ```ts
 * import { SensitivityAtSpecificity } from "fovea/metrics";
 * new SensitivityAtSpecificity({ specificity: 0.8 });
 * ```
 */
export class SensitivityAtSpecificity extends BestAt<OptionsOf<typeof sensitivityAtSpecificityOptions>> {
  static override readonly className: string = "SensitivityAtSpecificity";
  static override readonly options = sensitivityAtSpecificityOptions;

  constructor(given: SensitivityAtSpecificityOptions & MetricOptions) {
    super(given);
  }

  override result(): Sym {
    const counts = this.counts();
    return this.best(recall(counts), specificity(counts), this.options.specificity);
  }
}

const specificityAtSensitivityOptions = { sensitivity: share, ...shared };

export type SpecificityAtSensitivityOptions = GivenOptions<typeof specificityAtSensitivityOptions>;

/**
 * Largest specificity, TN / (TN + FP), at a sensitivity (recall) of at least `sensitivity`.
 *
 * @example
 * ```ts
 * import { SpecificityAtSensitivity } from "fovea/metrics";
 * new SpecificityAtSensitivity({ sensitivity: 0.8 });
 * ```
 */
export class SpecificityAtSensitivity extends BestAt<OptionsOf<typeof specificityAtSensitivityOptions>> {
  static override readonly className: string = "SpecificityAtSensitivity";
  static override readonly options = specificityAtSensitivityOptions;

  constructor(given: SpecificityAtSensitivityOptions & MetricOptions) {
    super(given);
  }

  override result(): Sym {
    const counts = this.counts();
    return this.best(specificity(counts), recall(counts), this.options.sensitivity);
  }
}
