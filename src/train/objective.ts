/** What `compile` makes of losses and metrics: one of each for every output, and the names that Keras gives them in the logs. */
import { ArgumentError, unknownName } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { isNoContainer } from "../base/structure.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Sym } from "../ir/graph.ts";
import type { BatchShape } from "../nn/keras-tensor.ts";
import type { Loss } from "../nn/losses/loss.ts";
import { type LossLike, resolveLoss } from "../nn/losses/resolve.ts";
import type { Direction, Metric } from "../nn/metrics/metric.ts";
import { checkMetric, type MetricLike, resolveMetric } from "../nn/metrics/resolve.ts";
import { isObjectConfig } from "../nn/options.ts";
import { currentTrace } from "../nn/trace.ts";
import { add, mul } from "../ops/elementwise.ts";

/** One value for all outputs, a list in their order, or a record by their names. */
export type PerOutput<T> = T | readonly (T | null | undefined)[] | { readonly [output: string]: T | null | undefined };

export interface ObjectiveOptions {
  readonly loss?: PerOutput<LossLike> | null | undefined;
  readonly lossWeights?: PerOutput<number> | null | undefined;
  readonly metrics?: PerOutput<MetricLike | readonly MetricLike[]> | null | undefined;
  readonly weightedMetrics?: PerOutput<MetricLike | readonly MetricLike[]> | null | undefined;
}

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

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  !isNoContainer(value) && !Array.isArray(value);

/** Spreads what `compile` was given over the outputs. `isOne` tells a value for one output. */
function perOutput<T>(
  what: string,
  given: unknown,
  names: readonly string[],
  isOne: (value: unknown) => value is T,
): (T | undefined)[] {
  if (given === undefined || given === null) return names.map(() => undefined);
  if (isOne(given)) return names.map(() => given);
  if (Array.isArray(given)) {
    if (given.length !== names.length)
      throw new ArgumentError(
        `compile: ${what} is a list of ${given.length}, but the model has ${names.length} outputs: ${names.join(", ")}.`,
      );
    return given.map((each: T | null | undefined) => each ?? undefined);
  }
  if (!isRecord(given))
    throw new ArgumentError(
      `compile: ${what} is ${formatValue(given)}, expected one, a list in the order of the outputs, or a record by their names: ${names.join(", ")}.`,
    );
  for (const name of Object.keys(given)) if (!names.includes(name)) throw unknownName(`output in ${what}`, name, names);
  return names.map((name) => (Object.hasOwn(given, name) ? ((given[name] as T | null) ?? undefined) : undefined));
}

const isLoss = (value: unknown): value is LossLike =>
  !Array.isArray(value) && (!isRecord(value) || isObjectConfig(value));
const isNumber = (value: unknown): value is number => typeof value === "number";
const isMetricList = (value: unknown): value is MetricLike | readonly MetricLike[] =>
  (!isRecord(value) || isObjectConfig(value)) &&
  !(Array.isArray(value) && value.some((each) => Array.isArray(each) || each === null));

/** Names that are keys of logs side by side. */
class LogNames {
  readonly #taken = new Set(["loss"]);

  has(name: string): boolean {
    return this.#taken.has(name);
  }

  /** The name, with a number where it is taken. A name that is that of another one's validation is taken, too. */
  add(bare: string): string {
    let name = bare;
    for (let i = 1; this.#meets(name); i++) name = `${bare}_${i}`;
    this.#taken.add(name);
    return name;
  }

  #meets(name: string): boolean {
    return this.has(name) || this.has(`val_${name}`) || (name.startsWith("val_") && this.has(name.slice(4)));
  }
}

export class Objective {
  /** As `compile` was given them; files hold them in this form. */
  readonly options: ObjectiveOptions;
  readonly outputs: readonly string[];
  readonly losses: readonly (Loss | undefined)[];
  readonly lossWeights: readonly number[];
  readonly #names = new LogNames();
  /** Of the outputs' losses; none where there is one output. */
  readonly #lossNames: readonly string[];
  readonly #asked: readonly { readonly metric: MetricLike; readonly output: number; readonly weighted: boolean }[];
  #metrics: readonly NamedMetric[] | undefined;

