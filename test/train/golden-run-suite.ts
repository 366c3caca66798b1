import { describe, test } from "vitest";
import { checkGoldenRun, type GoldenRunDevice, goldenRunNames } from "./golden-run.ts";
import { hasGoldenRuns, readGoldenRun } from "./golden-run-files.ts";

/** Whole training runs of real Keras, step by step: the same weights, the same batches, the same losses. */
export function describeGoldenRuns(devices: readonly (GoldenRunDevice & { readonly title: string })[]): void {
  describe.skipIf(!hasGoldenRuns)("golden runs (../shared/golden)", () => {
    describe.each(goldenRunNames)("%s", (name) => {
      test.each(devices)("on $title", { timeout: 600_000 }, async (device) => {
        await checkGoldenRun(name, await readGoldenRun(name), device);
      });
    });
  });
}
