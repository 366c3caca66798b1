/** Optimizers on every device: real Keras's numbers, and the case table against its float64 meaning. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import type { Device } from "../../src/ir/device.ts";
import { classDevices } from "../devices/device-list.ts";
import { runGraph } from "../devices/run-graph.ts";
import { relativeError } from "../ir/closeness.ts";
import { drawInput } from "../ops/case-graph.ts";
import { optimizerChecks } from "./check-golden.ts";
import { TOLERANCE } from "./check-golden-layer.ts";
import { allOptimizerCases, makeOptimizer } from "./make-optimizer.ts";
import { freshName, freshVariables } from "./on-device.ts";
import { stepOptimizer, traceOptimizer } from "./run-optimizer.ts";

type Numbers = ArrayLike<number>;

function drawn(shape: readonly number[], seed: number, draw: Parameters<typeof drawInput>[0]["draw"] = "normal") {
  const values = drawInput({ shape, dtype: "float32", batched: true, draw }, new RandomStream(keyOf(seed)));
  return Float32Array.from(values);
}

describe.each(classDevices)("$name", ({ start, choose }) => {
  let device: Device;
  beforeAll(async () => {
    device = await start();
  });
  afterAll(() => device.dispose());

  const close = (actual: Numbers | undefined, expected: Numbers, what: string) =>
    expect(relativeError(actual ?? [], expected), what).toBeLessThan(TOLERANCE);

  test.each(choose(optimizerChecks))("Keras: $title", ({ run }) => run(device));

  test.each(choose(allOptimizerCases))("$title", async ({ of, options, weights }) => {
    const steps = 4;
    const made = (name: string) => {
      const optimizer = makeOptimizer(of, { ...options, name });
      const states = freshVariables(weights.map((shape, i) => ({ shape, data: drawn(shape, i) })));
      optimizer.build(states);
      return { optimizer, states };
    };
    const slopes = weights.map((shape, i) => drawn(shape, 10 + i));
    const expected = made(freshName());
    for (let step = 0; step < steps; step++) stepOptimizer(expected.optimizer, expected.states, slopes);
    const { optimizer, states } = made(freshName());
    const run = await runGraph(
      device,
      (builder) => traceOptimizer(builder, optimizer, states),
      Object.fromEntries(slopes.map((value, i) => [`g${i}`, value])),
      1,
      Object.fromEntries([...states, ...optimizer.variables].map(({ path, shape, value }) => [path, { shape, value }])),
      steps,
    );
    states.forEach(({ path }, i) => {
      close(run.variables[path], expected.states[i]!.value, `weight ${i}`);
    });
    optimizer.variables.forEach(({ path }, i) => {
      close(run.variables[path], expected.optimizer.variables[i]!.value, path);
    });
  });
});
