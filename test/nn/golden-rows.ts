/** The numbers of real Keras that the project carries of losses and metrics. */
import lossFile from "../golden/losses.json" with { type: "json" };
import metricFile from "../golden/metrics.json" with { type: "json" };
import type { Value } from "./numbers.ts";

export interface GoldenLoss {
  readonly loss: string;
  /** Keras's config, keys in snake_case. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly yTrue: Value;
  readonly yPred: Value;
  readonly sampleWeight: Value | null;
  readonly value: number | Value;
  /** Of the sum of `value` by yPred. */
  readonly gradient: Value | null;
}

interface GoldenUpdate {
  readonly yTrue: Value | null;
  readonly yPred: Value;
  readonly sampleWeight: Value | null;
}

export interface GoldenMetric {
  readonly metric: string;
  /** Keras's config, keys in snake_case. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly updates: readonly GoldenUpdate[];
  /** After each update. */
  readonly results: readonly (number | Value)[];
}

const titled = <T extends { readonly config: object }>(cases: readonly T[], title: (each: T) => string) =>
  cases.map((golden, i) => ({ golden, title: `${i}: ${title(golden)} ${JSON.stringify(golden.config)}` }));

/** The type checker finds shapes in JSON that it cannot compare with ours. */
const held = <T>(cases: unknown) => cases as readonly T[];

export const goldenLosses = titled(held<GoldenLoss>(lossFile.losses), ({ loss }) => loss);
export const goldenMetrics = titled(held<GoldenMetric>(metricFile.metrics), ({ metric }) => metric);
