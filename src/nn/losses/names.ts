/** The names of losses, without their classes: `compile` refuses a misspelt one before the code of the losses is loaded. */
import { isPlainFunction, refuseFunctionConfig } from "../plain-function.ts";
import { type ClassNames, findClassName, type KinNames, type SnakeCase } from "../registry.ts";
import { aliases } from "./aliases.ts";
import type { LossFunction } from "./function-loss.ts";
import type * as barrel from "./index.ts";
import { Loss } from "./loss.ts";

type ClassName = ClassNames<typeof barrel, Loss>;

/** Every class of the barrel; the type demands a new one. */
const classes: Readonly<Record<ClassName, true>> = {
  BinaryCrossentropy: true,
  CategoricalCrossentropy: true,
  CategoricalGeneralizedCrossEntropy: true,
  Circle: true,
  CTC: true,
  BinaryFocalCrossentropy: true,
  CategoricalFocalCrossentropy: true,
  CategoricalHinge: true,
  Hinge: true,
  SquaredHinge: true,
  KLDivergence: true,
  Dice: true,
  Tversky: true,
  CosineSimilarity: true,
  Huber: true,
  LogCosh: true,
  MeanAbsoluteError: true,
  MeanAbsolutePercentageError: true,
  MeanSquaredError: true,
  MeanSquaredLogarithmicError: true,
  Poisson: true,
  SparseCategoricalCrossentropy: true,
};

/** Keras's names for the cross-entropy that fits the shapes of targets and outputs. */
export const namesByShape = ["crossentropy", "ce"] as const;

/** Keras's names of losses: "MeanSquaredError", "mean_squared_error", "mse", … */
export type LossName = ClassName | SnakeCase<ClassName> | keyof typeof aliases | (typeof namesByShape)[number];

/** A loss, its name, or a function that gives one value for each row or place. */
export type LossLike = Loss | LossName | LossFunction;

export const lossNames = (): KinNames<Loss> => ({
  noun: "loss",
  base: Loss,
  classNames: Object.keys(classes),
  aliases: aliases satisfies Readonly<Record<string, ClassName>>,
});

/**
 * Throws unless it is a loss, a known name or class of a config, or a function.
 *
 * @throws ArgumentError with the nearest known name; for a class the way to make an object of it
 */
export function checkLoss(given: unknown): void {
  if (given instanceof Loss || isPlainFunction(given)) return;
  refuseFunctionConfig("loss", given);
  if (!namesByShape.some((each) => each === given)) findClassName(lossNames(), given);
}
