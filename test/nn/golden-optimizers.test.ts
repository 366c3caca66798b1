/** Six steps of real Keras's optimizers: the same gradients, the same weights after each. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { toCamelCaseKeys } from "../../src/base/case.ts";
import { Adam, SGD } from "../../src/nn/optimizers/index.ts";
import { Variable } from "../../src/nn/variable.ts";
import { relativeError } from "../ir/closeness.ts";
import { stepOptimizer, type Value } from "./run-nn.ts";

interface GoldenOptimizer {
  readonly optimizer: "SGD" | "Adam";
  readonly config: Readonly<Record<string, unknown>>;
  readonly initial: readonly Value[];
  readonly grads: readonly (readonly Value[])[];
  readonly after: readonly (readonly Value[])[];
}

const file = new URL("../golden/optimizers.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: GoldenOptimizer[] };

describe("optimizers", () => {
  test.each(cases.map((golden) => ({ golden, title: `${golden.optimizer} ${JSON.stringify(golden.config)}` })))(
    "$title",
    ({ golden }) => {
      const optimizer = new { SGD, Adam }[golden.optimizer](toCamelCaseKeys(golden.config) as object);
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
    },
  );
});
