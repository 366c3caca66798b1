import { ShapeError, StateError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { abs, div, equal, mul, square, sub, where } from "../../ops/elementwise.ts";
import { broadcastTo, reduceSum } from "../../ops/reduce.ts";
import { choice, type GivenOptions, integer, nullable, type OptionsOf } from "../option-kinds.ts";
import { alignTargets, spreadWeights } from "../rows.ts";
import type { Variable } from "../variable.ts";
import { accumulate, type Direction, Metric, type MetricOptions } from "./metric.ts";

const options = {
  /** How the scores of the outputs become one; null: they stay a vector. Default "uniform_average", their mean. */
  classAggregation: /* @__PURE__ */ nullable(choice(["uniform_average", "variance_weighted_average"]), {
    default: "uniform_average",
  }),
  /** Independent variables of the regression, for the adjusted R² score. Default 0: the score is not adjusted. */
  numRegressors: /* @__PURE__ */ integer({ min: 0, default: 0 }),
};

export type R2ScoreOptions = GivenOptions<typeof options>;

/** Weighted sums over the rows, one entry for each output. */
interface Sums {
  readonly squaredSum: Variable;
  readonly sum: Variable;
  readonly residual: Variable;
  readonly count: Variable;
}

/**
 * R² = 1 − Σ (y − ŷ)² / Σ (y − mean y)², the share of the targets' variance that the outputs explain, for each of k outputs:
 * yTrue, yPred [n, k] → a scalar, or [k] with `classAggregation` null. With p regressors and N values it is adjusted to
 * 1 − (1 − R²)(N − 1)/(N − p − 1), unless N is p + 1 or less. K: `metrics/regression_metrics.py`.
 *
 * @throws ShapeError for outputs that are not [n, k]
 * @example
 * ```ts
 * import { R2Score } from "fovea/metrics";
 * new R2Score({ classAggregation: "variance_weighted_average" });
 * ```
 */
export class R2Score extends Metric<OptionsOf<typeof options>> {
  static override readonly className: string = "R2Score";
  static override readonly options = options;
  /** Number of values, over all outputs. */
  readonly numSamples: Variable = this.addState("num_samples");
  #sums: Sums | undefined;

  constructor(given: R2ScoreOptions & MetricOptions = {}) {
    super(given);
  }

  override get direction(): Direction {
    return "max";
  }

  /** Made at the first update, which knows the number of outputs. */
  #sumsOf(shape: readonly number[]): Sums {
    const outputs = shape[1]!;
    if (shape.length !== 2 || (this.#sums !== undefined && this.#sums.count.shape[0] !== outputs))
      throw new ShapeError(
        `${this.name}: R2Score takes outputs [batch, ${this.#sums?.count.shape[0] ?? "outputs"}], got ${formatShape(shape, true)}.`,
      );
    const state = (name: string) => this.addState(name, [outputs]);
    this.#sums ??= {
      squaredSum: state("squared_sum"),
      sum: state("sum"),
      residual: state("residual"),
      count: state("count"),
    };
    return this.#sums;
  }

  override update(yTrue: Sym, yPred: Sym, weights?: Sym): void {
    const { shape } = yPred.spec;
    const rows = yPred.builder.localRows();
    const { squaredSum, sum, residual, count } = this.#sumsOf(shape);
    const targets = alignTargets(this.name, yTrue, shape);
    const spread =
      weights && broadcastTo(spreadWeights(this.name, weights, targets), { ...targets.spec, dtype: "float32" });
    const total = (x: Sym) => reduceSum(spread === undefined ? x : mul(x, spread), [0]);
    accumulate(squaredSum, total(square(targets)));
    accumulate(sum, total(targets));
    accumulate(residual, total(square(sub(targets, yPred))));
    accumulate(count, spread === undefined ? rows : reduceSum(spread, [0]));
    accumulate(this.numSamples, mul(rows, shape[1]!));
  }

  override result(): Sym {
    if (this.#sums === undefined) throw new StateError(`${this.name}: R2Score has no result before its first update.`);
    const { squaredSum, sum, residual, count } = this.#sums;
    const variance = sub(squaredSum.read(), div(square(sum.read()), count.read()));
    const ratio = sub(1, div(residual.read(), variance));
    // As in Keras: an output whose targets are all equal has score 0.
    return this.#adjusted(
      this.#aggregated(where(equal(abs(ratio), Number.POSITIVE_INFINITY), 0.5, ratio, 0), variance),
    );
  }

  #aggregated(scores: Sym, variance: Sym): Sym {
    const { classAggregation } = this.options;
    if (classAggregation === null) return scores;
    if (classAggregation === "uniform_average") return div(reduceSum(scores, [0]), scores.spec.shape[0]!);
    return div(reduceSum(mul(variance, scores), [0]), reduceSum(variance, [0]));
  }

  #adjusted(score: Sym): Sym {
    const { numRegressors } = this.options;
    if (numRegressors === 0) return score;
    const freedom = sub(this.numSamples.read(), 1);
    const adjusted = sub(1, div(mul(sub(1, score), freedom), sub(freedom, numRegressors)));
    return where(numRegressors, freedom, adjusted, score);
  }
}
