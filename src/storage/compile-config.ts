/** What `compile` was given, as configs hold it (K: `trainers/compile_utils.py`, `trainers/trainer.py` get_compile_config). */
import { toCamelCaseKeys, toSnakeCaseKeys } from "../base/case.ts";
import { ArgumentError } from "../base/errors.ts";
import { Configurable } from "../nn/configurable.ts";
import { resolveLoss } from "../nn/losses/resolve.ts";
import { resolveMetric } from "../nn/metrics/resolve.ts";
import { resolveOptimizer } from "../nn/optimizers/resolve.ts";
import { isObjectConfig } from "../nn/options.ts";
import { reviveObject } from "../train/from-config.ts";
import type { AnyModel } from "../train/model.ts";
import type { CompileOptions } from "../train/options.ts";
import type { LoadModelOptions } from "./index.ts";
import { isJsonObject, type Json } from "./json.ts";

const parts = ["loss", "lossWeights", "metrics", "weightedMetrics"] as const;

/** The optimizer's class and config. */
export function describeOptimizer(model: AnyModel): Json {
  return toSnakeCaseKeys(model.optimizer!.describe()) as Json;
}

/** Losses, their weights and metrics as they were given to `compile`, in the keys of Keras. */
export function describeObjective(model: AnyModel): Json {
  const { options } = model.runner.requireParts("save").objective;
  const entries = parts.map((key) => [key, describe(options[key] ?? null)] as const);
  const given = toSnakeCaseKeys(Object.fromEntries(entries.map(([key]) => [key, null]))) as Json;
  const described = Object.fromEntries(Object.keys(given).map((key, i) => [key, entries[i]![1]]));
  return { ...described, run_eagerly: false, steps_per_execution: 1, jit_compile: false };
}

/** The compile_config of an archive; undefined for a model that is not compiled. */
export function describeCompile(model: AnyModel): Json | undefined {
  if (model.optimizer === undefined) return undefined;
  return { optimizer: describeOptimizer(model), ...describeObjective(model) };
}

/** Names stay names, objects become class and config, in the structure of the model's outputs. Keys of records are names too. */
function describe(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (value instanceof Configurable) return toSnakeCaseKeys(value.describe());
  if (typeof value === "function") return describeFunction(value as { readonly name: string });
  if (Array.isArray(value)) return value.map(describe);
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, describe(each)]));
}

/** Files hold a function's name, and `customObjects` gives it back. */
function describeFunction({ name }: { readonly name: string }): Json {
  if (name === "")
    throw new ArgumentError(
      "save: a loss or metric of compile is a function without a name, so that the file could not say which one it is; give it one, or save with { includeOptimizer: false }.",
    );
  return { module: "builtins", class_name: "function", config: name, registered_name: "function" };
}

/** The options of `compile` out of a config; undefined for a model that was not compiled. */
export function readCompile(config: Json, options: LoadModelOptions): CompileOptions | undefined {
  const { customObjects = {}, device, threads } = options;
  const { optimizer, loss, loss_weights, metrics, weighted_metrics } = config;
  if (optimizer === undefined || optimizer === null) return undefined;
  const read = (value: unknown, make: (config: unknown) => unknown) =>
    reviveAll(value, (each) => {
      const revived = reviveObject(each, customObjects);
      return isObjectConfig(revived) ? make(revived) : revived;
    });
  // Configs name metrics by their classes, so that no shapes are needed to find these.
  const metric = (config: unknown) => resolveMetric(config, [], []);
  return {
    optimizer: resolveOptimizer(read(optimizer, resolveOptimizer)),
    loss: read(loss, resolveLoss) as never,
    lossWeights: loss_weights as never,
    metrics: read(metrics, metric) as never,
    weightedMetrics: read(weighted_metrics, metric) as never,
    device,
    threads,
  };
}

/** What `revive` makes of names and configs, whose keys become camelCase; other structure stays. */
function reviveAll(value: unknown, revive: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => reviveAll(each, revive));
  if (typeof value === "string") return revive(value);
  if (!isJsonObject(value)) return value;
  if (typeof value.class_name === "string") return revive(toCamelCaseKeys(value));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, reviveAll(each, revive)]));
}
