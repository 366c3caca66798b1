/** The names of metrics, without their classes: `compile` refuses a misspelt one before the code of the metrics is loaded. */
import { aliases } from "../losses/aliases.ts";
import type { TargetKind } from "../losses/crossentropy-by-shape.ts";
import { isPlainFunction, refuseFunctionConfig } from "../plain-function.ts";
import { type ClassNames, findClassName, type KinNames, type SnakeCase } from "../registry.ts";
import type * as barrel from "./index.ts";
import type { MetricFunction } from "./mean.ts";
import { Metric } from "./metric.ts";

type ClassName = ClassNames<typeof barrel, Metric>;

/** Every class of the barrel; the type demands a new one. */
const classes: Readonly<Record<ClassName, true>> = {
  Accuracy: true,
  AUC: true,
  BinaryAccuracy: true,
  BinaryCrossentropy: true,
  BinaryIoU: true,
  CategoricalAccuracy: true,
  CategoricalCrossentropy: true,
  CategoricalHinge: true,
  ConcordanceCorrelation: true,
  CosineSimilarity: true,
  F1Score: true,
  FBetaScore: true,
  FalseNegatives: true,
  FalsePositives: true,
  Hinge: true,
  IoU: true,
  KLDivergence: true,
  LogCoshError: true,
  Mean: true,
  MeanAbsoluteError: true,
  MeanAbsolutePercentageError: true,
  MeanIoU: true,
  MeanMetricWrapper: true,
  MeanSquaredError: true,
  MeanSquaredLogarithmicError: true,
  OneHotIoU: true,
  OneHotMeanIoU: true,
  PearsonCorrelation: true,
  Poisson: true,
  Precision: true,
  PrecisionAtRecall: true,
  R2Score: true,
  Recall: true,
  RecallAtPrecision: true,
  RootMeanSquaredError: true,
  SensitivityAtSpecificity: true,
  SparseCategoricalAccuracy: true,
  SparseCategoricalCrossentropy: true,
  SparseTopKCategoricalAccuracy: true,
  SpecificityAtSensitivity: true,
  SquaredHinge: true,
  Sum: true,
  TopKCategoricalAccuracy: true,
  TrueNegatives: true,
  TruePositives: true,
};

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

/** The classes among which shapes decide; undefined for a name of one class. */
export function choicesOf(name: string): ByShape | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(byShape, key) ? byShape[key] : undefined;
}

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

export const metricNames = (): KinNames<Metric> => ({
  noun: "metric",
  base: Metric,
  classNames: Object.keys(classes),
  aliases: aliases satisfies Readonly<Record<string, ClassName>>,
});

/**
 * Throws unless it is a metric, a known name or class of a config, or a function.
 *
 * @throws ArgumentError with the nearest known name; for a class the way to make an object of it
 */
export function checkMetric(metric: unknown): void {
  if (metric instanceof Metric || isPlainFunction(metric)) return;
  refuseFunctionConfig("metric", metric);
  if (typeof metric !== "string" || choicesOf(metric) === undefined) findClassName(metricNames(), metric);
}
