/** What happens to steps in flight when one fails. */
import { tensor } from "fovea";
import { expect, test } from "vitest";
import type { Outputs } from "../../src/ir/device.ts";
import { Breath, runBatches } from "../../src/train/batch-runner.ts";

test("steps that fail while others are being fed are one error, and no rejection goes unheard", async () => {
  const unheard: unknown[] = [];
  const listen = (reason: unknown) => unheard.push(reason);
  process.on("unhandledRejection", listen);
  let steps = 0;
  const executable = {
    async run(): Promise<Outputs> {
      steps++;
      throw new Error(`step ${steps} failed`);
    },
  };
  class LongBreath extends Breath {
    override take(): Promise<void> {
      // As long as it takes for a rejection to be called unheard.
      return new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  const run = runBatches({
    executable,
    data: { x: tensor(new Float32Array(8), [8, 1]) },
    batchSize: 1,
    order: null,
    inFlight: 3,
    breath: new LongBreath(),
    end: () => undefined,
  });
  await expect(run).rejects.toThrow("step 1 failed");
  process.off("unhandledRejection", listen);
  expect(steps).toBe(3);
  expect(unheard).toEqual([]);
});
