/** Public barrel of "fovea/optimizers", and the registry of optimizers. */
import { unknownName } from "../../base/errors.ts";
import { Adam } from "./adam.ts";
import { Optimizer } from "./optimizer.ts";
import { SGD } from "./sgd.ts";

export { Adam, type AdamOptions } from "./adam.ts";
export { type GradientPair, Optimizer, type OptimizerOptions, type UpdateContext } from "./optimizer.ts";
export { SGD, type SGDOptions } from "./sgd.ts";

/** An optimizer or its name, in any case: "adam", "sgd". */
export type OptimizerLike = Optimizer | string;

/** The optimizer itself, or one of this name with its defaults. */
export function resolveOptimizer(optimizer: OptimizerLike): Optimizer {
  if (optimizer instanceof Optimizer) return optimizer;
  const classes = { adam: Adam, sgd: SGD } as const;
  const name = typeof optimizer === "string" ? optimizer.toLowerCase() : "";
  if (!Object.hasOwn(classes, name)) throw unknownName("optimizer", optimizer, Object.keys(classes));
  return new classes[name as keyof typeof classes]();
}
