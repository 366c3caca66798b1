/** The numbers of real Keras that the project carries: layers, losses, metrics and optimizers. */
import type { LayerName } from "../cases/layers.ts";
import type { LossName } from "../cases/losses.ts";
import type { MetricName } from "../cases/metrics.ts";
import type { OptimizerName } from "../cases/optimizers.ts";
import layerFile from "../golden/layers.json" with { type: "json" };
import rowFile from "../golden/losses-metrics.json" with { type: "json" };
import optimizerFile from "../golden/optimizers.json" with { type: "json" };
import type { Value } from "./run-nn.ts";

interface Golden {
  /** Keras's config, keys in snake_case. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface GoldenLayer extends Golden {
  readonly layer: LayerName;
  readonly training: boolean;
  readonly inputs: readonly Value[];
  readonly weights: readonly { readonly name: string; readonly trainable: boolean; readonly value: Value }[];
  readonly output: Value;
  readonly cotangent: Value;
  readonly inputGrads: readonly Value[];
  /** null for weights that are not trainable, which come last. */
  readonly weightGrads: readonly (Value | null)[];
  /** Of layers that change their weights themselves. */
  readonly weightsAfter?: readonly Value[] | null;
}

export interface GoldenLoss extends Golden {
  readonly loss: LossName;
  readonly yTrue: Value;
  readonly yPred: Value;
  readonly value: number;
  readonly gradient: Value;
  readonly sampleWeight: Value;
  readonly weighted: number;
}

export interface GoldenMetric extends Golden {
  readonly metric: MetricName;
  readonly yTrue: Value;
  readonly yPred: Value;
  readonly afterHalf: number;
  readonly afterAll: number;
}

export interface GoldenOptimizer extends Golden {
  readonly optimizer: OptimizerName;
  readonly initial: readonly Value[];
  readonly grads: readonly (readonly Value[])[];
  readonly after: readonly (readonly Value[])[];
}

const titled = <T extends Golden>(cases: readonly T[], name: (each: T) => string) =>
  cases.map((golden) => ({ golden, title: `${name(golden)} ${JSON.stringify(golden.config)}` }));

/** The type checker finds shapes in JSON that it cannot compare with ours. */
const held = <T>(cases: unknown) => cases as readonly T[];

export const goldenLayers = titled(held<GoldenLayer>(layerFile.cases), ({ layer }) => layer);
export const goldenLosses = titled(held<GoldenLoss>(rowFile.losses), ({ loss }) => loss);
export const goldenMetrics = titled(held<GoldenMetric>(rowFile.metrics), ({ metric }) => metric);
export const goldenOptimizers = titled(held<GoldenOptimizer>(optimizerFile.cases), ({ optimizer }) => optimizer);
