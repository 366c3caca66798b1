/** Metrics, one value per row; the step sums them and shows running means. K: `metrics/accuracy_metrics.py`. */
import { ShapeError, unknownName } from "../base/errors.ts";
import { formatShape, sameShape, sizeOf } from "../base/shape.ts";
import type { Sym } from "../ir/graph.ts";
import { equal, less, square, sub } from "../ops/elementwise.ts";
import { argMax } from "../ops/reduce-max.ts";
import { reshape } from "../ops/reshape.ts";
import { checkNumber, fillOptions } from "./options.ts";
import { meanRows } from "./rows.ts";

export interface Metric {
  /** Key in logs and history. */
  readonly name: string;
  /** Which way is better. */
  readonly direction: "max" | "min";
  /** yTrue, yPred [n, …] → one value per row [n]. */
  emit(yTrue: Sym, yPred: Sym): Sym;
}

/** A metric or its name. A name is kept as the key in logs, exactly as it is written. */
export type MetricLike = Metric | string;

export interface MetricOptions {
  /** Key in logs and history. Default: the class's name in snake_case. */
  readonly name?: string;
}

/** Targets in the shape in which a metric compares them; throws when they have another number of values. */
function alignTargets(metric: Metric, yTrue: Sym, shape: readonly number[], hint: string): Sym {
  if (sameShape(yTrue.spec.shape, shape)) return yTrue;
  if (sizeOf(yTrue.spec.shape) === sizeOf(shape) && yTrue.spec.shape[0] === shape[0]) return reshape(yTrue, shape);
  const format = (sizes: readonly number[]) => formatShape(sizes, true);
  throw new ShapeError(
    `${metric.name}: targets have shape ${format(yTrue.spec.shape)}, expected ${format(shape)}. ${hint}`,
  );
}

export interface BinaryAccuracyOptions extends MetricOptions {
  /** Default 0.5. */
  readonly threshold?: number;
}

/**
 * Share of values on the right side of a threshold (strictly above it counts as 1). Targets are 0 and 1.
 *
 * @example
 * ```ts
 * import { BinaryAccuracy } from "fovea/metrics";
 * new BinaryAccuracy({ threshold: 0.7 }).name; // "binary_accuracy"
 * ```
 */
export class BinaryAccuracy implements Metric {
  readonly name: string;
  readonly threshold: number;
  readonly direction = "max";

  constructor(options: BinaryAccuracyOptions = {}) {
    const { name, threshold } = fillOptions("BinaryAccuracy", options, { name: "binary_accuracy", threshold: 0.5 });
    checkNumber("BinaryAccuracy", "threshold", threshold, "a number between 0 and 1", (at) => at > 0 && at < 1);
    this.name = name;
    this.threshold = threshold;
  }

  emit(yTrue: Sym, yPred: Sym): Sym {
    const targets = alignTargets(this, yTrue, yPred.spec.shape, "Each output value needs a target of 0 or 1.");
    return meanRows(equal(less(this.threshold, yPred), targets));
  }
}

/**
 * Share of rows whose largest output is at the largest target; the first of equals wins. Targets are one-hot, [n, classes].
 *
 * @example
 * ```ts
 * import { CategoricalAccuracy } from "fovea/metrics";
 * new CategoricalAccuracy().name; // "categorical_accuracy"
 * ```
 */
export class CategoricalAccuracy implements Metric {
  readonly name: string;
  readonly direction = "max";

  constructor(options: MetricOptions = {}) {
    this.name = fillOptions("CategoricalAccuracy", options, { name: "categorical_accuracy" }).name;
  }

  emit(yTrue: Sym, yPred: Sym): Sym {
    const hint = 'For class numbers use "accuracy" or "sparse_categorical_accuracy".';
    return meanRows(equal(argMax(alignTargets(this, yTrue, yPred.spec.shape, hint)), argMax(yPred)));
  }
}

