import type { Sym } from "../../ir/graph.ts";
import { add, div, log, maximum, minimum, mul, sigmoid, sub, where } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { sliceAxis } from "../../ops/slice.ts";
import { choice, fixed, flag, type GivenOptions, integer, type OptionsOf } from "../option-kinds.ts";
import { thresholds } from "./confusion.ts";
import { divideNoNan, type MetricOptions } from "./metric.ts";
import { BEYOND, evenThresholds, ThresholdMetric } from "./threshold-metric.ts";

const options = {
  /** Number of thresholds, evenly from 0 to 1. Default 200. */
  numThresholds: /* @__PURE__ */ integer({ min: 2, default: 200 }),
  /** "ROC": recall over the share of false alarms; "PR": precision over recall. Default "ROC". */
  curve: /* @__PURE__ */ choice(["ROC", "PR"] as const, { default: "ROC" }),
  /** Heights between two thresholds: in between, the lower or the higher one. Default "interpolation". */
  summationMethod: /* @__PURE__ */ choice(["interpolation", "minoring", "majoring"] as const, {
    default: "interpolation",
  }),
  /** Thresholds of one's own from 0 to 1, in place of even ones. Default null. */
  thresholds: /* @__PURE__ */ thresholds(),
  /** Only false: all outputs are one list. */
  multiLabel: /* @__PURE__ */ fixed(false as const, "all outputs are one list"),
  /** Only null. */
  numLabels: /* @__PURE__ */ fixed(null),
  /** Only null. */
  labelWeights: /* @__PURE__ */ fixed(null),
  /** Whether the model's outputs are logits instead of probabilities. Default false. */
  fromLogits: /* @__PURE__ */ flag({ default: false }),
};

export type AUCOptions = GivenOptions<typeof options>;

/** All entries of a vector but the last, and all but the first. */
const neighbours = (x: Sym): readonly [Sym, Sym] => {
  const n = x.spec.shape[0]!;
  return [sliceAxis(x, 0, 0, n - 1), sliceAxis(x, 0, 1, n)];
};

/**
 * Area under the curve of recall over false alarms (ROC) or of precision over recall (PR), by a sum over thresholds.
 * K: `metrics/confusion_metrics.py`, AUC; the interpolation of PR is that of Davis and Goadrich 2006.
 *
 * @example
 * ```ts
 * import { AUC } from "fovea/metrics";
 * new AUC({ curve: "PR" }).name; // "auc"
 * ```
 */
export class AUC extends ThresholdMetric<OptionsOf<typeof options>> {
  static override readonly className: string = "AUC";
  static override readonly options = options;

  constructor(given: AUCOptions & MetricOptions = {}) {
    super(given, ({ thresholds, numThresholds }) => {
      if (thresholds === null) return evenThresholds(numThresholds, 1 + BEYOND);
      return [-BEYOND, ...[thresholds].flat().toSorted((a, b) => a - b), 1 + BEYOND].map(Math.fround);
    });
  }

  override update(yTrue: Sym, yPred: Sym, weights?: Sym): void {
    super.update(yTrue, this.options.fromLogits ? sigmoid(yPred) : yPred, weights);
  }

  override result(): Sym {
    const { curve, summationMethod } = this.options;
    const { truePositives, falsePositives, trueNegatives, falseNegatives } = this.counts();
    if (curve === "PR" && summationMethod === "interpolation") return this.#interpolatePrecision();
    const recall = divideNoNan(truePositives, add(truePositives, falseNegatives));
    const [x, y] =
      curve === "ROC"
        ? [divideNoNan(falsePositives, add(falsePositives, trueNegatives)), recall]
        : [recall, divideNoNan(truePositives, add(truePositives, falsePositives))];
    const [left, right] = neighbours(y);
    const heights = {
      interpolation: () => div(add(left, right), 2),
      minoring: () => minimum(left, right),
      majoring: () => maximum(left, right),
    };
    return reduceSum(mul(sub(...neighbours(x)), heights[summationMethod]()), [0]);
  }

  /** Between two thresholds true positives are taken to grow evenly with all positives, which bends the curve. */
  #interpolatePrecision(): Sym {
    const { truePositives, falsePositives, falseNegatives } = this.counts();
    const positives = neighbours(add(truePositives, falsePositives));
    const found = sub(...neighbours(truePositives));
    const slope = divideNoNan(found, sub(...positives));
    const intercept = sub(neighbours(truePositives)[1], mul(slope, positives[1]));
    const ratio = where(0, positives[0], where(0, positives[1], divideNoNan(...positives), 1), 1);
    const area = mul(slope, add(found, mul(intercept, log(ratio))));
    return reduceSum(divideNoNan(area, neighbours(add(truePositives, falseNegatives))[1]), [0]);
  }
}
