/** Makes the optimizers of the case tables and golden files by the names of their classes. */
import { toCamelCaseKeys } from "../../src/base/case.ts";
import * as optimizers from "../../src/nn/optimizers/index.ts";
import { type OptimizerCase, type OptimizerName, optimizerCases } from "../cases/optimizers.ts";
import type { GoldenOptimizer } from "./golden-cases.ts";

/** A copy of the barrel, so that a name can be looked up. */
const classes: object = { ...optimizers };

export function makeOptimizer(name: OptimizerName, options: object): optimizers.Optimizer {
  const make = (classes as Record<string, new (options: object) => optimizers.Optimizer>)[name]!;
  return new make(options);
}

/** The optimizer of a golden file's case. */
export function makeGoldenOptimizer(golden: GoldenOptimizer, name?: string): optimizers.Optimizer {
  const { config, optimizer, excludeFromWeightDecay } = golden;
  return makeOptimizer(optimizer, { ...(toCamelCaseKeys(config) as object), excludeFromWeightDecay, name });
}

/** All cases of the table with the name of their class and a title for the test. */
export const allOptimizerCases = (Object.keys(optimizerCases) as OptimizerName[]).flatMap((of) =>
  (optimizerCases[of] as readonly OptimizerCase[]).map((each) => ({ ...each, of, title: `${of}: ${each.name}` })),
);
