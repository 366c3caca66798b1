/** The numbers of real Keras that the project carries of optimizers. */
import type { OptimizerName } from "../cases/optimizers.ts";
import optimizerFile from "../golden/optimizers.json" with { type: "json" };
import type { Value } from "./numbers.ts";

interface Golden {
  /** Keras's config, keys in snake_case. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface GoldenOptimizer extends Golden {
  readonly optimizer: OptimizerName;
  readonly initial: readonly Value[];
  readonly grads: readonly (readonly Value[])[];
  readonly after: readonly (readonly Value[])[];
  /** Of the weights. Default: w0, w1, … */
  readonly names?: readonly string[];
  readonly excludeFromWeightDecay?: readonly string[];
  /** The weights at the end of training, where averages take their place. */
  readonly final?: readonly Value[];
  /** All variables after the last step, in Keras's order. */
  readonly slots?: readonly { readonly path: string; readonly value: Value }[];
  readonly learningRate?: number;
  readonly iterations?: number;
}

const titled = <T extends Golden>(cases: readonly T[], name: (each: T) => string) =>
  cases.map((golden) => ({ golden, title: `${name(golden)} ${JSON.stringify(golden.config)}` }));

/** The type checker finds shapes in JSON that it cannot compare with ours. */
const held = <T>(cases: unknown) => cases as readonly T[];

export const goldenOptimizers = titled(held<GoldenOptimizer>(optimizerFile.cases), ({ optimizer }) => optimizer);
