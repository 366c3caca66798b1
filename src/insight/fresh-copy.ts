import type { Optimizer } from "../nn/optimizers/index.ts";

/** An optimizer of the same class and options without the state: writing a step gives an optimizer its slots. */
export function freshCopy(optimizer: Optimizer): Optimizer {
  const OptimizerClass = optimizer.constructor as new (options: object) => Optimizer;
  return new OptimizerClass({ ...optimizer.options, name: optimizer.name });
}
