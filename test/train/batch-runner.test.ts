/** What happens to steps in flight when one fails. */
import { tensor } from "fovea";
import { afterEach, expect, test, vi } from "vitest";
import type { Outputs } from "../../src/ir/device.ts";
import { Breath, runBatches } from "../../src/train/batch-runner.ts";

afterEach(() => {
  vi.useRealTimers();
});

test.each([
  { name: "as many steps as may be are pending, once they are known to be quick", stepMs: 5, inFlight: 6, most: 6 },
  { name: "fewer, where they would take longer than anyone wants to wait", stepMs: 50, inFlight: 6, most: 4 },
  { name: "two of slow ones", stepMs: 1000, inFlight: 6, most: 2 },
  { name: "one, where no more may be", stepMs: 5, inFlight: 1, most: 1 },
])("$name", async ({ stepMs, inFlight, most }) => {
  vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
  let [pending, seen] = [0, 0];
  let device: Promise<unknown> = Promise.resolve();
  const executable = {
    async run(): Promise<Outputs> {
      seen = Math.max(seen, ++pending);
      device = device.then(() => new Promise((resolve) => setTimeout(resolve, stepMs)));
      await device;
      pending--;
      return {};
    },
  };
  const data = { x: tensor(new Float32Array(30), [30, 1]) };
  const run = runBatches({ executable, data, batchSize: 1, order: null, inFlight, end: () => undefined });
  await vi.advanceTimersByTimeAsync(40 * stepMs);
  expect(await run).toBe(30);
  expect(seen).toBe(most);
});

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
  expect(steps).toBe(2);
  expect(unheard).toEqual([]);
});
