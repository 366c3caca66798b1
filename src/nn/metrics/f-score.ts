/** Weighed harmonic means of precision and recall. K: `metrics/f_score_metrics.py`. */
import { ShapeError, StateError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { abs, add, div, less, lessEqual, mul, sub } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { reduceMax } from "../../ops/reduce-max.ts";
import { EPSILON } from "../losses/probabilities.ts";
import { choice, type GivenOptions, type Kind, kind, number, type OptionsOf } from "../option-kinds.ts";
import { checkNumber } from "../options.ts";
import { alignTargets, spreadWeights } from "../rows.ts";
import type { Variable } from "../variable.ts";
import { accumulate, type Direction, Metric, type MetricOptions } from "./metric.ts";

const threshold = (): Kind<number, null> =>
  kind<number, null>({ default: null }, (given, owner, name) => {
    checkNumber(owner, name, given, "a number above 0 and up to 1, or null", (limit) => limit > 0 && limit <= 1);
    return given;
  });

const options = {
  /**
   * How the scores of the classes become one: of the counts of all classes together ("micro"), their mean ("macro"), or their
   * mean by the number of positive targets ("weighted"). Default null: one score for each class.
   */
  average: /* @__PURE__ */ choice(["micro", "macro", "weighted"], { default: null }),
  /** Outputs strictly above it are positive, above 0 and up to 1. Default null: the largest of each row, unless it is 0. */
  threshold: /* @__PURE__ */ threshold(),
};

const betaOptions = {
  ...options,
  /** How many times as important recall is as precision. Default 1. */
  beta: /* @__PURE__ */ number({ min: 0, open: true, default: 1 }),
};

export type F1ScoreOptions = GivenOptions<typeof options>;
export type FBetaScoreOptions = GivenOptions<typeof betaOptions>;

/** Weighed counts of each class, or of all together. */
interface Counts {
  readonly truePositives: Variable;
  readonly falsePositives: Variable;
  readonly falseNegatives: Variable;
  readonly support: Variable;
}

/** An output that is nearer to 0 is not the largest of its row. */
const LEAST = 1e-9;

abstract class FScore<O extends object> extends Metric<O & OptionsOf<typeof options>> {
  #counts: Counts | undefined;

  /** Weight of recall against precision. */
  protected abstract get beta(): number;

  override get direction(): Direction {
    return "max";
  }

  /** Made at the first update, which knows the number of classes. */
  #countsOf(shape: readonly number[]): Counts {
    if (shape.length !== 2)
      throw new ShapeError(
        `${this.name}: ${this.className} takes outputs [batch, classes], got ${formatShape(shape, true)}.`,
      );
    const state = (name: string) => this.addState(name, this.options.average === "micro" ? [] : [shape[1]!]);
    this.#counts ??= {
      truePositives: state("true_positives"),
      falsePositives: state("false_positives"),
      falseNegatives: state("false_negatives"),
      support: state("intermediate_weights"),
    };
    return this.#counts;
  }

  #decided(yPred: Sym): Sym {
    const { threshold } = this.options;
    if (threshold !== null) return less(threshold, yPred);
    return mul(lessEqual(reduceMax(yPred, [-1], true), yPred), less(LEAST, abs(yPred)));
  }

  override update(yTrue: Sym, yPred: Sym, weights?: Sym): void {
    const counts = this.#countsOf(yPred.spec.shape);
    const targets = alignTargets(this.name, yTrue, yPred.spec.shape);
    const found = this.#decided(yPred);
    const spread = weights && spreadWeights(this.name, weights, yPred);
    const total = (x: Sym) =>
      reduceSum(spread === undefined ? x : mul(x, spread), this.options.average === "micro" ? [0, 1] : [0]);
    accumulate(counts.truePositives, total(mul(found, targets)));
    accumulate(counts.falsePositives, total(mul(found, sub(1, targets))));
    accumulate(counts.falseNegatives, total(mul(sub(1, found), targets)));
    accumulate(counts.support, total(targets));
  }

  override result(): Sym {
    if (this.#counts === undefined)
      throw new StateError(`${this.name}: ${this.className} has no result before its first update.`);
    const { truePositives, falsePositives, falseNegatives, support } = this.#counts;
    const right = truePositives.read();
    const share = (others: Variable) => div(right, add(add(right, others.read()), EPSILON));
    const [precision, recall] = [share(falsePositives), share(falseNegatives)];
    const squared = this.beta ** 2;
    const mean = div(mul(precision, recall), add(add(mul(precision, squared), recall), EPSILON));
    return this.#averaged(mul(mean, 1 + squared), support.read());
  }

  #averaged(scores: Sym, support: Sym): Sym {
    const { average } = this.options;
    if (average === null || average === "micro") return scores;
    if (average === "macro") return div(reduceSum(scores, [0]), scores.spec.shape[0]!);
    return reduceSum(mul(scores, div(support, add(reduceSum(support, [0]), EPSILON))), [0]);
  }
}

/**
 * (1 + β²) · P · R / (β² · P + R) of precision P and recall R: yTrue, yPred [n, classes] → [classes], or a scalar with `average`.
 * Targets are 0 and 1; a row may have several classes.
 *
 * @throws ShapeError for outputs that are not [n, classes]
 * @example
 * ```ts
 * import { FBetaScore } from "fovea/metrics";
 * new FBetaScore({ beta: 2, average: "macro", threshold: 0.5 }).name; // "fbeta_score"
 * ```
 */
export class FBetaScore extends FScore<OptionsOf<typeof betaOptions>> {
  static override readonly className: string = "FBetaScore";
  static override readonly options = betaOptions;

  constructor(given: FBetaScoreOptions & MetricOptions = {}) {
    super({ ...given, name: given.name ?? "fbeta_score" });
  }

  protected override get beta(): number {
    return this.options.beta;
  }
}

/**
 * 2 · P · R / (P + R) of precision P and recall R: yTrue, yPred [n, classes] → [classes], or a scalar with `average`.
 *
 * @throws ShapeError for outputs that are not [n, classes]
 * @example
 * ```ts
 * import { F1Score } from "fovea/metrics";
 * new F1Score({ average: "weighted" }).name; // "f1_score"
 * ```
 */
export class F1Score extends FScore<object> {
  static override readonly className: string = "F1Score";
  static override readonly options = options;

  constructor(given: F1ScoreOptions & MetricOptions = {}) {
    super(given);
  }

  protected override get beta(): number {
    return 1;
  }
}
