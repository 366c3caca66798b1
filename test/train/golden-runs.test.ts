/** Whole training runs of real Keras, step by step: the same weights, the same batches, the same losses. */
import { describe, test } from "vitest";
import { checkGoldenRun, type GoldenRunDevice, goldenRunNames } from "./golden-run.ts";
import { hasGoldenRuns, readGoldenRun } from "./golden-run-files.ts";

const devices: readonly (GoldenRunDevice & { readonly title: string })[] = [
  { title: "cpu, 1 thread", device: "cpu", threads: 1, tolerance: 1e-4 },
  { title: "cpu, 2 threads", device: "cpu", threads: 2, tolerance: 1e-4 },
  { title: "gpu", device: "gpu", tolerance: 1e-4 },
  { title: "reference", device: "reference", tolerance: 1e-5 },
];

describe.skipIf(!hasGoldenRuns)("golden runs (../shared/golden)", () => {
  describe.each(goldenRunNames)("%s", (name) => {
    test.each(devices)("on $title", { timeout: 600_000 }, async (device) => {
      await checkGoldenRun(name, await readGoldenRun(name), device);
    });
  });
});
