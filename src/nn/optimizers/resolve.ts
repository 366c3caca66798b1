/** What may be written for an optimizer. */
import type { ClassNames } from "../registry.ts";
import { findOptimizer } from "./find-optimizer.ts";
import * as barrel from "./index.ts";
import type { Optimizer } from "./optimizer.ts";
import * as plain from "./plain-optimizers.ts";

/** Keras's names of optimizers: "adam", "rmsprop", "adamw". At run time any case will do. */
export type OptimizerName = Lowercase<ClassNames<typeof plain, Optimizer>>;
export type OptimizerLike = Optimizer | OptimizerName;

/**
 * The optimizer itself, or one of this name or config; throws with the nearest known name. One that wraps another has no name.
 *
 * @param scalesLoss whether it is to scale the loss; K: `Trainer.compile`, auto_scale_loss
 */
export function resolveOptimizer(given: unknown, scalesLoss = false): Optimizer {
  const found = findOptimizer(typeof given === "string" ? plain : barrel, given);
  const wraps = scalesLoss && !(found instanceof barrel.LossScaleOptimizer);
  return wraps ? new barrel.LossScaleOptimizer({ innerOptimizer: found }) : found;
}
