/** Trainings of several processes by MPI. They are skipped where there is no mpirun, and never in CI, which installs two. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Benchmark } from "fovea/insight";
import { beforeAll, describe, expect, test } from "vitest";
import { type Launched, launch, launchers, program, type Trained } from "./launchers.ts";

const found = launchers();
const openMpi = found["Open MPI"];
if (process.env.CI_MPI !== undefined && Object.keys(found).length < 2)
  throw new Error("CI_MPI is set: mpirun.openmpi and mpirun.mpich must be installed.");

/** 97 rows in batches of 16: the last batch has one row, so that most of several processes have none. */
const rich = { model: "rich" };
const own = { model: "rich", own: true, shuffle: false };
const others = [
  { model: "outputs", batchSize: 18, epochs: 6 },
  { model: "accumulation" },
  { model: "dataset" },
  { model: "stateful", rows: 96, shuffle: false, epochs: 6 },
];
const deep = { model: "deep" };
const cases = [rich, own, deep, ...others];

/** Greatest difference of two numbers by name or place, relative to the first. */
function difference(a: object, b: object): number {
  const [one, other] = [a, b].map((each) => Object.values(each).flat() as number[]);
  expect(other!.length).toBe(one!.length);
  return Math.max(...one!.map((value, i) => Math.abs(value - other![i]!) / Math.max(1e-3, Math.abs(value))));
}

describe.skipIf(openMpi === undefined)("losses, metrics and weights of several processes are those of one", () => {
  let alone: Launched;

  beforeAll(async () => {
    alone = await launch([process.execPath, program, JSON.stringify(cases)]);
  });

  const runs: [keyof typeof found, number, readonly object[]][] = [
    ["Open MPI", 2, cases],
    ["Open MPI", 4, [rich, own, deep]],
    ["MPICH", 2, [rich, own, deep]],
  ];
  test.each(runs.filter(([name]) => found[name] !== undefined))("%s, %i processes", async (name, count, some) => {
    const command = [...found[name]!, "-n", `${count}`, "node", program, JSON.stringify(some)];
    const { exitCode, trained, stderr } = await launch(command);
    expect(stderr.replace(/^.*may use one core only.*$/gm, "").trim()).toBe("");
    expect(exitCode).toBe(0);
    some.forEach((_, i) => {
      const [one] = alone.trained[i] as [Trained];
      const all = trained[i]!;
      expect(all.map(({ error }) => error)).toEqual(all.map(() => ""));
      expect(one.losses.length).toBeGreaterThan(32);
      expect(all.length).toBe(count);
      for (const each of all) {
        expect(each.size).toBe(count);
        expect(difference(one.losses, each.losses)).toBeLessThan(1e-4);
        expect(difference(one.history, each.history)).toBeLessThan(1e-4);
        expect(difference(one.scores, each.scores)).toBeLessThan(1e-4);
        expect(each.weights).toBe(all[0]!.weights);
      }
    });
  });
});

describe.skipIf(openMpi === undefined)("gradients that are exchanged while others are computed", () => {
  test("are those that are exchanged at the end, in more exchanges", async () => {
    const list = [{ ...deep, overlap: false }, deep];
    const { trained } = await launch([...openMpi!, "-n", "2", "node", program, JSON.stringify(list)]);
    const [atEnd, ahead] = trained.map(([first]) => first!) as [Trained, Trained];
    expect(difference(atEnd.losses, ahead.losses)).toBeLessThan(1e-6);
    expect(ahead.exchanges - atEnd.exchanges).toBeGreaterThan(atEnd.exchanges);
  });
});

interface GoldenTraining {
  readonly losses: readonly number[];
  readonly weights: readonly (readonly number[])[];
  /** Moving mean and variance. */
  readonly moving: readonly (readonly number[])[];
}

const golden: Readonly<Record<"local" | "synchronized", GoldenTraining>> & { batchSize: number; epochs: number } =
  JSON.parse(readFileSync(new URL("../golden/replicas.json", import.meta.url), "utf8"));