  /** @param outputs names of the model's outputs */
  constructor(options: ObjectiveOptions, outputs: readonly string[]) {
    this.options = options;
    this.outputs = outputs;
    this.#lossNames = outputs.length > 1 ? outputs.map((output) => this.#names.add(`${output}_loss`)) : [];
    this.losses = perOutput("loss", options.loss, outputs, isLoss).map((loss) =>
      loss === undefined ? undefined : resolveLoss(loss),
    );
    const weights = perOutput("lossWeights", options.lossWeights, outputs, isNumber);
    this.lossWeights = weights.map((weight) => {
      if (weight !== undefined && !Number.isFinite(weight))
        throw new ArgumentError(`compile: lossWeights holds ${formatValue(weight)}, expected finite numbers.`);
      return weight ?? 1;
    });
    const ask = (what: "metrics" | "weightedMetrics") => {
      const given = options[what];
      // One output takes a plain list; several take a list of lists.
      const whole =
        outputs.length > 1 && Array.isArray(given) && given.length !== outputs.length && isMetricList(given);
      const lists =
        outputs.length === 1 && (Array.isArray(given) || typeof given === "string")
          ? [given as MetricLike | readonly MetricLike[]]
          : whole
            ? outputs.map(() => given as readonly MetricLike[])
            : perOutput(what, given, outputs, (each): each is MetricLike => isMetricList(each) && !Array.isArray(each));
      return lists.flatMap((list, output) =>
        (list === undefined ? [] : Array.isArray(list) ? list : [list]).map((metric: MetricLike) => {
          checkMetric(metric);
          return { metric, output, weighted: what === "weightedMetrics" };
        }),
      );
    };
    this.#asked = [...ask("metrics"), ...ask("weightedMetrics")];
  }

  /** Whether anything is learnt from targets. */
  get hasLoss(): boolean {
    return this.losses.some((loss) => loss !== undefined);
  }

  /** Throws an error that teaches when targets cannot belong to outputs of this shape. */
  checkTargets(output: number, y: Tensor, shape: BatchShape): void {
    this.losses[output]?.checkTargets(y, shape);
  }

  /** Metrics are resolved with the first targets, whose shapes decide what "accuracy" means. */
  resolveMetrics(targets: readonly (BatchShape | undefined)[], outputs: readonly BatchShape[]): readonly NamedMetric[] {
    this.#metrics ??= this.#nameApart(
      this.#asked.flatMap(({ metric, output, weighted }) => {
        const target = targets[output];
        if (target === undefined)
          throw new ArgumentError(
            `Metric ${formatValue(metric)} needs targets for the output "${this.outputs[output]}", and there are none.`,
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
      const bare = this.outputs.length > 1 ? `${this.outputs[each.output]}_${own}` : own;
      const isSecond = each.weighted && this.#names.has(bare);
      return { ...each, name: this.#names.add(isSecond ? bare.replace(own, `weighted_${own}`) : bare) };
    });
  }

  /** The metrics, once the first targets were seen. */
  get metrics(): readonly NamedMetric[] {
    return this.#metrics ?? [];
  }

  direction(name: string): Direction {
    // No name is that of another one's validation.
    return this.#directionOf(name) ?? this.#directionOf(name.replace(/^val_/, ""));
  }

  #directionOf(name: string): Direction {
    if (name === "loss" || this.#lossNames.includes(name)) return "min";
    return this.metrics.find((each) => each.name === name)?.metric.direction;
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
        throw new ArgumentError(`The output "${this.outputs[i]}" has a loss, but no targets were given for it.`);
      const value = loss.reduce(target, yPred[i]!, weights[i], currentTrace().maskOf(yPred[i]!));
      if (this.#lossNames.length > 0) parts.push({ name: this.#lossNames[i]!, value });
      const weight = this.lossWeights[i]!;
      const weighed = weight === 1 ? value : mul(value, weight);
      total = total === undefined ? weighed : add(total, weighed);
    });
    return { total, parts };
  }
}
