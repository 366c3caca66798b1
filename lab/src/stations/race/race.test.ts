import { describe, expect, test } from "vitest";
import {
  absentLine,
  arrivalsOf,
  type Entry,
  finishOf,
  laneKeys,
  parityOf,
  replaySpeed,
  rowOf,
  speedUpOf,
  stepsAt,
  verdictOf,
  winnerOf,
} from "./state.ts";
import { cross, measure, type RaceNews } from "./tasks.ts";

const entry = (key: Entry["key"], stepMs: readonly number[], losses: readonly number[]): Entry => ({
  key,
  device: key,
  description: "a device",
  disguised: false,
  startMs: 12,
  compileMs: 34,
  warmUpSteps: 2,
  warmUpMs: 10,
  losses,
  speed: { stepMs, medianMs: stepMs[0]!, p95Ms: stepMs.at(-1)!, imagesPerSecond: 1000 / stepMs[0]! },
});

describe("the replay", () => {
  const [slow, fast] = [entry("cpu-1", [4, 6], [1, 1, 1, 1]), entry("gpu", [1, 2], [1, 1, 1, 1])];

  test("steps of the warm-up share its time; the others have their own", () => {
    expect(arrivalsOf(slow)).toEqual([5, 10, 14, 20]);
    expect([4.9, 5, 13.9, 20, 99].map((ms) => stepsAt(arrivalsOf(slow), ms))).toEqual([0, 1, 2, 4, 4]);
  });

  test("ends when the first that ran all steps is through", () => {
    expect(finishOf([slow, fast], 4)).toBe(13);
    expect(finishOf([slow, { ...fast, losses: [1, 1, 1] }], 4)).toBe(20);
    expect(finishOf([], 4)).toBe(0);
    expect([500, 10_000, 25_000].map(replaySpeed)).toEqual([1, 1, 2.5]);
  });

  test("a lane that was stopped in its warm-up has no speed", () => {
    const stopped: Entry = { ...slow, losses: [1], warmUpMs: 5, speed: undefined };
    expect(arrivalsOf(stopped)).toEqual([5]);
    expect(rowOf(stopped, [stopped, fast]).slice(4)).toEqual(["–", "–", "–", "–"]);
  });

  test("speed-ups are to the slowest", () => {
    expect(speedUpOf(fast, [slow, fast])).toBe(4);
    expect(speedUpOf(slow, [slow, fast])).toBe(1);
    expect(speedUpOf(fast, [fast])).toBeUndefined();
    expect(rowOf(fast, [slow, fast])).toEqual(["WebGPU", "12 ms", "34 ms", "10 ms", "1 ms", "2 ms", "1,000", "4.00×"]);
  });
});

test("the verdict says who is how far apart, and where", () => {
  const same = [entry("cpu", [1], [2, 1, 4]), entry("gpu", [1], [2, 1.0005, 4]), entry("reference", [1], [2, 1])];
  expect(parityOf(same)).toMatchObject({ base: "cpu", largestOn: "gpu", largestAt: 2 });
  expect(verdictOf(parityOf(same)!)).toMatch(/^Pass: .*WebGPU to CPU, all threads, is 5\.0e−4 in step 2/);
  expect(verdictOf(parityOf([entry("cpu", [1], [1]), entry("gpu", [1], [1.1])])!)).toMatch(/^Fail: /);
  expect(parityOf([entry("cpu", [1], [1])])).toBeUndefined();
});

test("who is not there is said in one line", () => {
  expect(absentLine({ key: "gpu", reason: "no adapter." })).toBe("No WebGPU: no adapter.");
  expect(absentLine({ key: "cpu", reason: "no memory." })).toBe("CPU, all threads did not run: no memory.");
});

test("a cell of the crossover names the winner", () => {
  const cell = { filters: 4, batchSize: 8, imagesPerSecond: { cpu: 900, gpu: 300 } };
  const name = (winner: { device: string; factor: number | undefined }) =>
    winnerOf({ cells: [{ ...cell, winner }] }, 4, 8);
  expect(name({ device: "cpu", factor: 3 })).toBe("CPU 3.00×");
  expect(name({ device: "cpu", factor: undefined })).toBe("CPU alone: 900 images/s");
  expect(winnerOf({ cells: [] }, 4, 8)).toBe("");
});

const contextWith = (progress: (value: unknown) => void, signal = new AbortController().signal) => ({
  signal,
  progress,
  withModel: () => Promise.reject(new Error("a race makes its own network")),
});

describe("measured in Node", () => {
  const input = { keys: ["cpu-1", "cpu"], steps: 4, batchSize: 8, images: 16, seed: 7 } as const;

  test("lanes have the same losses and the times of their steps", async () => {
    const news: RaceNews[] = [];
    await measure(
      input,
      contextWith((value) => news.push(value as RaceNews)),
    );
    const entries = news.flatMap((each) => each.entry ?? []);
    expect(entries.map(({ key }) => key)).toEqual(["cpu-1", "cpu"]);
    for (const { losses, speed, warmUpSteps } of entries) {
      expect(losses).toHaveLength(4);
      expect(speed!.stepMs).toHaveLength(4 - warmUpSteps);
    }
    // The first batch of an untrained network of ten classes: about log 10.
    expect(Math.abs(entries[0]!.losses[0]! - Math.log(10))).toBeLessThan(0.5);
    expect(parityOf(entries)!.partsAt).toBeUndefined();
  });

  test("a race that was stopped tells of no further device", async () => {
    const controller = new AbortController();
    const news: RaceNews[] = [];
    const told = (value: unknown) => {
      news.push(value as RaceNews);
      if (news.at(-1)!.entry !== undefined) controller.abort();
    };
    await expect(measure({ ...input, keys: laneKeys }, contextWith(told, controller.signal))).rejects.toThrow(/abort/i);
    expect(news.flatMap(({ entry: each }) => each?.key ?? [])).toEqual(["cpu-1"]);
  });

  test("the crossover tells each cell", async () => {
    const cells: unknown[] = [];
    await cross(
      { filters: [2], batchSizes: [2, 4], steps: 4 },
      contextWith((value) => cells.push(value)),
    );
    expect(cells).toHaveLength(2);
    expect(cells[1]).toMatchObject({ cell: { filters: 2, batchSize: 4 } });
  });
});