describe.skipIf(openMpi === undefined)("batch normalization in two processes", () => {
  const { batchSize, epochs } = golden;
  const keras = { model: "golden", batchSize, epochs, shuffle: false };
  const list = [
    { ...keras },
    { ...keras, local: true },
    { ...keras, local: true, synchronized: true },
    { model: "rich", local: true },
    { model: "rich", local: true, synchronized: true },
  ];
  let alone: Launched;
  let both: Launched;

  beforeAll(async () => {
    const command = ["node", program, JSON.stringify(list)];
    [alone, both] = [await launch(command), await launch([...openMpi!, "-n", "2", ...command])];
    expect([alone.exitCode, both.exitCode]).toEqual([0, 0]);
  });

  const expectKeras = (trained: readonly Trained[], { losses, weights, moving }: GoldenTraining) => {
    // Kernel, bias, gamma, beta, moving mean, moving variance, kernel, bias.
    const expected = [...weights.slice(0, 4), ...moving, ...weights.slice(6)];
    for (const each of trained) {
      expect(each.error).toBe("");
      expect(difference(losses, each.losses)).toBeLessThan(1e-4);
      // The loss does not depend on a bias before a normalization: what moves it is rounding.
      expected.forEach((values, i) => {
        expect(difference(values, each.values[i]!)).toBeLessThan(i === 1 ? 1e-3 : 1e-4);
      });
      expect(each.weights).toBe(trained[0]!.weights);
    }
  };

  test("has the statistics of the whole batch by default, as in one process", () => {
    const { synchronized } = golden;
    const expected = { ...synchronized, moving: synchronized.weights.slice(4, 6) };
    expectKeras(both.trained[0]!, expected);
    expectKeras(alone.trained[0]!, expected);
  });

  test("has those of each process by localStatistics, and one process's own are those of its batch", () => {
    expectKeras(both.trained[1]!, golden.local);
    expect(alone.trained[1]![0]!.weights).toBe(alone.trained[0]![0]!.weights);
  });

  test("has those of the whole batch by synchronized, whatever the others have", () => {
    expect(both.trained[2]!.map(({ weights }) => weights)).toEqual(both.trained[0]!.map(({ weights }) => weights));
    expect(difference(alone.trained[4]![0]!.losses, both.trained[4]![0]!.losses)).toBeLessThan(1e-4);
  });

  test("goes on with a process that has no rows of a batch", () => {
    const [first, second] = both.trained[3] as [Trained, Trained];
    expect(first.error).toBe("");
    expect(first.losses.every(Number.isFinite)).toBe(true);
    expect(second.losses).toEqual(first.losses);
    expect(second.weights).toBe(first.weights);
    expect(difference(alone.trained[3]![0]!.losses, first.losses)).toBeGreaterThan(1e-3);
  });
});

describe.skipIf(openMpi === undefined)("processes that cannot go on together", () => {
  const run = (given: object, env: Readonly<Record<string, string>> = {}) =>
    launch([...openMpi!, "-n", "2", "node", program, JSON.stringify([given])], env);

  test("a process that dies: the others end, and say who it was", async () => {
    const { exitCode, stderr } = await run({ epochs: 200, killAt: 9 });
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/error: Rank 1 \(process \d+ on .+\) has ended in the midst of the program/);
  });

  test("a process that dies before the processes have met is named too", async () => {
    const { exitCode, stderr } = await run({}, { TEST_KILL_AT_START: "1" });
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/^error: Rank 1 \(process \d+ on .+\) has ended in the midst of the program/m);
  });

  test("a process that does something else: all end, and say which one it was", async () => {
    const { exitCode, stderr } = await run({ epochs: 200, hangAt: 5 }, { TEST_TIMEOUT: "2" });
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/error: Rank 1 \(.+\) \(after exchange \d+\) has kept Rank 0 .+ waiting for 2 s/);
  });

  test("other seeds and data are found; a process that is told to stop stops all; what is gone on with ends as if it had not been", async () => {
    const backup = mkdtempSync(join(tmpdir(), "fovea-cluster-"));
    try {
      const list = [
        { seeds: true },
        { data: true },
        { epochs: 3 },
        { epochs: 3, backup, abortAt: 9 },
        { epochs: 3, backup },
      ];
      const { trained } = await launch([...openMpi!, "-n", "2", "node", program, JSON.stringify(list)]);
      const [seeds, data, straight, stopped, resumed] = trained as (readonly [Trained, Trained])[];
      const differ = (what: string) =>
        expect.stringMatching(`^DeviceError: The processes cannot train.* differ in ${what}`);
      expect(seeds!.map(({ error }) => error)).toEqual([differ("the seed"), differ("the seed")]);
      expect(data!.map(({ error }) => error)).toEqual([differ("the data"), differ("the data")]);
      expect(stopped![0].losses).toEqual(stopped![1].losses);
      expect(stopped![0].losses.length).toBeLessThan(15);
      expect(stopped!.map(({ error }) => error)).toEqual([
        expect.stringContaining("AbortError"),
        expect.stringContaining("AbortError"),
      ]);
      expect(resumed!.map(({ weights }) => weights)).toEqual(straight!.map(({ weights }) => weights));
    } finally {
      rmSync(backup, { recursive: true });
    }
  });
});

