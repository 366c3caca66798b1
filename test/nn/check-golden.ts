/** Real Keras's numbers on a device; each check throws an Error where they differ, in Node as in a browser. */
import type { Device } from "../../src/ir/device.ts";
import { loadGraph } from "../devices/run-graph.ts";
import { assertClose } from "../ir/closeness.ts";
import { type GoldenCheck, layerChecks, TOLERANCE } from "./check-golden-layer.ts";
import { lossChecks, metricChecks } from "./check-golden-rows.ts";
import { type GoldenOptimizer, goldenOptimizers } from "./golden-cases.ts";
import { makeGoldenOptimizer } from "./make-optimizer.ts";
import { freshName, freshVariables } from "./on-device.ts";
import { traceOptimizer } from "./run-optimizer.ts";

async function checkOptimizer(device: Device, golden: GoldenOptimizer): Promise<void> {
  const optimizer = makeGoldenOptimizer(golden, freshName());
  const weights = freshVariables(golden.initial, golden.names);
  optimizer.build(weights);
  const state = [...weights, ...optimizer.variables];
  const loaded = await loadGraph(
    device,
    (builder) => traceOptimizer(builder, optimizer, weights),
    Object.fromEntries(state.map(({ path, shape }) => [path, { shape }])),
  );
  for (const [step, slopes] of golden.grads.entries()) {
    const run = await loaded.run(
      Object.fromEntries(slopes.map(({ data }, i) => [`g${i}`, Float32Array.from(data)])),
      1,
      Object.fromEntries(state.map(({ path, value }) => [path, value])),
    );
    for (const variable of state) variable.value = run.variables[variable.path]!;
    golden.after[step]!.forEach(({ data }, i) => {
      assertClose(weights[i]!.value, data, TOLERANCE, `weight ${i} after step ${step}`);
    });
  }
  loaded.release();
}

/** Every optimizer whose numbers the project carries. */
export const optimizerChecks: readonly GoldenCheck[] = goldenOptimizers.map(({ golden, title }) => ({
  title,
  run: (device) => checkOptimizer(device, golden),
}));

/** All of them. */
export const goldenChecks: readonly GoldenCheck[] = [
  ...layerChecks,
  ...lossChecks,
  ...metricChecks,
  ...optimizerChecks,
];