/**
 * Share of rows whose largest output is at the class number that the target names. Targets are [n] or [n, 1].
 *
 * @example
 * ```ts
 * import { SparseCategoricalAccuracy } from "fovea/metrics";
 * new SparseCategoricalAccuracy().name; // "sparse_categorical_accuracy"
 * ```
 */
export class SparseCategoricalAccuracy implements Metric {
  readonly name: string;
  readonly direction = "max";

  constructor(options: MetricOptions = {}) {
    this.name = fillOptions("SparseCategoricalAccuracy", options, { name: "sparse_categorical_accuracy" }).name;
  }

  emit(yTrue: Sym, yPred: Sym): Sym {
    const found = argMax(yPred);
    const hint = 'For one-hot targets use "accuracy" or "categorical_accuracy".';
    return meanRows(equal(alignTargets(this, yTrue, found.spec.shape, hint), found));
  }
}

/**
 * Mean of (yPred - yTrue)² over each row.
 *
 * @example
 * ```ts
 * import { MeanSquaredError } from "fovea/metrics";
 * new MeanSquaredError({ name: "mse" }).direction; // "min"
 * ```
 */
export class MeanSquaredError implements Metric {
  readonly name: string;
  readonly direction = "min";

  constructor(options: MetricOptions = {}) {
    this.name = fillOptions("MeanSquaredError", options, { name: "mean_squared_error" }).name;
  }

  emit(yTrue: Sym, yPred: Sym): Sym {
    const targets = alignTargets(this, yTrue, yPred.spec.shape, "Each output value needs its target.");
    return meanRows(square(sub(yPred, targets)));
  }
}

const makers: Readonly<Record<string, (name: string) => Metric>> = {
  binary_accuracy: (name) => new BinaryAccuracy({ name }),
  categorical_accuracy: (name) => new CategoricalAccuracy({ name }),
  sparse_categorical_accuracy: (name) => new SparseCategoricalAccuracy({ name }),
  mean_squared_error: (name) => new MeanSquaredError({ name }),
};

const aliases: Readonly<Record<string, string>> = {
  BinaryAccuracy: "binary_accuracy",
  CategoricalAccuracy: "categorical_accuracy",
  SparseCategoricalAccuracy: "sparse_categorical_accuracy",
  MeanSquaredError: "mean_squared_error",
  mse: "mean_squared_error",
  MSE: "mean_squared_error",
};

/**
 * What "accuracy" means is decided by the shapes, not by the loss: outputs of one value → binary; targets with fewer axes, or
 * with one value per row where outputs have several → sparse; else categorical. K: `trainers/compile_utils.py`.
 */
function accuracyKind(yShape: readonly number[], outputShape: readonly (number | null)[]): string {
  const outputs = outputShape.at(-1);
  if (outputs === 1) return "binary_accuracy";
  const sparse = yShape.length < outputShape.length || yShape.at(-1) === 1;
  return sparse ? "sparse_categorical_accuracy" : "categorical_accuracy";
}

const isAccuracy = (name: string) => /^acc(uracy)?$/i.test(name);

/** Throws unless the name is known. */
export function checkMetric(metric: MetricLike): void {
  if (typeof metric === "object" && metric !== null) return;
  if (isAccuracy(metric) || Object.hasOwn(makers, metric) || Object.hasOwn(aliases, metric)) return;
  throw unknownName("metric", metric, ["accuracy", ...Object.keys(makers), ...Object.keys(aliases)]);
}

/** The metric itself, or the one that the name means for targets and outputs of these shapes. */
export function resolveMetric(
  metric: MetricLike,
  yShape: readonly number[],
  outputShape: readonly (number | null)[],
): Metric {
  checkMetric(metric);
  if (typeof metric !== "string") return metric;
  const kind = isAccuracy(metric) ? accuracyKind(yShape, outputShape) : (aliases[metric] ?? metric);
  return makers[kind]!(metric);
}
