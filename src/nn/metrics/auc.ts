import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { refuseOption } from "../../base/options.ts";
import { formatShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, div, log, maximum, minimum, mul, sigmoid, sub, where } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import { broadcastTo, reduceSum } from "../../ops/reduce.ts";
import { sliceAxis } from "../../ops/slice.ts";
import { choice, flag, type GivenOptions, integer, type OptionsOf, value } from "../option-kinds.ts";
import { spreadWeights } from "../rows.ts";
import { thresholds } from "./confusion.ts";
import { divideNoNan, type MetricOptions } from "./metric.ts";
import { BEYOND, evenThresholds, ThresholdMetric } from "./threshold-metric.ts";

const options = {
  /** Number of thresholds, evenly from 0 to 1. Default 200. */
  numThresholds: /* @__PURE__ */ integer({ min: 2, default: 200 }),
  /**
   * "ROC": recall over the share of false alarms; "PR": precision over recall; "PRGAIN": the gain of precision over that of recall.
   * Default "ROC".
   */
  curve: /* @__PURE__ */ choice(["ROC", "PR", "PRGAIN"] as const, { default: "ROC" }),
  /** Heights between two thresholds: in between, the lower or the higher one. Default "interpolation". */
  summationMethod: /* @__PURE__ */ choice(["interpolation", "minoring", "majoring"] as const, {
    default: "interpolation",
  }),
  /** Thresholds of one's own from 0 to 1, in place of even ones. Default null. */
  thresholds: /* @__PURE__ */ thresholds(),
  /** Whether each entry of outputs [batch, labels] is a label with a curve of its own; else all outputs are one list. Default false. */
  multiLabel: /* @__PURE__ */ flag({ default: false }),
  /** How many labels there are, with multiLabel. Default null: the first batch tells it. */
  numLabels: /* @__PURE__ */ integer({ min: 1, default: null }),
  /** What each label weighs: its area with multiLabel, else its outputs. Default null: all the same. */
  labelWeights: /* @__PURE__ */ value<readonly number[], null>(
    (given, owner, name) => {
      const fits =
        Array.isArray(given) && given.length > 0 && given.every((each) => Number.isFinite(each) && each >= 0);
      return fits ? (given as number[]) : refuseOption(owner, name, given, "a list of numbers of 0 or more, or null");
    },
    { default: null },
  ),
  /** Whether the model's outputs are logits instead of probabilities. Default false. */
  fromLogits: /* @__PURE__ */ flag({ default: false }),
};

export type AUCOptions = GivenOptions<typeof options>;

/** All entries along axis 0 but the last, and all but the first. */
const neighbours = (x: Sym): readonly [Sym, Sym] => {
  const n = x.spec.shape[0]!;
  return [sliceAxis(x, 0, 0, n - 1), sliceAxis(x, 0, 1, n)];
};

/**
 * Area under the curve of recall over false alarms (ROC) or of precision over recall (PR), by a sum over thresholds; of several
 * labels the mean of their areas, by `labelWeights`.
 * K: `metrics/confusion_metrics.py`, AUC; the interpolation of PR is that of Davis and Goadrich 2006, PRGAIN that of Flach and Kull 2015.
 *
 * @throws ArgumentError for numLabels without multiLabel; ShapeError for outputs that are not [batch, labels] with multiLabel
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

  protected override get labelCount(): number | null | undefined {
    const { multiLabel, numLabels } = this.options;
    if (!multiLabel && numLabels !== null)
      throw new ArgumentError(`AUC: numLabels is ${numLabels}, which is for multiLabel: true alone.`);
    return multiLabel ? (numLabels ?? undefined) : null;
  }

  override update(yTrue: Sym, yPred: Sym, weights?: Sym): void {
    const { fromLogits, multiLabel, labelWeights } = this.options;
    const { shape } = yPred.spec;
    if (labelWeights !== null && labelWeights.length !== shape.at(-1))
      throw new ShapeError(
        `${this.name}: there are ${labelWeights.length} labelWeights for outputs ${formatShape(shape, true)}; give one for each entry of the last axis.`,
      );
    const outputs = fromLogits ? sigmoid(yPred) : yPred;
    super.update(yTrue, outputs, multiLabel ? weights : this.#weighLabels(yPred, weights));
  }

  #labelWeights(like: Sym): Sym | undefined {
    const { labelWeights } = this.options;
    return labelWeights === null ? undefined : literal(like.builder, labelWeights, [labelWeights.length]);
  }

  /** Weights of the outputs, where labels have some. */
  #weighLabels(yPred: Sym, weights: Sym | undefined): Sym | undefined {
    const ofLabels = this.#labelWeights(yPred);
    if (ofLabels === undefined) return weights;
    if (weights !== undefined) return mul(spreadWeights(this.name, weights, yPred), ofLabels);
    return broadcastTo(ofLabels, { ...yPred.spec, dtype: "float32" });
  }

  override result(): Sym {
    const areas = this.#areas();
    if (!this.options.multiLabel) return areas;
    const weights = this.#labelWeights(areas);
    if (weights === undefined) return div(reduceSum(areas, [0]), areas.spec.shape[0]!);
    return divideNoNan(reduceSum(mul(areas, weights), [0]), reduceSum(weights, [0]));
  }

  /** The area, or one for each label. */
  #areas(): Sym {
    const { curve, summationMethod } = this.options;
    if (curve === "PR" && summationMethod === "interpolation") return this.#interpolatePrecision();
    const [x, y] = this.#points();
    const [left, right] = neighbours(y);
    const heights = {
      interpolation: () => div(add(left, right), 2),
      minoring: () => minimum(left, right),
      majoring: () => maximum(left, right),
    };
    return reduceSum(mul(sub(...neighbours(x)), heights[summationMethod]()), [0]);
  }

  /** The curve at each threshold. */
  #points(): readonly [x: Sym, y: Sym] {
    const { truePositives, falsePositives, trueNegatives, falseNegatives } = this.counts();
    const positives = add(truePositives, falseNegatives);
    const negatives = add(falsePositives, trueNegatives);
    if (this.options.curve === "PRGAIN") {
      const scale = divideNoNan(positives, negatives);
      const gain = (errors: Sym, without: number) =>
        where(0, truePositives, sub(1, mul(scale, divideNoNan(errors, truePositives))), without);
      return [maximum(gain(falseNegatives, 0), 0), gain(falsePositives, 1)];
    }
    const recall = divideNoNan(truePositives, positives);
    return this.options.curve === "ROC"
      ? [divideNoNan(falsePositives, negatives), recall]
      : [recall, divideNoNan(truePositives, add(truePositives, falsePositives))];
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
