import { clearSession, Sequential, setSeed, tensor } from "fovea";
import { crossover, crossoverText, type Race, type RaceOptions, race, raceText } from "fovea/insight";
import { Dense } from "fovea/layers";
import { beforeEach, describe, expect, test } from "vitest";
import { keyOf } from "../../src/base/random.ts";
import { epochOrder } from "../../src/data/batches.ts";
import { compareLosses } from "../../src/insight/parity.ts";
import { stepOfTarget } from "../../src/insight/race-lane.ts";
import { quantile, shareArrivals } from "../../src/insight/step-times.ts";
import { LogBook, seededCnn, silent, smallCnn, stripes } from "../train/small-models.ts";

const { images, labels } = stripes(48);
const data = [images, labels] as const;
const both = { devices: ["cpu", "reference"], steps: 12, batchSize: 8, threads: 1 } as const;

beforeEach(() => clearSession());

describe("race", () => {
  test("each device: start, compilation, warm-up, speed and a loss per step; the slowest is the measure of the speed-up", async () => {
    const seen: [string, number, number][] = [];
    const starts: string[] = [];
    const result = await race(seededCnn(), data, {
      ...both,
      onStart: ({ name }) => starts.push(name),
      onStep: ({ device, step, loss }) => seen.push([device, step, loss]),
    });
    expect(result).toMatchObject({ steps: 12, warmUpSteps: 3, batchSize: 8, seed: 1, failures: [], stopped: false });
    expect(result.lanes.map(({ device }) => device)).toEqual(["cpu", "reference"]);
    expect(starts).toEqual(["cpu", "reference"]);
    expect(seen).toEqual(result.lanes.flatMap(({ device, losses }) => losses.map((loss, i) => [device, i + 1, loss])));
    for (const lane of result.lanes) {
      expect(lane.losses).toHaveLength(12);
      expect(lane.accuracies).toHaveLength(12);
      expect(lane.disguised).toBe(false);
      expect(Math.min(lane.compileMs, lane.warmUpMs)).toBeGreaterThan(0);
      const { stepMs, medianMs, p95Ms, imagesPerSecond } = lane.speed!;
      expect(stepMs).toHaveLength(9);
      expect(medianMs).toBeLessThanOrEqual(p95Ms);
      const sum = stepMs.reduce((total, time) => total + time, 0);
      expect(imagesPerSecond).toBeCloseTo((1000 * 9 * 8) / sum, 3);
    }
    const speeds = result.lanes.map(({ speed }) => speed!.imagesPerSecond);
    const [cpu, reference] = result.lanes.map(({ speedUp }) => speedUp!);
    expect(Math.min(cpu!, reference!)).toBe(1);
    expect(cpu! / reference!).toBeCloseTo(speeds[0]! / speeds[1]!, 6);
    expect(result.parity).toMatchObject({ base: "cpu", largestOn: "reference", partsAt: undefined });
    expect(result.parity!.largestGap).toBeLessThan(1e-4);
    // Float32 and float64 are never quite the same: equal losses would mean that one device was measured twice.
    expect(result.parity!.largestGap).toBeGreaterThan(0);
  });

  test("the losses are those that the same batches give step by step, and they differ from batch to batch", async () => {
    const result = await race(seededCnn(), data, { ...both, devices: ["reference"], steps: 6 });
    const model = seededCnn({ device: "reference" });
    const book = new LogBook();
    // One epoch of 6 batches in the order that the race drew: the rows are brought into it beforehand.
    const order = epochOrder(48, keyOf(1), 0, true, 8)!;
    const row = (i: number) => Array.from(images.slice(i, i + 1).data);
    const ordered = new Float32Array(Array.from(order).flatMap(row));
    await model.fit(tensor(ordered, [48, 6, 6, 1]), tensor(Int32Array.from(order, (i) => labels.data[i]!)), {
      ...silent,
      batchSize: 8,
      shuffle: false,
      callbacks: [book],
    });
    const sums = book.batchSums([8, 8, 8, 8, 8, 8]);
    for (const [i, loss] of result.lanes[0]!.losses.entries()) expect(loss).toBeCloseTo(sums[i]! / 8, 5);
    expect(new Set(result.lanes[0]!.losses).size).toBe(6);
  });

  test("the same seed gives the same losses bit by bit, another one others; learning goes on through epochs", async () => {
    const lossesOf = async (options: Partial<RaceOptions>) => {
      const result = await race(seededCnn(), data, { ...both, devices: ["cpu"], ...options });
      return result.lanes[0]!.losses;
    };
    const losses = await lossesOf({ steps: 60 });
    expect(await lossesOf({ steps: 60 })).toEqual(losses);
    expect(await lossesOf({ steps: 60, seed: 2 })).not.toEqual(losses);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(-6))).toBeLessThan(0.7 * mean(losses.slice(0, 6)));
  });

  test("the model stays as it is: weights, optimizer, compiled steps", async () => {
    const model = seededCnn();
    const before = model.getWeights().map(({ data }) => Array.from(data));
    await race(model, data, both);
    expect(model.getWeights().map(({ data }) => Array.from(data))).toEqual(before);
    expect(model.optimizer!.built).toBe(false);
    expect(await model.compiledSteps()).toBeUndefined();
  });

  test("the target: reached by a model that learns, and when; a target that is out of reach; a model without accuracy", async () => {
    const many = stripes(1000);
    const quick = { devices: ["cpu"], batchSize: 50, threads: 1 } as const;
    const run = async (options: RaceOptions, model = seededCnn()) =>
      (await race(model, [many.images, many.labels], { ...quick, ...options })).lanes[0]!;
    const lane = await run({ steps: 200, targetAccuracy: 0.9 });
    expect(lane.target!.step).toBeGreaterThanOrEqual(20);
    expect(lane.target!.seconds).toBeGreaterThan(0);
    expect(lane.target!.step).toBe(stepOfTarget(lane.accuracies!, 50, 0.9));
    expect((await run({ steps: 21, targetAccuracy: 1 })).target).toBeUndefined();
    const blind = await run({ steps: 21 }, seededCnn({ metrics: [] }));
    expect(blind).toMatchObject({ accuracies: undefined, target: undefined });
  });

  test("stopped: what there is so far, and the other devices do not start", async () => {
    const stop = new AbortController();
    const result = await race(seededCnn(), data, {
      ...both,
      steps: 500,
      signal: stop.signal,
      onStep: ({ step }) => {
        if (step === 20) stop.abort();
      },
    });
    expect(result.stopped).toBe(true);
    expect(result.lanes.map(({ device }) => device)).toEqual(["cpu"]);
    const { losses, speed } = result.lanes[0]!;
    expect(losses.length).toBeGreaterThanOrEqual(20);
    expect(losses.length).toBeLessThan(40);
    expect(speed!.stepMs).toHaveLength(losses.length - 10);
    expect(raceText(result)).toContain(`Stopped: of 500 steps per device, ${losses.length} were done at most.\n`);
    const none = await race(seededCnn(), data, { ...both, signal: AbortSignal.abort() });
    expect(none).toMatchObject({ lanes: [], failures: [], stopped: true, parity: undefined });
    expect(raceText(none)).toBe("Stopped before a device was ready.\n");
  });

  test("stopped within the warm-up: losses, but no speed that was never measured", async () => {
    const stop = new AbortController();
    const result = await race(seededCnn(), data, {
      ...both,
      devices: ["reference"],
      warmUpSteps: 8,
      signal: stop.signal,
      onStep: () => stop.abort(),
    });
    expect(result.lanes[0]).toMatchObject({ speed: undefined, speedUp: undefined, target: undefined });
    expect(result.lanes[0]!.losses).toHaveLength(1);
    expect(raceText(result)).toMatch(/^reference +\d+ +\d+ +\d+ +– +– +– +– +not reached$/m);
  });

  test.each([
    [{ device: "cpu" }, 'race: unknown option "device". Did you mean "devices"?'],
    [{ devices: [] }, 'race: devices is [], expected names such as ["cpu", "gpu"].'],
    [{ devices: ["cpuu"] }, 'Unknown device "cpuu". Did you mean "cpu"?'],
    [{ devices: ["auto"] }, 'race: devices names "auto", which is one of the others'],
    [{ devices: ["cpu", "cpu"] }, 'race: devices names "cpu" twice; each device runs once.'],
    [{ steps: 1 }, "race: steps is 1, expected a whole number of 2 or more."],
    [{ batchSize: 0 }, "race: batchSize is 0, expected a whole number of 1 or more."],
    [{ batchSize: 64 }, "race: 48 rows do not fill a batch of 64; bring more, or a smaller batchSize."],
    [{ seed: 0.5 }, "race: seed is 0.5, expected a whole number."],
    [{ steps: 8, warmUpSteps: 8 }, "race: warmUpSteps is 8, expected a whole number from 0 to 7."],
    [{ targetAccuracy: 97 }, "race: targetAccuracy is 97, expected a number above 0, at most 1."],
    [{ threads: 0 }, "threads: got 0, expected a whole number from 1 to 256."],
  ])("%j is refused", async (options, message) => {
    await expect(race(smallCnn(), data, { devices: ["cpu"], ...options } as object)).rejects.toThrow(message);
  });

  test("a model that is not compiled, and data that does not fit", async () => {
    const plain = new Sequential([new Dense({ units: 1, inputShape: [2] })], { name: "plain" });
    await expect(race(plain, [[[1, 2]], [1]], { batchSize: 1 })).rejects.toThrow(
      'race: model "plain" is not compiled, so it has no training step.',
    );
    await expect(race(smallCnn(), [images, [1, 2]])).rejects.toThrow("race: x has 48 rows and y has 2");
  });
});

