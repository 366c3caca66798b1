import type { Sym } from "../../ir/graph.ts";
import type { Variable } from "../variable.ts";
import { type Confusion, countConfusion } from "./confusion.ts";
import { accumulate, type Direction, Metric, type MetricOptions } from "./metric.ts";

/** Beyond 0 and 1, so that every output is above the lowest threshold and none above the highest. */
export const BEYOND = 1e-7;

/** n thresholds from 0 to 1; the lowest is just below 0, so that outputs of 0 are above it. As float32 has them. */
export function evenThresholds(n: number, highest = 1): number[] {
  const inner = Array.from({ length: Math.max(0, n - 2) }, (_, i) => (i + 1) / (n - 1));
  return [-BEYOND, ...inner, highest].map(Math.fround);
}

/** The base of metrics that look at many thresholds at once: counts of decisions for each. */
export abstract class ThresholdMetric<O extends object> extends Metric<O> {
  readonly #thresholds: readonly number[];
  readonly truePositives: Variable;
  readonly trueNegatives: Variable;
  readonly falsePositives: Variable;
  readonly falseNegatives: Variable;

  constructor(given: object & MetricOptions, thresholds: (options: O) => readonly number[]) {
    super(given);
    this.#thresholds = thresholds(this.options);
    const counter = (name: string) => this.addState(name, [this.#thresholds.length]);
    this.truePositives = counter("true_positives");
    this.trueNegatives = counter("true_negatives");
    this.falsePositives = counter("false_positives");
    this.falseNegatives = counter("false_negatives");
  }

  override get direction(): Direction {
    return "max";
  }

  override update(yTrue: Sym, yPred: Sym, weights?: Sym): void {
    const counts = countConfusion(this.name, yTrue, yPred, { thresholds: this.#thresholds }, weights);
    accumulate(this.truePositives, counts.truePositives);
    accumulate(this.trueNegatives, counts.trueNegatives);
    accumulate(this.falsePositives, counts.falsePositives);
    accumulate(this.falseNegatives, counts.falseNegatives);
  }

  /** The counts so far, each [thresholds]. */
  protected counts(): Confusion {
    return {
      truePositives: this.truePositives.read(),
      trueNegatives: this.trueNegatives.read(),
      falsePositives: this.falsePositives.read(),
      falseNegatives: this.falseNegatives.read(),
    };
  }
}
