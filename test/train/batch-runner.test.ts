/** How far a run feeds ahead, and what happens to steps in flight when one fails. */
import { tensor } from "fovea";
import { afterEach, expect, test, vi } from "vitest";
import type { BatchReader } from "../../src/data/batch-source.ts";
import { CompiledStep } from "../../src/engine/compiled-step.ts";
import type { Executable, Outputs } from "../../src/ir/device.ts";
import type { Program } from "../../src/ir/program.ts";
import { Breath, runBatches } from "../../src/train/batch-runner.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** So many batches of one row, which is the batch's number. */
class Numbers implements BatchReader {
  readonly waitingMs = 0;
  closed = 0;
  #next = 0;
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  next() {
    if (this.#next === this.#count) return undefined;
    return { rows: 1, feeds: { x0: tensor(Float32Array.of(this.#next++)) } };
  }

  close() {
    this.closed++;
  }
}

function stepOf(stepsInFlight: number, run: (fed: number) => Promise<Outputs>): CompiledStep {
  const executable: Executable = { stepsInFlight, bytes: {}, run: ({ x0 }) => run(x0![0]!), release: () => undefined };
  return new CompiledStep({} as Program, executable, 0, undefined);
}

test.each([
  { name: "as many steps as may be are pending, once they are known to be quick", stepMs: 5, inFlight: 6, most: 6 },
  { name: "fewer, where they would take longer than anyone wants to wait", stepMs: 45, inFlight: 6, most: 4 },
  { name: "two of slow ones", stepMs: 1000, inFlight: 6, most: 2 },
  { name: "one, where the run wants no more", stepMs: 5, inFlight: 6, most: 1, limit: 1 },
  { name: "one, where the device takes no more", stepMs: 5, inFlight: 1, most: 1 },
])("$name", async ({ stepMs, inFlight, most, limit }) => {
  vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
  let [pending, seen] = [0, 0];
  let device: Promise<unknown> = Promise.resolve();
  const step = stepOf(inFlight, async (fed) => {
    seen = Math.max(seen, ++pending);
    device = device.then(() => new Promise((resolve) => setTimeout(resolve, stepMs)));
    await device;
    pending--;
    return { y: Float32Array.of(10 * fed) };
  });
  const reader = new Numbers(30);
  const ended: number[] = [];
  const run = runBatches({
    reader,
    breath: new Breath(),
    stepFor: () => step,
    ...(limit === undefined ? {} : { inFlight: () => limit }),
    end: (batch, { y }, { fed: { feeds } }) => {
      ended.push(y![0]!);
      expect([10 * batch, feeds.x0!.rank]).toEqual([y![0], 1]);
    },
  });
  await vi.advanceTimersByTimeAsync(40 * stepMs);
  expect(await run).toBe(30);
  expect(seen).toBe(most);
  expect(ended).toEqual(Array.from({ length: 30 }, (_, i) => 10 * i));
  expect(reader.closed).toBe(1);
});

test("two runs share the places of one step, and neither starves", async () => {
  let [pending, seen] = [0, 0];
  const step = stepOf(2, async () => {
    seen = Math.max(seen, ++pending);
    await new Promise((resolve) => setTimeout(resolve, 1));
    pending--;
    return {};
  });
  const run = () =>
    runBatches({ reader: new Numbers(9), breath: new Breath(), stepFor: () => step, end: () => undefined });
  expect(await Promise.all([run(), run(), run()])).toEqual([9, 9, 9]);
  expect(seen).toBe(2);
  expect(step.isIdle).toBe(true);
});

test("a run that is told to end waits for the steps in flight", async () => {
  const reader = new Numbers(9);
  const ended: number[] = [];
  const step = stepOf(3, async () => ({}));
  const run = runBatches({
    reader,
    breath: new Breath(),
    stepFor: async () => step,
    begin: (batch) => batch < 4,
    end: (batch) => void ended.push(batch),
  });
  expect(await run).toBe(4);
  expect(ended).toEqual([0, 1, 2, 3]);
  expect(reader.closed).toBe(1);
  expect(step.isIdle).toBe(true);
});

test("steps that fail while others are being fed are one error, and no rejection goes unheard", async () => {
  const unheard: unknown[] = [];
  const listen = (reason: unknown) => unheard.push(reason);
  process.on("unhandledRejection", listen);
  let steps = 0;
  const step = stepOf(3, async () => {
    steps++;
    throw new Error(`step ${steps} failed`);
  });
  class LongBreath extends Breath {
    override take(): Promise<void> {
      // As long as it takes for a rejection to be called unheard.
      return new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  const reader = new Numbers(8);
  const run = runBatches({ reader, stepFor: () => step, breath: new LongBreath(), end: () => undefined });
  await expect(run).rejects.toThrow("step 1 failed");
  process.off("unhandledRejection", listen);
  expect(steps).toBe(2);
  expect(unheard).toEqual([]);
  expect(reader.closed).toBe(1);
  expect(step.isIdle).toBe(true);
});

test("a reader that fails ends the run with its error, after the steps in flight", async () => {
  const step = stepOf(3, async () => ({}));
  class Torn extends Numbers {
    override next() {
      const batch = super.next();
      if (batch?.feeds.x0.data[0] === 2) throw new Error("torn");
      return batch;
    }
  }
  const reader = new Torn(5);
  await expect(runBatches({ reader, breath: new Breath(), stepFor: () => step, end: () => undefined })).rejects.toThrow(
    "torn",
  );
  expect(step.isIdle).toBe(true);
  expect(reader.closed).toBe(1);
});