describe("step times", () => {
  test("single arrivals keep their own times, bunches share theirs, and the sum is the time that passed", () => {
    expect(shareArrivals(10, [11, 13, 14])).toEqual([1, 2, 1]);
    const bunch = shareArrivals(0, [6, 6.25, 6.5, 12.5]);
    expect(bunch).toEqual([6.5 / 3, 6.5 / 3, 6.5 / 3, 6]);
    expect(shareArrivals(0, [4, 4, 8, 8])).toEqual([2, 2, 2, 2]);
    // A slow first step makes no bunch of those behind it.
    expect(shareArrivals(0, [1000, 1002, 1004, 1006])).toEqual([1000, 2, 2, 2]);
    expect(shareArrivals(3, [])).toEqual([]);
  });

  test("quantiles by nearest rank", () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(quantile(values, 0.5)).toBe(50);
    expect(quantile(values, 0.95)).toBe(95);
    expect(quantile([3], 0.95)).toBe(3);
  });

  test("the target needs its images: a window of 1,000, of whole batches", () => {
    expect(stepOfTarget([1, 1, 1, 1], 300, 0.97)).toBe(4);
    expect(stepOfTarget([0, 1, 1, 1, 1], 300, 0.97)).toBe(5);
    expect(stepOfTarget([1, 1, 1], 300, 0.97)).toBeUndefined();
    expect(stepOfTarget(new Array(40).fill(31 / 32), 32, 31 / 32)).toBe(32);
  });
});

