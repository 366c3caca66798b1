/** Metrics, one value per row; the step sums them and shows running means. K: `metrics/accuracy_metrics.py`. */
import { unknownName } from "../base/errors.ts";
import { sizeOf } from "../base/shape.ts";
import type { Sym } from "../ir/graph.ts";
import { div, equal, less, square, sub } from "../ops/elementwise.ts";
import { reduceSum } from "../ops/reduce.ts";
import { argMax } from "../ops/reduce-max.ts";
import { reshape } from "../ops/reshape.ts";

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

function meanRows(x: Sym): Sym {
  const axes = x.spec.shape.map((_, axis) => axis).slice(1);
  return axes.length === 0 ? x : div(reduceSum(x, axes), sizeOf(x.spec.shape.slice(1)));
}

export interface MetricOptions {
  readonly name?: string;
}

/** Share of values on the right side of a threshold (strictly above it counts as 1). */
export class BinaryAccuracy implements Metric {
  readonly name: string;
  readonly threshold: number;
  readonly direction = "max";

  constructor({ name = "binary_accuracy", threshold = 0.5 }: MetricOptions & { readonly threshold?: number } = {}) {
    this.name = name;
    this.threshold = threshold;
  }

  emit(yTrue: Sym, yPred: Sym): Sym {
    return meanRows(equal(less(this.threshold, yPred), reshape(yTrue, yPred.spec.shape)));
  }
}

/** Share of rows whose largest output is at the largest target; the first of equals wins. */
export class CategoricalAccuracy implements Metric {
  readonly name: string;
  readonly direction = "max";

  constructor({ name = "categorical_accuracy" }: MetricOptions = {}) {
    this.name = name;
  }

  emit(yTrue: Sym, yPred: Sym): Sym {
    return meanRows(equal(argMax(yTrue), argMax(yPred)));
  }
}

/** Share of rows whose largest output is at the class number that the target names. */
export class SparseCategoricalAccuracy implements Metric {
  readonly name: string;
  readonly direction = "max";

  constructor({ name = "sparse_categorical_accuracy" }: MetricOptions = {}) {
    this.name = name;
  }

  emit(yTrue: Sym, yPred: Sym): Sym {
    const found = argMax(yPred);
    return meanRows(equal(reshape(yTrue, found.spec.shape), found));
  }
}

/** Mean of (yPred - yTrue)². */
export class MeanSquaredErrorMetric implements Metric {
  readonly name: string;
  readonly direction = "min";

  constructor({ name = "mean_squared_error" }: MetricOptions = {}) {
    this.name = name;
  }

  emit(yTrue: Sym, yPred: Sym): Sym {
    return meanRows(square(sub(yPred, yTrue)));
  }
}

const makers: Readonly<Record<string, (name: string) => Metric>> = {
  binary_accuracy: (name) => new BinaryAccuracy({ name }),
  categorical_accuracy: (name) => new CategoricalAccuracy({ name }),
  sparse_categorical_accuracy: (name) => new SparseCategoricalAccuracy({ name }),
  mean_squared_error: (name) => new MeanSquaredErrorMetric({ name }),
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

/** Throws unless the name is known. */
export function checkMetric(metric: MetricLike): void {
  if (typeof metric === "object" && metric !== null) return;
  if (/^acc(uracy)?$/i.test(metric) || makers[aliases[metric] ?? metric] !== undefined) return;
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
  const kind = /^acc(uracy)?$/i.test(metric) ? accuracyKind(yShape, outputShape) : (aliases[metric] ?? metric);
  return makers[kind]!(metric);
}
