/** `new C(c.getConfig())` makes an equal object, for every loss and metric, with defaults and with other values. */
import { describe, expect, test } from "vitest";
import { toCamelCaseKeys } from "../../src/base/case.ts";
import * as losses from "../../src/nn/losses/index.ts";
import { resolveLoss } from "../../src/nn/losses/resolve.ts";
import * as metrics from "../../src/nn/metrics/index.ts";
import { resolveMetric } from "../../src/nn/metrics/resolve.ts";
import { classesOf } from "../../src/nn/registry.ts";
import { lossCases } from "../cases/losses.ts";
import { goldenLosses, goldenMetrics } from "./golden-rows.ts";
import { makeLoss, makeMetric } from "./make-rows.ts";

const lossNames = [...classesOf({ barrel: losses, base: losses.Loss }).keys()];
const metricNames = [...classesOf({ barrel: metrics, base: metrics.Metric }).keys()].filter(
  // Its config holds a function: metrics.test.ts.
  (name) => name !== "MeanMetricWrapper",
);

/** The options that Keras's numbers and our cases have for a class, in place of defaults. */
const optionsOf = (name: string): object[] =>
  [
    ...goldenLosses.filter(({ golden }) => golden.loss === name).map(({ golden }) => toCamelCaseKeys(golden.config)),
    ...(Object.entries(lossCases).find(([of]) => of === name)?.[1] ?? []).map(({ options }) => options),
  ] as object[];

const metricOptionsOf = (name: string): object[] =>
  goldenMetrics
    .filter(({ golden }) => golden.metric === name)
    .map(({ golden }) => toCamelCaseKeys(golden.config) as object);

describe.each(lossNames)("loss %s", (name) => {
  test("config and back", () => {
    for (const options of [{ name: "other", reduction: "sum" }, ...optionsOf(name)]) {
      const made = makeLoss(name, options);
      const config = made.getConfig();
      expect(config).toMatchObject(options);
      const again = makeLoss(name, config);
      expect(again.getConfig()).toEqual(config);
      expect(again.name).toBe(made.name);
      const described = resolveLoss(JSON.parse(JSON.stringify(made.describe())));
      expect(described.constructor).toBe(made.constructor);
      expect(described.getConfig()).toEqual(config);
    }
  });
});

describe.each(metricNames)("metric %s", (name) => {
  test("config and back", () => {
    for (const options of metricOptionsOf(name).flatMap((given) => [given, { ...given, name: "other" }])) {
      const made = makeMetric(name, options);
      const config = made.getConfig();
      expect(config).toMatchObject(options);
      const again = makeMetric(name, config);
      expect(again.getConfig()).toEqual(config);
      expect(again.name).toBe(made.name);
      const described = resolveMetric(JSON.parse(JSON.stringify(made.describe())), [2, 1], [null, 1]);
      expect(described.constructor).toBe(made.constructor);
      expect(described.getConfig()).toEqual(config);
      expect(again.variables.map(({ name, shape }) => [name, shape])).toEqual(
        made.variables.map(({ name, shape }) => [name, shape]),
      );
    }
  });
});
