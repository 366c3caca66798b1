/** Makes the losses and metrics of the case tables and golden files by the names of their classes. */
import * as losses from "../../src/nn/losses/index.ts";
import * as metrics from "../../src/nn/metrics/index.ts";
import { type LossCase, lossCases } from "../cases/losses.ts";
import { type MetricCase, metricCases } from "../cases/metrics.ts";

type Makers<T> = Readonly<Record<string, new (options: object) => T>>;

export const makeLoss = (name: string, options: object): losses.Loss =>
  new (({ ...losses }) as unknown as Makers<losses.Loss>)[name]!(options);

export const makeMetric = (name: string, options: object): metrics.Metric =>
  new (({ ...metrics }) as unknown as Makers<metrics.Metric>)[name]!(options);

const listed = <Case extends { readonly name: string }>(table: object) =>
  Object.entries(table as Readonly<Record<string, readonly Case[]>>).flatMap(([of, cases]) =>
    cases.map((each) => ({ ...each, of, title: `${of}: ${each.name}` })),
  );

export const allLossCases = listed<LossCase>(lossCases);
export const allMetricCases = listed<MetricCase>(metricCases);
