/** Losses of real Keras: values by reduction and weights, and gradients. */
import { describe, expect, test } from "vitest";
import { toCamelCaseKeys } from "../../src/base/case.ts";
import * as barrel from "../../src/nn/losses/index.ts";
import { classesOf } from "../../src/nn/registry.ts";
import { relativeError } from "../ir/closeness.ts";
import { goldenLosses } from "./golden-rows.ts";
import { makeLoss } from "./make-rows.ts";
import { runLoss } from "./run-rows.ts";

test("every loss has numbers of Keras", () => {
  const made = new Set(goldenLosses.map(({ golden }) => golden.loss));
  expect([...classesOf({ barrel, base: barrel.Loss }).keys()].filter((name) => !made.has(name))).toEqual([]);
});

describe.each(goldenLosses)("$title", ({ golden }) => {
  const { yTrue, yPred, sampleWeight, value, gradient } = golden;
  const loss = makeLoss(golden.loss, toCamelCaseKeys(golden.config) as object);
  const run = runLoss(loss, { yTrue, yPred, weights: sampleWeight ?? undefined });

  test("gives Keras's value", () => {
    expect(relativeError(run.value, typeof value === "number" ? [value] : value.data)).toBeLessThan(1e-5);
  });

  if (gradient !== null)
    test("gives Keras's gradient", () => {
      expect(relativeError(run.gradient!, gradient.data)).toBeLessThan(1e-5);
    });
});
