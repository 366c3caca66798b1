/** `fovea sweep`: the same command with every combination of some options, here or by a scheduler, and one table of what came out. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { Option } from "commander";
import { ArgumentError, InputOutputError } from "../../index.ts";
import { plainTable } from "../../view/plain-table.ts";
import { jsonLine } from "../../view/terminal-line.ts";
import type { DefineCommand } from "../command.ts";
import type { CliHost } from "../host.ts";
import { listenForInterrupt } from "../interrupt.ts";
import { naturalNumber, positiveInteger, quote } from "../options.ts";
import { condorScript, slurmScript } from "../sweep-scripts.ts";
import { jobArguments, type SweepJob, sweepJobs } from "../sweep-space.ts";

interface SweepOptions {
  readonly jobs: number;
  readonly samples?: number;
  readonly seed: number;
  readonly results: string;
  readonly scheduler: "local" | "slurm" | "htcondor";
  readonly cores: number;
  readonly submit?: true;
  readonly list?: true;
  readonly table?: true;
  readonly job?: number;
  readonly json?: true;
}

/** What is kept of a job that has ended. */
interface SweepResult {
  readonly job: number;
  readonly options: SweepJob;
  readonly exitCode: number;
  readonly seconds: number;
  /** The last evaluation that the command has reported. */
  readonly scores: Readonly<Record<string, number>>;
}

export const defineSweep: DefineCommand = (command) => {
  command
    .argument("<space>", 'a JSON file: { "learning-rate": [0.1, 0.01], "seed": { "from": 1, "to": 3 } }')
    .argument("[command...]", "after --: the command of fovea that each job runs, with the options that all have")
    .option("--jobs <n>", "jobs at a time on this machine", positiveInteger, 1)
    .option("--samples <n>", "n of the combinations, drawn by --seed", positiveInteger)
    .option("--seed <n>", "of --samples", naturalNumber, 1)
    .option("--results <folder>", "where each job leaves a file", "sweep")
    .addOption(
      new Option("--scheduler <name>", "print the script of an array of jobs instead of running them")
        .choices(["local", "slurm", "htcondor"])
        .default("local"),
    )
    .option("--cores <n>", "of each job, for a scheduler", positiveInteger, Math.min(8, availableParallelism()))
    .option("--submit", "hand the script to sbatch or condor_submit")
    .option("--list", "print the jobs")
    .option("--table", "print the table of the jobs that have ended")
    .option("--job <n>", "run one job, as the tasks of a scheduler's array do", naturalNumber)
    .option("--json", "one JSON object per line on the standard output")
    .addHelpText(
      "after",
      "\nExamples:\n  fovea sweep space.json --jobs 2 -- train --epochs 2\n  fovea sweep space.json --scheduler slurm -- train > sweep.sh\n  fovea sweep space.json --table\n",
    );
  return async (host) => {
    const [space, ...words] = command.args as [string, ...string[]];
    return sweep(space, words, command.opts<SweepOptions>(), host);
  };
};

async function sweep(space: string, words: readonly string[], options: SweepOptions, host: CliHost): Promise<number> {
  const jobs = sweepJobs(readSpace(space), options.samples, options.seed);
  const { results } = options;
  if (options.table) return showTable(jobs, readResults(results), options, host);
  if (words.length === 0)
    throw new ArgumentError(
      "sweep: name the command that each job runs, after two dashes: fovea sweep space.json -- train --epochs 2.",
    );
  const lineOf = (job: SweepJob) => [...words, ...jobArguments(job)];
  if (options.list) {
    jobs.forEach((job, number) => {
      const text = `${host.program} ${lineOf(job).map(quote).join(" ")}`;
      host.out(
        options.json ? jsonLine({ event: "job", job: number, options: job, command: text }) : `${number}: ${text}\n`,
      );
    });
    return 0;
  }
  mkdirSync(results, { recursive: true });
  const run = (number: number) => runJob(number, jobs[number]!, lineOf(jobs[number]!), results, host);
  if (options.job !== undefined) {
    if (options.job >= jobs.length)
      throw new ArgumentError(`--job: got ${options.job}; the space has ${jobs.length} jobs, from 0 on.`);
    const result = await run(options.job);
    host.out(jsonLine({ event: "job", ...result }));
    return result.exitCode;
  }
  if (options.scheduler !== "local") return schedule(space, words, jobs.length, options, host);
  const done = await runPool(jobs.length, options.jobs, run, host);
  return showTable(jobs, done, options, host);
}

function readSpace(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new InputOutputError(`sweep: "${path}" cannot be read: ${(cause as Error).message}.`, { cause });
  }
}

const resultFile = (folder: string, job: number) => join(folder, `job-${job}.json`);

