/** What may be written for a loss. */
import { isPlainFunction, refuseFunctionConfig } from "../plain-function.ts";
import { type ClassNames, type Kin, resolveObject, type SnakeCase } from "../registry.ts";
import { aliases } from "./aliases.ts";
import { CrossentropyByShape } from "./crossentropy-by-shape.ts";
import { FunctionLoss, type LossFunction } from "./function-loss.ts";
import * as barrel from "./index.ts";
import { Loss } from "./loss.ts";

type ClassName = ClassNames<typeof barrel, Loss>;

/** Keras's names for the cross-entropy that fits the shapes of targets and outputs. */
const byShape = ["crossentropy", "ce"] as const;

/** Keras's names of losses: "MeanSquaredError", "mean_squared_error", "mse", … */
export type LossName = ClassName | SnakeCase<ClassName> | keyof typeof aliases | (typeof byShape)[number];

/** A loss, its name, or a function that gives one value for each row or place. */
export type LossLike = Loss | LossName | LossFunction;

const kin = (): Kin<Loss> => ({
  noun: "loss",
  base: Loss,
  barrel,
  aliases: aliases satisfies Readonly<Record<string, ClassName>>,
});

/**
 * The loss itself, or one of this name; of a function the mean over all that it gives, under the function's name.
 *
 * @throws ArgumentError with the nearest known name; for a class the way to make an object of it
 */
export function resolveLoss(given: unknown): Loss {
  if (isPlainFunction(given)) return new FunctionLoss(given as LossFunction);
  refuseFunctionConfig("loss", given);
  const name = byShape.find((each) => each === given);
  return name === undefined ? resolveObject(kin(), given) : new CrossentropyByShape(name);
}

export type { LossFunction } from "./function-loss.ts";
