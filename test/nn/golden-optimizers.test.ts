/** Six steps of real Keras's optimizers: the same gradients, the same weights after each, the same slots at the end. */
import { describe, expect, test } from "vitest";
import * as barrel from "../../src/nn/optimizers/index.ts";
import { classesOf } from "../../src/nn/registry.ts";
import { Variable } from "../../src/nn/variable.ts";
import { relativeError } from "../ir/closeness.ts";
import { goldenOptimizers } from "./golden-cases.ts";
import { makeGoldenOptimizer } from "./make-optimizer.ts";
import { stepOptimizer } from "./run-optimizer.ts";

/** Keras numbers the optimizers of a process; one scalar has no name of its own there. */
const withoutNumber = (path: string) => path.replace(/_\d+\//, "/").replace(/^variable(_\d+)?$/, "nadam/u_product");

/** Keras names the means of Adafactor by the weight alone, and the zeros in their place by nothing else. */
const byWeight = (path: string) =>
  withoutNumber(path.replace(/_(row|column)$/, "").replace(/_2$/, "")).replace(/^(?=[^/]+$)/, "adafactor/");

describe("optimizers", () => {
  test.each(goldenOptimizers)("$title", ({ golden }) => {
    const optimizer = makeGoldenOptimizer(golden);
    const weights = golden.initial.map(({ shape, data }, i) => {
      const value = Float32Array.from(data);
      return new Variable({ name: golden.names?.[i] ?? `w${i}`, shape, trainable: true, value });
    });
    expect(golden.grads).toHaveLength(6);
    golden.grads.forEach((slopes, step) => {
      stepOptimizer(
        optimizer,
        weights,
        slopes.map(({ data }) => data),
      );
      golden.after[step]!.forEach(({ data }, i) => {
        expect(relativeError(weights[i]!.value, data), `weight ${i} after step ${step}`).toBeLessThan(1e-5);
      });
      const finite = golden.grads.slice(0, step + 1).filter(([first]) => Number.isFinite(Number(first!.data[0])));
      expect(optimizer.iteration.value[0]).toBe(finite.length);
    });
    // The moves themselves, which are small beside the weights.
    golden.after.at(-1)!.forEach(({ data }, i) => {
      const start = golden.initial[i]!.data;
      const moved = weights[i]!.value.map((value, k) => value - start[k]!);
      const expected = Array.from(data, (value, k) => value - start[k]!);
      // Keras rounds a weight to float32 after each step; that is much where a step is small.
      const rounding = golden.grads.length * 2 ** -24 * Math.max(...Array.from(data, Math.abs));
      const worst = Math.max(...moved.map((value, k) => Math.abs(value - expected[k]!)));
      expect(worst, `move of weight ${i}`).toBeLessThan(1e-3 * Math.max(...expected.map(Math.abs)) + rounding);
    });
    if (golden.slots === undefined) return;
    expect(optimizer.variables.map(({ path }) => byWeight(path))).toEqual(
      golden.slots.map(({ path }) => byWeight(path)),
    );
    golden.slots.forEach(({ path, value }, i) => {
      expect(relativeError(optimizer.variables[i]!.value, value.data, 1e-6), path).toBeLessThan(1e-5);
    });
    expect(optimizer.iterations).toBe(golden.iterations);
    expect(Math.abs(optimizer.learningRate - golden.learningRate!)).toBeLessThan(1e-8);
    optimizer.finalize(weights);
    golden.final!.forEach(({ data }, i) => {
      expect(relativeError(weights[i]!.value, data), `weight ${i} at the end`).toBeLessThan(1e-5);
    });
  });

  test.each([...classesOf({ barrel, base: barrel.Optimizer }).keys()])("%s has numbers of Keras", (name) => {
    expect(goldenOptimizers.map(({ golden }) => golden.optimizer)).toContain(name);
  });
});
