/** What may be written for a metric. */
import type { BatchShape } from "../keras-tensor.ts";
import { aliases } from "../losses/aliases.ts";
import { type TargetKind, targetKind } from "../losses/crossentropy-by-shape.ts";
import { isPlainFunction, refuseFunctionConfig } from "../plain-function.ts";
import { type ClassNames, type Kin, resolveObject, type SnakeCase } from "../registry.ts";
import * as barrel from "./index.ts";
import type { MetricFunction } from "./mean.ts";
import { Metric } from "./metric.ts";

type ClassName = ClassNames<typeof barrel, Metric>;

/** What a name means for each kind of targets. */
type ByShape = Readonly<Record<TargetKind, ClassName>>;

const accuracy: ByShape = {
  binary: "BinaryAccuracy",
  sparse: "SparseCategoricalAccuracy",
  categorical: "CategoricalAccuracy",
};
const crossentropy: ByShape = {
  binary: "BinaryCrossentropy",
  sparse: "SparseCategoricalCrossentropy",
  categorical: "CategoricalCrossentropy",
};
const byShape: Readonly<Record<string, ByShape>> = { accuracy, acc: accuracy, crossentropy, ce: crossentropy };

/** Keras's names of metrics: "AUC", "auc", "mse", …; "accuracy" and "crossentropy" are decided by shapes. */
export type MetricName =
  | ClassName
  | SnakeCase<ClassName>
  | keyof typeof aliases
  | "accuracy"
  | "acc"
  | "crossentropy"
  | "ce";

/** A metric, its name, or a function that gives one value for each row or place. A name is kept as the key in logs, as written. */
export type MetricLike = Metric | MetricName | MetricFunction;

const kin = (name?: string): Kin<Metric> => ({
  noun: "metric",
  base: Metric,
  barrel,
  aliases: aliases satisfies Readonly<Record<string, ClassName>>,
  named: (asked) => ({ name: name ?? asked }),
});

/** Throws unless it is a metric, a known name or a function. */
export function checkMetric(metric: unknown): void {
  resolveMetric(metric, [null, 1], [null, 1]);
}

/**
 * The metric itself, or the one that the name means for targets and outputs of these shapes; of a function the mean of what it
 * gives, under the function's name.
 *
 * @throws ArgumentError with the nearest known name; for a class the way to make an object of it
 */
export function resolveMetric(metric: unknown, yShape: BatchShape, outputShape: BatchShape): Metric {
  if (isPlainFunction(metric))
    return new barrel.MeanMetricWrapper({
      fn: metric as MetricFunction,
      ...(metric.name === "" ? {} : { name: metric.name }),
    });
  refuseFunctionConfig("metric", metric);
  if (typeof metric !== "string") return resolveObject(kin(), metric);
  const choices = Object.hasOwn(byShape, metric.toLowerCase()) ? byShape[metric.toLowerCase()] : undefined;
  return resolveObject(kin(metric), choices?.[targetKind(yShape, outputShape)] ?? metric);
}

export type { MetricFunction } from "./mean.ts";
