/** Public barrel of "fovea/metrics": every class here is found by its name. */
export {
  Accuracy,
  BinaryAccuracy,
  type BinaryAccuracyOptions,
  CategoricalAccuracy,
  SparseCategoricalAccuracy,
} from "./accuracy.ts";
export { AUC, type AUCOptions } from "./auc.ts";
export {
  PrecisionAtRecall,
  type PrecisionAtRecallOptions,
  RecallAtPrecision,
  type RecallAtPrecisionOptions,
  SensitivityAtSpecificity,
  type SensitivityAtSpecificityOptions,
  SpecificityAtSensitivity,
  type SpecificityAtSensitivityOptions,
} from "./best-at.ts";
export {
  ConcordanceCorrelation,
  type ConcordanceCorrelationOptions,
  PearsonCorrelation,
  type PearsonCorrelationOptions,
} from "./correlation.ts";
export { F1Score, type F1ScoreOptions, FBetaScore, type FBetaScoreOptions } from "./f-score.ts";
export {
  BinaryIoU,
  type BinaryIoUOptions,
  IoU,
  type IoUOptions,
  MeanIoU,
  type MeanIoUOptions,
  OneHotIoU,
  type OneHotIoUOptions,
  OneHotMeanIoU,
  type OneHotMeanIoUOptions,
} from "./iou.ts";
export {
  Mean,
  MeanMetricWrapper,
  type MeanMetricWrapperOptions,
  type MetricFunction,
  Sum,
} from "./mean.ts";
export {
  BinaryCrossentropy,
  type BinaryCrossentropyOptions,
  CategoricalCrossentropy,
  type CategoricalCrossentropyOptions,
  CategoricalHinge,
  CosineSimilarity,
  type CosineSimilarityOptions,
  Hinge,
  KLDivergence,
  LogCoshError,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MeanSquaredLogarithmicError,
  Poisson,
  RootMeanSquaredError,
  SparseCategoricalCrossentropy,
  type SparseCategoricalCrossentropyOptions,
  SquaredHinge,
} from "./mean-losses.ts";
export { type Direction, Metric, type MetricOptions } from "./metric.ts";
export {
  type CountOptions,
  FalseNegatives,
  FalsePositives,
  Precision,
  type PrecisionOptions,
  Recall,
  type RecallOptions,
  TrueNegatives,
  TruePositives,
} from "./precision-recall.ts";
export { R2Score, type R2ScoreOptions } from "./r2-score.ts";
export {
  SparseTopKCategoricalAccuracy,
  type SparseTopKCategoricalAccuracyOptions,
  TopKCategoricalAccuracy,
  type TopKCategoricalAccuracyOptions,
} from "./top-k-accuracy.ts";