describe("parity", () => {
  const curve = (device: string, ...losses: number[]) => ({ device, losses });

  test("the largest gap, where and of whom, and the step from which on the numbers part", () => {
    const a = curve("cpu", 2, 1, 0.5);
    expect(compareLosses([a, curve("gpu", 2, 1.0005, 0.5)], 1e-3)).toMatchObject({
      base: "cpu",
      largestAt: 2,
      largestOn: "gpu",
      partsAt: undefined,
    });
    const parts = compareLosses([a, curve("gpu", 2, 1, 0.5), curve("npu", 2, 1.002, 1, 9)], 1e-3)!;
    expect(parts).toMatchObject({ largestAt: 3, largestOn: "npu", largestGap: 0.5, partsAt: 2 });
    expect(parts.gaps).toHaveLength(3);
    expect(compareLosses([a], 1e-3)).toBeUndefined();
    expect(compareLosses([a, curve("gpu")], 1e-3)).toBeUndefined();
    expect(() => compareLosses([a, a], Number.NaN)).toThrow(
      "compareLosses: tolerance is NaN, expected a number from 0, such as 1e-3.",
    );
  });

  test("a loss that is no number on one device only is as far away as can be", () => {
    const nan = compareLosses([curve("cpu", 1, 2), curve("gpu", 1, Number.NaN)], 1e-3)!;
    expect(nan).toMatchObject({ largestGap: Number.POSITIVE_INFINITY, largestAt: 2, partsAt: 2 });
    const same = compareLosses([curve("cpu", 0, Number.NaN), curve("gpu", 0, Number.NaN)], 1e-3)!;
    expect(same).toMatchObject({ largestGap: 0, partsAt: undefined });
  });
});

