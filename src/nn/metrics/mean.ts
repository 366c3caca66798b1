/** Means and sums of plain values. K: `metrics/reduction_metrics.py`. */
import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Sym } from "../../ir/graph.ts";
import { type GivenOptions, type OptionsOf, value } from "../option-kinds.ts";
import type { Variable } from "../variable.ts";
import { accumulate, MeanMetric, Metric, type MetricOptions, weighedSum } from "./metric.ts";

/**
 * The mean of the values that it is given, for steps of one's own: `update(values, weights?)`.
 *
 * @example
 * ```ts
 * import { Mean } from "fovea/metrics";
 * new Mean({ name: "loss" });
 * ```
 */
export class Mean extends MeanMetric {
  static override readonly className: string = "Mean";

  constructor(given: MetricOptions = {}) {
    super(given);
  }

  /** Adds values: [n, …], or a scalar. */
  override update(values: Sym, weights?: Sym): void {
    this.add(values, weights);
  }

  override values(values: Sym): Sym {
    return values;
  }
}

/**
 * The sum of the values that it is given, for steps of one's own: `update(values, weights?)`.
 *
 * @example
 * ```ts
 * import { Sum } from "fovea/metrics";
 * new Sum({ name: "samples" });
 * ```
 */
export class Sum extends Metric {
  static override readonly className: string = "Sum";
  readonly total: Variable = this.addState("total");

  constructor(given: MetricOptions = {}) {
    super(given);
  }

  /** Adds values: [n, …], or a scalar. */
  override update(values: Sym, weights?: Sym): void {
    accumulate(this.total, weighedSum(this.name, values, weights).sum);
  }

  override result(): Sym {
    return this.total.read();
  }
}

/** yTrue, yPred [n, …] → one value for each row or place [n, …]. */
export type MetricFunction = (yTrue: Sym, yPred: Sym) => Sym;

const options = {
  /** Gives one value for each row or place. */
  fn: /* @__PURE__ */ value<MetricFunction>((given, owner, name) => {
    if (typeof given !== "function")
      throw new ArgumentError(`${owner}: ${name} is ${formatValue(given)}, expected a function of (yTrue, yPred).`);
    return given as MetricFunction;
  }),
};

export type MeanMetricWrapperOptions = GivenOptions<typeof options>;

/**
 * The mean of what a function makes of targets and outputs.
 *
 * @example
 * ```ts
 * import { MeanMetricWrapper } from "fovea/metrics";
 * import { abs, subtract } from "fovea/ops";
 * new MeanMetricWrapper({ fn: (yTrue, yPred) => abs(subtract(yTrue, yPred)), name: "distance" });
 * ```
 */
export class MeanMetricWrapper extends MeanMetric<OptionsOf<typeof options>> {
  static override readonly className: string = "MeanMetricWrapper";
  static override readonly options = options;

  constructor(given: MeanMetricWrapperOptions & MetricOptions) {
    super(given);
  }

  override values(yTrue: Sym, yPred: Sym): Sym {
    return this.options.fn(yTrue, yPred);
  }
}
