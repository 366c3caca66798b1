import { ShapeError, StateError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
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

interface Counters {
  readonly truePositives: Variable;
  readonly trueNegatives: Variable;
  readonly falsePositives: Variable;
  readonly falseNegatives: Variable;
}

/** The base of metrics that look at many thresholds at once: counts of decisions for each. */
export abstract class ThresholdMetric<O extends object> extends Metric<O> {
  readonly #thresholds: readonly number[];
  #counters: Counters | undefined;

  constructor(given: object & MetricOptions, thresholds: (options: O) => readonly number[]) {
    super(given);
    this.#thresholds = thresholds(this.options);
    const labels = this.labelCount;
    if (labels !== undefined) this.#make(labels);
  }

  /** How many labels have counts of their own: null where all outputs are one list; undefined: the first update tells it. */
  protected get labelCount(): number | null | undefined {
    return null;
  }

  #make(labels: number | null): Counters {
    const shape = [this.#thresholds.length, ...(labels === null ? [] : [labels])];
    const counter = (name: string) => this.addState(name, shape);
    this.#counters = {
      truePositives: counter("true_positives"),
      trueNegatives: counter("true_negatives"),
      falsePositives: counter("false_positives"),
      falseNegatives: counter("false_negatives"),
    };
    return this.#counters;
  }

  override get direction(): Direction {
    return "max";
  }

  override update(yTrue: Sym, yPred: Sym, weights?: Sym): void {
    const labels = this.labelCount === null ? null : this.#labelsOf(yPred);
    const decision = { thresholds: this.#thresholds, perLabel: labels !== null };
    const counts = countConfusion(this.name, yTrue, yPred, decision, weights);
    const counters = this.#counters ?? this.#make(labels);
    for (const [name, counter] of Object.entries(counters))
      accumulate(counter as Variable, counts[name as keyof Counters]);
  }

  /** Labels of outputs [batch, labels]. */
  #labelsOf({ spec: { shape } }: Sym): number {
    const known = this.#counters?.truePositives.shape[1];
    if (shape.length !== 2 || (known !== undefined && known !== shape[1]))
      throw new ShapeError(
        `${this.name}: with multiLabel outputs are [batch, ${known ?? "labels"}], got ${formatShape(shape, true)}.`,
      );
    return shape[1]!;
  }

  /** The counts so far, each [thresholds], or [thresholds, labels]. */
  protected counts(): Confusion {
    if (this.#counters === undefined)
      throw new StateError(`${this.name}: ${this.className} has no result before its first update.`);
    const { truePositives, falsePositives, trueNegatives, falseNegatives } = this.#counters;
    return {
      truePositives: truePositives.read(),
      falsePositives: falsePositives.read(),
      trueNegatives: trueNegatives.read(),
      falseNegatives: falseNegatives.read(),
    };
  }
}
