/** How many decisions are right, and how many positives are found. K: `metrics/confusion_metrics.py`. */
import type { Sym } from "../../ir/graph.ts";
import { add } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/reshape.ts";
import { type GivenOptions, integer, type OptionsOf } from "../option-kinds.ts";
import type { Variable } from "../variable.ts";
import { type Confusion, countConfusion, type Decision, thresholds } from "./confusion.ts";
import { accumulate, type Direction, divideNoNan, Metric, type MetricOptions } from "./metric.ts";

const countOptions = {
  /** Outputs strictly above it are positive; a list gives a vector of results. Default null: 0.5. */
  thresholds: /* @__PURE__ */ thresholds(),
};

const options = {
  ...countOptions,
  /** Only the k largest outputs of each place can be positive; without thresholds all of these are. Default null: all. */
  topK: /* @__PURE__ */ integer({ min: 1, default: null }),
  /** Only this entry of the last axis is looked at. Default null: all. */
  classId: /* @__PURE__ */ integer({ min: 0, default: null }),
};

export type PrecisionOptions = GivenOptions<typeof options>;
export type RecallOptions = GivenOptions<typeof options>;
export type CountOptions = GivenOptions<typeof countOptions>;

/** Below all outputs. */
const LOWEST = -1e10;

/** What is decided by these options. */
function decisionOf({ thresholds, topK = null, classId = null }: GivenOptions<typeof options>): Decision {
  const lone = topK === null ? 0.5 : LOWEST;
  return { thresholds: [thresholds ?? lone].flat(), topK, classId };
}

/** One result for one threshold, a vector for several. */
const unwrap = (x: Sym): Sym => (x.spec.shape[0] === 1 ? reshape(x, []) : x);

/** True positives' share of `others` and themselves. */
abstract class PositiveShare extends Metric<OptionsOf<typeof options>> {
  static override readonly options = options;
  protected readonly decision: Decision = decisionOf(this.options);
  readonly truePositives: Variable = this.addState("true_positives", [this.decision.thresholds.length]);
  protected abstract readonly others: Variable;
  protected abstract readonly othersAre: keyof Confusion;

  constructor(given: GivenOptions<typeof options> & MetricOptions = {}) {
    super(given);
  }

  override get direction(): Direction {
    return "max";
  }

  override update(yTrue: Sym, yPred: Sym, weights?: Sym): void {
    const counts = countConfusion(this.name, yTrue, yPred, this.decision, weights);
    accumulate(this.truePositives, counts.truePositives);
    accumulate(this.others, counts[this.othersAre]);
  }

  override result(): Sym {
    const right = this.truePositives.read();
    return unwrap(divideNoNan(right, add(right, this.others.read())));
  }
}

/**
 * Share of positive decisions that are right: true positives / (true + false positives).
 *
 * @example
 * ```ts
 * import { Precision } from "fovea/metrics";
 * new Precision({ thresholds: 0.7, classId: 1 });
 * ```
 */
export class Precision extends PositiveShare {
  static override readonly className: string = "Precision";
  protected override readonly others = this.addState("false_positives", [this.decision.thresholds.length]);
  protected override readonly othersAre = "falsePositives";
}

/**
 * Share of positive targets that are found: true positives / (true positives + false negatives).
 *
 * @example
 * ```ts
 * import { Recall } from "fovea/metrics";
 * new Recall({ topK: 3 });
 * ```
 */
export class Recall extends PositiveShare {
  static override readonly className: string = "Recall";
  protected override readonly others = this.addState("false_negatives", [this.decision.thresholds.length]);
  protected override readonly othersAre = "falseNegatives";
}

/** A weighed number of decisions of one kind. */
abstract class DecisionCount extends Metric<OptionsOf<typeof countOptions>> {
  static override readonly options = countOptions;
  protected readonly decision: Decision = decisionOf(this.options);
  readonly accumulator: Variable = this.addState("accumulator", [this.decision.thresholds.length]);
  protected abstract readonly counted: keyof Confusion;

  constructor(given: CountOptions & MetricOptions = {}) {
    super(given);
  }

  override get direction(): Direction {
    return this.counted.startsWith("true") ? "max" : "min";
  }

  override update(yTrue: Sym, yPred: Sym, weights?: Sym): void {
    accumulate(this.accumulator, countConfusion(this.name, yTrue, yPred, this.decision, weights)[this.counted]);
  }

  override result(): Sym {
    return unwrap(this.accumulator.read());
  }
}

/**
 * Number of positive targets that are found; weights count.
 *
 * @example
 * ```ts
 * import { TruePositives } from "fovea/metrics";
 * new TruePositives({ thresholds: [0.3, 0.6] });
 * ```
 */
export class TruePositives extends DecisionCount {
  static override readonly className: string = "TruePositives";
  protected override readonly counted = "truePositives";
}

/**
 * Number of negative targets that are taken for positive ones; weights count.
 *
 * @example
 * ```ts
 * import { FalsePositives } from "fovea/metrics";
 * new FalsePositives({ thresholds: [0.3, 0.6] });
 * ```
 */
export class FalsePositives extends DecisionCount {
  static override readonly className: string = "FalsePositives";
  protected override readonly counted = "falsePositives";
}

/**
 * Number of negative targets that are left alone; weights count.
 *
 * @example
 * ```ts
 * import { TrueNegatives } from "fovea/metrics";
 * new TrueNegatives({ thresholds: [0.3, 0.6] });
 * ```
 */
export class TrueNegatives extends DecisionCount {
  static override readonly className: string = "TrueNegatives";
  protected override readonly counted = "trueNegatives";
}

/**
 * Number of positive targets that are missed; weights count.
 *
 * @example
 * ```ts
 * import { FalseNegatives } from "fovea/metrics";
 * new FalseNegatives({ thresholds: [0.3, 0.6] });
 * ```
 */
export class FalseNegatives extends DecisionCount {
  static override readonly className: string = "FalseNegatives";
  protected override readonly counted = "falseNegatives";
}
