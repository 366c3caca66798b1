/** Public barrel of "fovea/losses": every class here is found by its name. */
export { BinaryCrossentropy, type BinaryCrossentropyOptions } from "./binary-crossentropy.ts";
export { CategoricalCrossentropy, type CategoricalCrossentropyOptions } from "./categorical-crossentropy.ts";
export {
  CategoricalGeneralizedCrossEntropy,
  type CategoricalGeneralizedCrossEntropyOptions,
} from "./categorical-generalized-cross-entropy.ts";
export { Circle, type CircleOptions } from "./circle.ts";
export { CTC } from "./ctc.ts";
export {
  BinaryFocalCrossentropy,
  type BinaryFocalCrossentropyOptions,
  CategoricalFocalCrossentropy,
  type CategoricalFocalCrossentropyOptions,
} from "./focal-crossentropy.ts";
export { CategoricalHinge, Hinge, SquaredHinge } from "./hinge.ts";
export { KLDivergence } from "./kl-divergence.ts";
export { Loss, type LossOptions, type Reduction } from "./loss.ts";
export { Dice, type DiceOptions, Tversky, type TverskyOptions } from "./overlap.ts";
export {
  CosineSimilarity,
  type CosineSimilarityOptions,
  Huber,
  type HuberOptions,
  LogCosh,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MeanSquaredLogarithmicError,
  Poisson,
} from "./regression.ts";
export {
  SparseCategoricalCrossentropy,
  type SparseCategoricalCrossentropyOptions,
} from "./sparse-categorical-crossentropy.ts";
