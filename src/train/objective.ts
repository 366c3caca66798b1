/** The losses and metrics that `compile` was asked for, one of each for every output, and the names that logs have for them. */
import { ArgumentError, unknownName } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { isNoContainer } from "../base/structure.ts";
import { checkLoss, type LossLike } from "../nn/losses/names.ts";
import type { Direction } from "../nn/metrics/metric.ts";
import { checkMetric, type MetricLike } from "../nn/metrics/names.ts";
import { isObjectConfig } from "../nn/options.ts";
import type { Judge } from "./judge.ts";

/** One value for all outputs, a list in their order, or a record by their names. */
export type PerOutput<T> = T | readonly (T | null | undefined)[] | { readonly [output: string]: T | null | undefined };

export interface ObjectiveOptions {
  readonly loss?: PerOutput<LossLike> | null | undefined;
  readonly lossWeights?: PerOutput<number> | null | undefined;
  readonly metrics?: PerOutput<MetricLike | readonly MetricLike[]> | null | undefined;
  readonly weightedMetrics?: PerOutput<MetricLike | readonly MetricLike[]> | null | undefined;
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
export class LogNames {
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

/** A metric of `compile`, and the output that it judges. */
export interface AskedMetric {
  readonly metric: MetricLike;
  readonly output: number;
  readonly weighted: boolean;
}

/** What was asked for, checked; `judge.ts` makes losses and metrics of it. */
export class Objective {
  /** As `compile` was given them; files hold them in this form. */
  readonly options: ObjectiveOptions;
  readonly outputs: readonly string[];
  readonly askedLosses: readonly (LossLike | undefined)[];
  readonly lossWeights: readonly number[];
  readonly askedMetrics: readonly AskedMetric[];
  readonly names: LogNames = new LogNames();
  /** Of the outputs' losses; none where there is one output. */
  readonly lossNames: readonly string[];
  /** The losses and metrics; `judgeOf` makes them. */
  judge: Judge | undefined;

  /** @param outputs names of the model's outputs */
  constructor(options: ObjectiveOptions, outputs: readonly string[]) {
    this.options = options;
    this.outputs = outputs;
    this.lossNames = outputs.length > 1 ? outputs.map((output) => this.names.add(`${output}_loss`)) : [];
    this.askedLosses = perOutput("loss", options.loss, outputs, isLoss);
    for (const loss of this.askedLosses) if (loss !== undefined) checkLoss(loss);
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
    this.askedMetrics = [...ask("metrics"), ...ask("weightedMetrics")];
  }

  direction(name: string): Direction {
    // No name is that of another one's validation.
    return this.#directionOf(name) ?? this.#directionOf(name.replace(/^val_/, ""));
  }

  #directionOf(name: string): Direction {
    if (name === "loss" || this.lossNames.includes(name)) return "min";
    return this.judge?.metrics.find((each) => each.name === name)?.metric.direction;
  }
}