describe.skipIf(openMpi === undefined)("fovea bench --distributed", () => {
  const executable = fileURLToPath(new URL("../../dist/node/cli.js", import.meta.url));
  const bench = [process.execPath, executable, "bench", "--distributed", "--seconds", "0.2", "--threads", "1"];

  test("tells what exchanges take of a step, in the whole and in the profile", async () => {
    const { exitCode, stdout } = await launch([...openMpi!, "-n", "2", ...bench, "--batch-size", "33", "--json"]);
    expect(exitCode).toBe(0);
    const lines = stdout.trim().split("\n");
    expect(lines).toHaveLength(1);
    const { exchange, profile, batchSize, stepMs, imagesPerSecond } = JSON.parse(lines[0]!) as Benchmark;
    expect(batchSize).toBe(33);
    expect((33 * 1000) / stepMs / imagesPerSecond).toBeCloseTo(1, 6);
    // Gradients of 203,434 weights, the loss, and the two wishes to stop.
    expect(exchange).toMatchObject({ processes: 2, count: 1 });
    expect(exchange!.bytes / 4 - 203_434).toBeGreaterThanOrEqual(3);
    expect(exchange!.bytes / 4 - 203_434).toBeLessThan(20);
    expect(exchange!.stepMs).toBeGreaterThan(0);
    expect(exchange!.stepMs).toBeLessThan(stepMs);
    const row = profile!.layers.find(({ layer }) => layer === "exchange")!;
    expect(row.forwardMs).toBeGreaterThan(0);
    expect(row.backwardMs).toBe(0);
  });

  test("has a sentence for people, and none for predictions", async () => {
    const both = await launch([...openMpi!, "-n", "2", ...bench]);
    expect(
      both.stdout.match(/^2 processes: 1 exchange of 794\.\d+ KB in all takes \d+\.\d\d ms of a step/gm),
    ).toHaveLength(1);
    const { exitCode, stderr } = await launch([...bench, "--mode", "predict"]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: --distributed goes with --mode train/);
  });
});

describe.skipIf(openMpi === undefined)("fovea train --distributed", () => {
  const executable = fileURLToPath(new URL("../../dist/node/cli.js", import.meta.url));
  const train = [process.execPath, executable, "train", "--distributed", "--data", "digits", "--limit", "64"];

  test("the first process prints, and nobody else", async () => {
    const { exitCode, stdout, stderr } = await launch([...openMpi!, "-n", "2", ...train, "--epochs", "1", "--json"]);
    expect(exitCode).toBe(0);
    expect(stdout.match(/"event":"finished"/g)?.length).toBe(1);
    expect(stderr).toMatch(/^2 processes train together\.$/m);
    expect(stderr).toMatch(/^\d+ exchanges between 2 processes took \d+\.\d s\.$/m);
  });

  test("a process that was started alone is told how to start several", async () => {
    const { exitCode, stderr } = await launch(train);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: --distributed: this process was started alone\. Start several: mpirun -n 4/);
  });
});