describe("raceText", () => {
  const speed = { stepMs: [4], medianMs: 4, p95Ms: 5, imagesPerSecond: 8000 };
  const lane = {
    device: "cpu",
    description: "two threads",
    disguised: false,
    startMs: 20,
    compileMs: 110,
    warmUpMs: 45,
    speed,
    speedUp: 4,
    losses: [1, 0.5],
    accuracies: [0.5, 1],
    target: { step: 61, seconds: 0.25 },
  };
  const slow = { ...speed, medianMs: 16, p95Ms: 20, imagesPerSecond: 2000 };
  const gpu = { ...lane, device: "gpu", description: "SwiftShader", disguised: true, speed: slow, speedUp: 1 };
  const full: Race = {
    model: "m",
    steps: 300,
    warmUpSteps: 10,
    batchSize: 32,
    seed: 1,
    targetAccuracy: 0.97,
    lanes: [lane, { ...gpu, target: undefined }],
    failures: [{ device: "reference", reason: "It is out of order." }],
    parity: compareLosses([lane, { device: "gpu", losses: [1, 0.5001] }], 1e-3),
    stopped: false,
  };

  test("devices with their disguise, who is not there, the table, the verdicts", () => {
    expect(raceText(full).split("\n").slice(0, 5)).toEqual([
      "Device: cpu (two threads)",
      "Device: gpu (SwiftShader)",
      "  This GPU is the CPU in disguise: a program computes what a graphics card would.",
      "Not in the race: reference. It is out of order.",
      "",
    ]);
    expect(raceText(full)).toMatch(
      /^device +start \(ms\) +compile \(ms\) +warm-up \(ms\) +step, median \(ms\) +p95 \(ms\) +images\/s +speed-up +to 97%$/m,
    );
    expect(raceText(full)).toMatch(/^cpu +20 +110 +45 +4\.00 +5\.00 +8,000 +4\.00x +0\.25 s, step 61$/m);
    expect(raceText(full)).toMatch(/^gpu +20 +110 +45 +16\.00 +20\.00 +2,000 +1\.00x +not reached$/m);
    expect(raceText(full)).toContain("\nFastest: cpu, 4.00 times as fast as the slowest.\n");
    expect(raceText(full)).toContain(
      "\nLoss per step: the same numbers within 1e-3 in 2 steps; the largest gap, of gpu to cpu, is 2.0e-4 in step 2.\n",
    );
  });

  test("numbers that part; one device alone; none", () => {
    const apart = { ...full, parity: compareLosses([lane, { device: "gpu", losses: [1, 0.6] }], 1e-3) };
    expect(raceText(apart)).toContain(
      "\nLoss per step: NOT the same numbers from step 2 on, where the gap passes 1e-3; the largest gap, of gpu to cpu, " +
        "is 1.7e-1 in step 2 (gap in step 1: 0.0e+0). ",
    );
    const alone = { ...full, lanes: [{ ...lane, speedUp: undefined }], parity: undefined };
    expect(raceText(alone)).toContain("\nOnly cpu ran, so there was nothing to compare with.\n");
    expect(raceText({ ...full, lanes: [], parity: undefined })).toBe(
      "Not in the race: reference. It is out of order.\nNo device could run, so there is nothing to tell.\n",
    );
  });
});

describe("crossover", () => {
  const makeModel = (filters: number) => {
    setSeed(filters);
    const model = new Sequential([new Dense({ units: filters, inputShape: [4], activation: "softmax" })]);
    model.compile({ optimizer: "sgd", loss: "sparse_categorical_crossentropy", device: "cpu", threads: 1 });
    return model;
  };
  const rows = [Array.from({ length: 8 }, (_, i) => [i, 1, 2, 3]), Array.from({ length: 8 }, (_, i) => i % 2)] as const;
  const small = { filters: [2, 3], batchSizes: [1, 4], steps: 8 } as const;

  test("every cell has the speeds of all devices and the winner by the factor between the first two", async () => {
    const seen: string[] = [];
    const result = await crossover(makeModel, rows, {
      ...small,
      devices: ["cpu", "reference"],
      onCell: ({ filters, batchSize }, done, cells) => seen.push(`${filters}x${batchSize} ${done}/${cells}`),
    });
    expect(seen).toEqual(["2x1 1/4", "2x4 2/4", "3x1 3/4", "3x4 4/4"]);
    for (const { imagesPerSecond, winner } of result.cells) {
      const [first, second] = Object.values(imagesPerSecond).sort((a, b) => b - a);
      expect(winner!.factor).toBeCloseTo(first! / second!, 9);
      expect(imagesPerSecond[winner!.device]).toBe(first);
    }
    const text = crossoverText(result);
    expect(text).toMatch(/^filters +batch 1 +batch 4$/m);
    expect(text.match(/^ +[23]( +(cpu|reference) [\d.]+x){2}$/gm)).toHaveLength(2);
  });

  test("one device alone has speeds but no rival; stopped, the rest of the cells stays empty", async () => {
    const stop = new AbortController();
    const result = await crossover(makeModel, rows, {
      ...small,
      devices: ["reference"],
      signal: stop.signal,
      onCell: () => stop.abort(),
    });
    expect(result.cells).toHaveLength(1);
    expect(result.cells[0]!.winner).toEqual({ device: "reference", factor: undefined });
    expect(result.stopped).toBe(true);
    expect(crossoverText(result)).toMatch(/^ +2 +reference [\d,]+\/s +–$/m);
    expect(crossoverText(result)).toMatch(/^ +3 +– +–$/m);
  });

  test("lists that are empty or hold no whole numbers are refused", async () => {
    await expect(crossover(makeModel, rows, { filters: [] })).rejects.toThrow("crossover: filters is []");
    await expect(crossover(makeModel, rows, { batchSizes: [0] })).rejects.toThrow("crossover: batchSizes is 0");
  });
});
