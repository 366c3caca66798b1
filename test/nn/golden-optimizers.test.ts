/** Six steps of real Keras's optimizers: the same gradients, the same weights after each. */
import { describe, expect, test } from "vitest";
import { toCamelCaseKeys } from "../../src/base/case.ts";
import { Variable } from "../../src/nn/variable.ts";
import { relativeError } from "../ir/closeness.ts";
import { goldenOptimizers } from "./golden-cases.ts";
import { makeOptimizer } from "./make.ts";
import { stepOptimizer } from "./run-nn.ts";

describe("optimizers", () => {
  test.each(goldenOptimizers)("$title", ({ golden }) => {
    const optimizer = makeOptimizer(golden.optimizer, toCamelCaseKeys(golden.config) as object);
    const weights = golden.initial.map(({ shape, data }, i) => {
      const value = Float32Array.from(data);
      return new Variable({ name: `w${i}`, shape, trainable: true, value });
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
      expect(optimizer.iteration.value[0]).toBe(step + 1);
    });
    // The moves themselves, which are small beside the weights.
    golden.after.at(-1)!.forEach(({ data }, i) => {
      const start = golden.initial[i]!.data;
      const moved = weights[i]!.value.map((value, k) => value - start[k]!);
      const expected = Array.from(data, (value, k) => value - start[k]!);
      expect(relativeError(moved, expected), `move of weight ${i}`).toBeLessThan(1e-3);
    });
  });
});
