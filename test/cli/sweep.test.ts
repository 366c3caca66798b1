import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { condorScript, slurmScript } from "../../src/cli/sweep-scripts.ts";
import { jobArguments, sweepJobs } from "../../src/cli/sweep-space.ts";
import { ArgumentError } from "../../src/index.ts";

const executable = fileURLToPath(new URL("../../dist/node/cli.js", import.meta.url));

describe("the space", () => {
  test("every combination, the last option changing the fastest", () => {
    const jobs = sweepJobs('{ "optimizer": ["adam", "sgd"], "seed": { "from": 1, "to": 2 }, "shuffle": false }');
    expect(jobs.map((job) => jobArguments(job).join(" "))).toEqual([
      "--optimizer adam --seed 1 --no-shuffle",
      "--optimizer adam --seed 2 --no-shuffle",
      "--optimizer sgd --seed 1 --no-shuffle",
      "--optimizer sgd --seed 2 --no-shuffle",
    ]);
  });

  test("some of the combinations are drawn by the seed, none twice", () => {
    const text = '{ "a": { "from": 1, "to": 10 }, "b": { "from": 0, "to": 1, "step": 0.25 } }';
    const drawn = sweepJobs(text, 7, 3);
    expect(new Set(drawn.map((job) => JSON.stringify(job))).size).toBe(7);
    expect(sweepJobs(text, 7, 3)).toEqual(drawn);
    expect(sweepJobs(text, 7, 4)).not.toEqual(drawn);
    expect(sweepJobs(text, 99).length).toBe(50);
  });

  test.each(["[1]", "{}", "{", '{ "a": [] }', '{ "a": { "from": 2, "to": 1 } }', '{ "a": null }'])(
    "%s is refused",
    (text) => {
      expect(() => sweepJobs(text)).toThrow(ArgumentError);
    },
  );
});

describe("scripts", () => {
  const parts = {
    own: ["/usr/bin/node", "/a b/cli.js", "sweep"],
    words: ["train", "--save", "it's"],
    jobs: 4,
    results: "/r",
    cores: 8,
  };

  test("of Slurm: a task of the array for each job", () => {
    expect(slurmScript(parts)).toContain("#SBATCH --array=0-3\n#SBATCH --cpus-per-task=8\n");
    expect(slurmScript(parts)).toMatch(
      /^exec \/usr\/bin\/node '\/a b\/cli.js' sweep --job "\$SLURM_ARRAY_TASK_ID" -- train --save 'it'\\''s'$/m,
    );
  });

  test("of HTCondor: a process of the cluster for each job", () => {
    expect(condorScript(parts)).toContain(
      `arguments = "'/a b/cli.js' sweep --job $(Process) -- train --save 'it''s'"\n`,
    );
    expect(condorScript(parts)).toMatch(/^queue 4$/m);
  });
});

describe("jobs", () => {
  const folder = mkdtempSync(join(tmpdir(), "fovea-sweep-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeAll(() => {
    if (!existsSync(executable)) throw new Error(`${executable} is not there: run "npm run build" before these tests.`);
    writeFileSync(join(folder, "space.json"), '{ "batch-size": [16, "none"] }');
  });
  const sweep = (...args: readonly string[]) =>
    new Promise<{ exitCode: number; stdout: string; stderr: string }>((done) => {
      execFile(
        process.execPath,
        [executable, "sweep", "space.json", ...args],
        { cwd: folder },
        (error, stdout, stderr) => done({ exitCode: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
      );
    });

  test("run here, leave their results, and stand in one table, those that failed too", async () => {
    const { exitCode, stdout } = await sweep(
      "--jobs",
      "2",
      "--",
      "train",
      "--data",
      "digits",
      "--limit",
      "64",
      "--epochs",
      "1",
    );
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^job +batch-size +accuracy +loss +exit code +time \(s\)/m);
    expect(stdout).toMatch(/^ *0 +16 +0\.\d{4} +\d\.\d{4} +0 +\d+\.\d$/m);
    expect(stdout).toMatch(/^ *1 +none +– +– +1 +\d+\.\d$/m);
    expect((await sweep("--table")).stdout).toBe(stdout);
    expect(JSON.parse(readFileSync(join(folder, "sweep/job-0.json"), "utf8"))).toMatchObject({
      job: 0,
      exitCode: 0,
      options: { "batch-size": 16 },
    });
  });
});
