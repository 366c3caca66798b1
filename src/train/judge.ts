/**
 * Losses and metrics at work: made of what `compile` was asked for with the first call, since a page shows its model before it
 * runs it; and the names that Keras gives them in the logs.
 */
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Sym } from "../ir/graph.ts";
import type { BatchShape } from "../nn/keras-tensor.ts";
import type { Loss } from "../nn/losses/loss.ts";
import { resolveLoss } from "../nn/losses/resolve.ts";
import type { Metric } from "../nn/metrics/metric.ts";
import { resolveMetric } from "../nn/metrics/resolve.ts";
import { currentTrace } from "../nn/trace.ts";
import { add, mul } from "../ops/elementwise.ts";
import type { Objective } from "./objective.ts";

/** A metric under the name that it has in the logs. */
export interface NamedMetric {
  readonly name: string;
  readonly metric: Metric;
  /** Index of the output that it judges. */
  readonly output: number;
  readonly weighted: boolean;
}

/** What a batch is judged by: for each output the target, what the model says and perhaps weights. */
export interface Judged {
  readonly yTrue: readonly (Sym | undefined)[];
  readonly yPred: readonly Sym[];
  readonly weights: readonly (Sym | undefined)[];
}

/** A loss of one output as it was written. */
export interface OutputLoss {
  readonly name: string;
  readonly value: Sym;
}

export class Judge {
  readonly losses: readonly (Loss | undefined)[];
  readonly #objective: Objective;
  #metrics: readonly NamedMetric[] | undefined;

  constructor(objective: Objective) {
    this.#objective = objective;
    this.losses = objective.askedLosses.map((loss) => (loss === undefined ? undefined : resolveLoss(loss)));
  }

  /** Throws an error that teaches when targets cannot belong to outputs of this shape. */
  checkTargets(output: number, y: Tensor, shape: BatchShape): void {
    this.losses[output]?.checkTargets(y, shape);
  }

  /** Metrics are resolved with the first targets, whose shapes decide what "accuracy" means. */
  resolveMetrics(targets: readonly (BatchShape | undefined)[], outputs: readonly BatchShape[]): readonly NamedMetric[] {
    this.#metrics ??= this.#nameApart(
      this.#objective.askedMetrics.flatMap(({ metric, output, weighted }) => {
        const target = targets[output];
        if (target === undefined)
          throw new ArgumentError(
            `Metric ${formatValue(metric)} needs targets for the output "${this.#objective.outputs[output]}", and there are none.`,
          );
        return [{ metric: resolveMetric(metric, target.map(Number), outputs[output]!), output, weighted }];
      }),
    );
    return this.#metrics;
  }

  /** Keras's names: the output's name in front where there are several; the second of a name gets a number. */
  #nameApart(metrics: readonly Omit<NamedMetric, "name">[]): NamedMetric[] {
    return metrics.map((each) => {
      const own = each.metric.name;
      const bare = this.#objective.outputs.length > 1 ? `${this.#objective.outputs[each.output]}_${own}` : own;
      const isSecond = each.weighted && this.#objective.names.has(bare);
      return { ...each, name: this.#objective.names.add(isSecond ? bare.replace(own, `weighted_${own}`) : bare) };
    });
  }

  /** The metrics, once the first targets were seen. */
  get metrics(): readonly NamedMetric[] {
    return this.#metrics ?? [];
  }

  /** Writes the losses of the outputs, each weighed; undefined when no output has one. */
  writeLosses({ yTrue, yPred, weights }: Judged): {
    readonly total: Sym | undefined;
    readonly parts: readonly OutputLoss[];
  } {
    let total: Sym | undefined;
    const parts: OutputLoss[] = [];
    this.losses.forEach((loss, i) => {
      const target = yTrue[i];
      if (loss === undefined) return;
      if (target === undefined)
        throw new ArgumentError(
          `The output "${this.#objective.outputs[i]}" has a loss, but no targets were given for it.`,
        );
      const value = loss.reduce(target, yPred[i]!, weights[i], currentTrace().maskOf(yPred[i]!));
      if (this.#objective.lossNames.length > 0) parts.push({ name: this.#objective.lossNames[i]!, value });
      const weight = this.#objective.lossWeights[i]!;
      const weighed = weight === 1 ? value : mul(value, weight);
      total = total === undefined ? weighed : add(total, weighed);
    });
    return { total, parts };
  }
}

/** The losses and metrics of an objective, made on first use. */
export function judgeOf(objective: Objective): Judge {
  objective.judge ??= new Judge(objective);
  return objective.judge;
}
