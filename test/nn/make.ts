/** Makes the objects of the case tables and golden files by the names of their classes. */
import * as layers from "../../src/nn/layers/index.ts";
import type { Layer } from "../../src/nn/layers/layer.ts";
import * as losses from "../../src/nn/losses.ts";
import * as metrics from "../../src/nn/metrics.ts";
import * as optimizers from "../../src/nn/optimizers/index.ts";
import { type LayerCase, type LayerName, layerCases } from "../cases/layers.ts";
import { type LossCase, type LossName, lossCases } from "../cases/losses.ts";
import { type MetricCase, type MetricName, metricCases } from "../cases/metrics.ts";
import { type OptimizerCase, type OptimizerName, optimizerCases } from "../cases/optimizers.ts";

/** A maker by class name; the tables of classes are copies, so that a name can be looked up. */
const maker =
  <Name extends string, Made>(table: object) =>
  (name: Name, options: object): Made => {
    const make = (table as Record<string, new (options: object) => Made>)[name]!;
    return new make(options);
  };

export const makeLayer = maker<LayerName, Layer>({ ...layers });
export const makeLoss = maker<LossName, losses.Loss>({ ...losses });
export const makeMetric = maker<MetricName, metrics.Metric>({ ...metrics });
export const makeOptimizer = maker<OptimizerName, optimizers.Optimizer>({ ...optimizers });

/** All cases of a table with the name of their class and a title for the test. */
function listed<Name extends string, Case extends { readonly name: string }>(
  table: Readonly<Record<Name, readonly Case[]>>,
): (Case & { readonly of: Name; readonly title: string })[] {
  return (Object.keys(table) as Name[]).flatMap((of) =>
    table[of].map((each) => ({ ...each, of, title: `${of}: ${each.name}` })),
  );
}

export const allLayerCases = listed<LayerName, LayerCase>(layerCases);
export const allLossCases = listed<LossName, LossCase>(lossCases);
export const allMetricCases = listed<MetricName, MetricCase>(metricCases);
export const allOptimizerCases = listed<OptimizerName, OptimizerCase>(optimizerCases);