function readResults(folder: string): SweepResult[] {
  if (!existsSync(folder))
    throw new InputOutputError(`sweep: there is no folder "${folder}"; name that of the results by --results.`);
  const names = readdirSync(folder).filter((name) => /^job-\d+\.json$/.test(name));
  return names.map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as SweepResult);
}

/** Runs the command in a process of its own, and keeps what came out. */
function runJob(
  job: number,
  options: SweepJob,
  words: readonly string[],
  folder: string,
  host: CliHost,
): Promise<SweepResult> {
  const interrupt = listenForInterrupt(host);
  const start = performance.now();
  const child = spawn(process.execPath, [process.argv[1]!, ...words, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  // The command keeps its checkpoint, and then ends by itself.
  interrupt.signal.addEventListener("abort", () => child.kill("SIGTERM"));
  let text = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (part: string) => {
    text += part;
  });
  return new Promise((done) => {
    child.on("close", (code) => {
      interrupt.release();
      const seconds = Math.round(performance.now() - start) / 1000;
      const result = { job, options, exitCode: code ?? 1, seconds, scores: scoresOf(text) };
      writeFileSync(resultFile(folder, job), jsonLine(result));
      done(result);
    });
  });
}

/** Numbers of the last evaluation among lines of JSON. */
function scoresOf(text: string): Record<string, number> {
  const events = text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as Record<string, unknown>];
    } catch {
      return [];
    }
  });
  const { event: _, scores, ...own } = events.findLast(({ event }) => event === "evaluation") ?? {};
  const numbers = Object.entries((scores ?? own) as object).filter(([, value]) => typeof value === "number");
  return Object.fromEntries(numbers) as Record<string, number>;
}

/** Runs jobs, so many at a time; a process that is told to stop starts no others. */
async function runPool(
  count: number,
  most: number,
  run: (job: number) => Promise<SweepResult>,
  host: CliHost,
): Promise<SweepResult[]> {
  const interrupt = listenForInterrupt(host);
  const done: SweepResult[] = [];
  let next = 0;
  const work = async () => {
    while (next < count && !interrupt.signal.aborted) {
      const result = await run(next++);
      done.push(result);
      host.err(`job ${result.job}: exit code ${result.exitCode}, ${result.seconds} s (${done.length} of ${count})\n`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, count) }, work));
  interrupt.release();
  return done;
}

/** @returns 0 where all jobs have ended well, else 1 */
function showTable(
  jobs: readonly SweepJob[],
  done: readonly SweepResult[],
  { json }: SweepOptions,
  host: CliHost,
): number {
  const sorted = done.toSorted((a, b) => a.job - b.job);
  if (json) for (const result of sorted) host.out(jsonLine({ event: "job", ...result }));
  else {
    const options = [...new Set(jobs.flatMap((job) => Object.keys(job)))];
    const scores = [...new Set(sorted.flatMap((result) => Object.keys(result.scores)))];
    const columns = ["job", ...options, ...scores].map((heading) => ({
      heading,
      ...(scores.includes(heading) ? { digits: 4 } : {}),
    }));
    const rows = sorted.map((result) => [
      result.job,
      ...options.map((name) => String(result.options[name] ?? "")),
      ...scores.map((name) => result.scores[name]),
      result.exitCode,
      result.seconds,
    ]);
    host.out(plainTable([...columns, { heading: "exit code" }, { heading: "time", unit: "s", digits: 1 }], rows));
    if (sorted.length < jobs.length)
      host.err(`${jobs.length - sorted.length} of ${jobs.length} jobs have not ended.\n`);
  }
  return sorted.every(({ exitCode }) => exitCode === 0) ? 0 : 1;
}

function schedule(space: string, words: readonly string[], jobs: number, options: SweepOptions, host: CliHost): number {
  const { scheduler, samples, seed, cores } = options;
  const results = resolve(options.results);
  const drawn = samples === undefined ? [] : ["--samples", String(samples), "--seed", String(seed)];
  const own = [process.execPath, resolve(process.argv[1]!), "sweep", resolve(space), "--results", results, ...drawn];
  // What stands after the two dashes belongs to the job's command, and --job does not.
  const isSlurm = scheduler === "slurm";
  const text = (isSlurm ? slurmScript : condorScript)({ own, words, jobs, results, cores });
  if (!options.submit) {
    host.out(text);
    return 0;
  }
  const file = join(results, isSlurm ? "sweep.sh" : "sweep.sub");
  writeFileSync(file, text);
  const program = isSlurm ? "sbatch" : "condor_submit";
  try {
    host.out(execFileSync(program, [file], { encoding: "utf8" }));
  } catch (cause) {
    throw new InputOutputError(`sweep: ${program} did not take ${file}: ${(cause as Error).message}.`, { cause });
  }
  return 0;
}
