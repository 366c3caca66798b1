/** What may be written for an optimizer. */
import { isObjectConfig } from "../options.ts";
import { type ClassNames, type Kin, resolveObject } from "../registry.ts";
import * as barrel from "./index.ts";
import { Optimizer } from "./optimizer.ts";

/** Keras's names of optimizers: "adam", "rmsprop", "adamw". At run time any case will do. */
export type OptimizerName = Lowercase<ClassNames<typeof barrel, Optimizer>>;
export type OptimizerLike = Optimizer | OptimizerName;

const kin = (): Kin<Optimizer> => ({
  noun: "optimizer",
  base: Optimizer,
  barrel,
  spell: (className) => className.toLowerCase(),
});

/** The optimizer itself, or one of this name or config; throws with the nearest known name. */
export function resolveOptimizer(given: unknown): Optimizer {
  if (typeof given === "string") return resolveObject(kin(), given.toLowerCase());
  if (isObjectConfig(given)) return resolveObject(kin(), { ...given, className: given.className.toLowerCase() });
  return resolveObject(kin(), given);
}
