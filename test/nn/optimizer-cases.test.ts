/** Every case of the table of optimizers: they come nearer to a minimum, and keep the variables that they are said to. */
import { describe, expect, test } from "vitest";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { Variable } from "../../src/nn/variable.ts";
import { drawInput } from "../ops/case-graph.ts";
import { allOptimizerCases, makeOptimizer } from "./make-optimizer.ts";
import { stepOptimizer } from "./run-optimizer.ts";

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (value, i) => value * b[i]!).reduce((sum, value) => sum + value, 0);

function drawn(shape: readonly number[], seed: number, draw: Parameters<typeof drawInput>[0]["draw"] = "normal") {
  const values = drawInput({ shape, dtype: "float32", batched: true, draw }, new RandomStream(keyOf(seed)));
  return Float64Array.from(values);
}

describe("optimizers", () => {
  test.each(allOptimizerCases)("$title", ({ of, options, weights, variables }) => {
    const optimizer = makeOptimizer(of, options);
    const states = weights.map((shape, i) => {
      const value = Float32Array.from(drawn(shape, i));
      return new Variable({ name: `w${i}`, shape, trainable: true, value });
    });
    const before = states.map(({ value }) => Float32Array.from(value));
    // Gradients that point uphill from a minimum at 0: every optimizer must come nearer.
    for (let step = 0; step < 5; step++)
      stepOptimizer(
        optimizer,
        states,
        states.map(({ value }) => value),
      );
    expect(optimizer.variables.map(({ path }) => path.replace(`${optimizer.name}/`, ""))).toEqual(variables);
    expect(optimizer.iteration.value[0]).toBe(5);
    states.forEach(({ value }, i) => {
      expect(dot(value, value)).toBeLessThan(dot(before[i]!, before[i]!));
    });
  });
});
