/** Makes a metric of what was written for it. */
import type { BatchShape } from "../keras-tensor.ts";
import { targetKind } from "../losses/crossentropy-by-shape.ts";
import { isPlainFunction, refuseFunctionConfig } from "../plain-function.ts";
import { type Kin, resolveObject } from "../registry.ts";
import * as barrel from "./index.ts";
import type { MetricFunction } from "./mean.ts";
import type { Metric } from "./metric.ts";
import { choicesOf, metricNames } from "./names.ts";

const kin = (name?: string): Kin<Metric> => ({
  ...metricNames(),
  barrel,
  named: (asked) => ({ name: name ?? asked }),
});

/**
 * The metric itself, or the one that the name means for targets and outputs of these shapes; of a function the mean of what it
 * gives, under the function's name.
 *
 * @throws ArgumentError with the nearest known name; for a class the way to make an object of it
 */
export function resolveMetric(metric: unknown, yShape: BatchShape, outputShape: BatchShape): Metric {
  if (isPlainFunction(metric))
    return new barrel.MeanMetricWrapper({
      fn: metric as MetricFunction,
      ...(metric.name === "" ? {} : { name: metric.name }),
    });
  refuseFunctionConfig("metric", metric);
  if (typeof metric !== "string") return resolveObject(kin(), metric);
  return resolveObject(kin(metric), choicesOf(metric)?.[targetKind(yShape, outputShape)] ?? metric);
}
