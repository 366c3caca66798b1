/** Makes a loss of what was written for it. */
import { isPlainFunction, refuseFunctionConfig } from "../plain-function.ts";
import { resolveObject } from "../registry.ts";
import { CrossentropyByShape } from "./crossentropy-by-shape.ts";
import { FunctionLoss, type LossFunction } from "./function-loss.ts";
import * as barrel from "./index.ts";
import type { Loss } from "./loss.ts";
import { lossNames, namesByShape } from "./names.ts";

/**
 * The loss itself, or one of this name; of a function the mean over all that it gives, under the function's name.
 *
 * @throws ArgumentError with the nearest known name; for a class the way to make an object of it
 */
export function resolveLoss(given: unknown): Loss {
  if (isPlainFunction(given)) return new FunctionLoss(given as LossFunction);
  refuseFunctionConfig("loss", given);
  const name = namesByShape.find((each) => each === given);
  return name === undefined ? resolveObject({ ...lossNames(), barrel }, given) : new CrossentropyByShape(name);
}
