/** Correlations of targets and outputs along axes of each row. K: `metrics/correlation_metrics.py`. */
import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, div, mul, sqrt, square, sub } from "../../ops/elementwise.ts";
import { normalizeAxes, reduceSum } from "../../ops/reduce.ts";
import { rowMean, rowVariance } from "../../ops/row-statistics.ts";
import { EPSILON } from "../losses/probabilities.ts";
import { type GivenOptions, type OptionsOf, value } from "../option-kinds.ts";
import { alignTargets } from "../rows.ts";
import { type Direction, MeanMetric, type MetricOptions } from "./metric.ts";

const options = {
  /** Axis, or axes, along which the values are compared; not the batch. Default -1. */
  axis: /* @__PURE__ */ value<number | readonly number[], number>(
    (given, owner, name) => {
      if (![given].flat().every(Number.isInteger) || [given].flat().length === 0)
        throw new ArgumentError(`${owner}: ${name} is ${formatValue(given)}, expected an axis, or a list of axes.`);
      return given as number | readonly number[];
    },
    { default: -1 },
  ),
};

export type PearsonCorrelationOptions = GivenOptions<typeof options>;
export type ConcordanceCorrelationOptions = GivenOptions<typeof options>;

/** The mean over axes, which go, of a product of what targets and outputs are made into. */
abstract class Correlation extends MeanMetric<OptionsOf<typeof options>> {
  static override readonly options = options;

  constructor(given: GivenOptions<typeof options> & MetricOptions = {}) {
    super(given);
  }

  override get direction(): Direction {
    return "max";
  }

  override values(yTrue: Sym, yPred: Sym): Sym {
    const { shape } = yPred.spec;
    const axes = normalizeAxes(yPred, [this.options.axis].flat());
    if (axes.some((axis) => !(axis > 0 && axis < shape.length)))
      throw new ArgumentError(
        `${this.name}: axis is ${formatValue(this.options.axis)}, expected axes other than the batch of outputs with ${shape.length} axes.`,
      );
    const products = this.products(alignTargets(this.name, yTrue, shape), yPred, axes);
    return div(
      reduceSum(products, axes),
      axes.reduce((cells, axis) => cells * shape[axis]!, 1),
    );
  }

  /** What the mean is taken of; targets have the outputs' shape. */
  protected abstract products(yTrue: Sym, yPred: Sym, axes: readonly number[]): Sym;
}

/**
 * Pearson's correlation of each row, from -1 to 1: the mean of the product of targets and outputs, both standardized. A row whose
 * values are all equal has none: NaN. yTrue, yPred [n, …, k].
 *
 * @example
 * ```ts
 * import { PearsonCorrelation } from "fovea/metrics";
 * new PearsonCorrelation({ axis: [1, 2] }).name; // "pearson_correlation"
 * ```
 */
export class PearsonCorrelation extends Correlation {
  static override readonly className: string = "PearsonCorrelation";

  protected override products(yTrue: Sym, yPred: Sym, axes: readonly number[]): Sym {
    const standardized = (x: Sym) => {
      const mean = rowMean(x, axes);
      return div(sub(x, mean), sqrt(rowVariance(x, axes, mean)));
    };
    return mul(standardized(yTrue), standardized(yPred));
  }
}

/**
 * Lin's concordance of each row, from -1 to 1: 2 · cov(t, p) / (var t + var p + (mean t - mean p)² + 1e-7). yTrue, yPred
 * [n, …, k].
 *
 * @example
 * ```ts
 * import { ConcordanceCorrelation } from "fovea/metrics";
 * new ConcordanceCorrelation().direction; // "max"
 * ```
 */
export class ConcordanceCorrelation extends Correlation {
  static override readonly className: string = "ConcordanceCorrelation";

  protected override products(yTrue: Sym, yPred: Sym, axes: readonly number[]): Sym {
    const [target, output] = [rowMean(yTrue, axes), rowMean(yPred, axes)];
    const spread = add(rowVariance(yTrue, axes, target), rowVariance(yPred, axes, output));
    const norm = add(add(spread, square(sub(target, output))), EPSILON);
    return div(mul(mul(sub(yTrue, target), sub(yPred, output)), 2), norm);
  }
}
