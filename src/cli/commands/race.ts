/** `fovea race`: the same training on one device after the other. */
import { InvalidArgumentError, Option } from "commander";
import { formatCount } from "../../base/format.ts";
import type { ImageDataset } from "../../data/index.ts";
import { type Sequential, setSeed, type Tensor, toCategorical } from "../../index.ts";
import { checkCrossover } from "../../insight/crossover.ts";
import {
  type Crossover,
  crossover,
  crossoverText,
  type Race,
  type RaceDevice,
  race,
  raceText,
} from "../../insight/index.ts";
import { checkDevices } from "../../insight/race-options.ts";
import { raceFigure } from "../../view/race-figure.ts";
import { jsonLine, type LineOptions } from "../../view/terminal-line.ts";
import type { DefineCommand } from "../command.ts";
import { compileHandout, handoutModel, secondFilters } from "../handout-model.ts";
import type { CliHost } from "../host.ts";
import { listenForInterrupt } from "../interrupt.ts";
import { loadDigits } from "../load-digits.ts";
import { naturalNumber, positiveInteger } from "../options.ts";
import { checkOutputFile, writeOutputFile } from "../output-file.ts";
import { RaceProgressLine } from "../race-progress-line.ts";

interface RaceCommandOptions {
  readonly devices: readonly RaceDevice[];
  readonly steps: number;
  readonly batchSize: number;
  readonly filters: number;
  readonly seed: number;
  readonly threads?: number;
  readonly data?: string;
  readonly limit?: number;
  readonly crossover?: true;
  readonly json?: string;
  readonly svg?: string;
}

export const defineRace: DefineCommand = (command) => {
  command
    .addOption(
      new Option("--devices <names>", "cpu, gpu, reference: which ones, in which order")
        .argParser(deviceNames)
        .default(["cpu", "gpu"], "cpu,gpu"),
    )
    .option("--steps <n>", "training steps per device", positiveInteger, 300)
    .option("--batch-size <n>", "images per step", positiveInteger, 32)
    .option("--filters <n>", "of the first convolution; the second one has half as many", positiveInteger, 64)
    .option("--seed <n>", "another seed draws other weights and orders", naturalNumber, 1)
    .option(
      "--threads <n>",
      "worker threads of the CPU device (default: the cores of this machine, at most 8)",
      positiveInteger,
    )
    .option("--data <folder>", 'a folder with the four files of MNIST, or "digits": drawn by fovea, no files needed')
    .option("--limit <n>", "use the first n training images only", positiveInteger)
    .option(
      "--crossover",
      "also 12 short races over filters and batch sizes: who wins where (minutes on a slow device)",
    )
    .option("--json <file>", "write all figures, every loss included, as JSON")
    .option("--svg <file>", "write a figure: images per second, losses on top of each other")
    .addHelpText(
      "after",
      "\nExamples:\n  fovea race\n  fovea race --devices cpu,reference --filters 4 --steps 40 --data digits --limit 1000 --svg race.svg\n",
    );
  return (host) => runRace(command.opts<RaceCommandOptions>(), host);
};

/** The names are checked later, with a message that suggests the nearest one. */
function deviceNames(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("")) throw new InvalidArgumentError("Expected names with commas between them, such as cpu,gpu.");
  return names;
}

/** The handout's model with a given number of filters; the same seed gives the same weights. */
function makeModel(filters: number, { seed, threads }: RaceCommandOptions): Sequential {
  setSeed(seed);
  return compileHandout(handoutModel(filters), { device: "cpu", threads });
}

function runRace(options: RaceCommandOptions, host: CliHost): Promise<number> {
  const run = () => raceAndReport(options, host);
  return options.json === undefined && options.svg === undefined ? run() : host.finishing(run);
}

async function raceAndReport(options: RaceCommandOptions, host: CliHost): Promise<number> {
  const { json, svg } = options;
  // Reports wrong devices before the download and the race.
  checkDevices("race", options.devices);
  if (json !== undefined) await checkOutputFile("--json", json);
  if (svg !== undefined) await checkOutputFile("--svg", svg);
  const interrupt = listenForInterrupt(host);
  try {
    const line: LineOptions = { ...host.progress, write: (text) => host.err(text), now: () => performance.now() };
    const { data, limit } = options;
    const { dataset, note } = await loadDigits({ data, limit, line, signal: interrupt.signal });
    if (note !== undefined) host.err(`${note}\n`);
    const { result, table } = await compete(options, dataset, { host, line, signal: interrupt.signal });
    if (json !== undefined) {
      const { name, source } = dataset;
      const written = { event: "race", data: { name, source }, filters: options.filters, ...result, crossover: table };
      await writeOutputFile(json, jsonLine(written));
      host.out(`Written: ${json}\n`);
    }
    if (svg !== undefined && result.lanes.length > 0) {
      await writeOutputFile(svg, figureOf(result, dataset, options));
      host.out(`Written: ${svg}\n`);
    }
    if (interrupt.signal.aborted) return interrupt.exitCode;
    return result.lanes.length === 0 ? 1 : 0;
  } catch (error) {
    if (!interrupt.signal.aborted || error !== interrupt.signal.reason) throw error;
    host.err("Stopped before the race began.\n");
    return interrupt.exitCode;
  } finally {
    interrupt.release();
  }
}

interface Course {
  readonly host: CliHost;
  readonly line: LineOptions;
  readonly signal: AbortSignal;
}

async function compete(
  options: RaceCommandOptions,
  { name, source, train, classNames }: ImageDataset,
  { host, line, signal }: Course,
): Promise<{ readonly result: Race; readonly table: Crossover | undefined }> {
  const { devices, steps, batchSize, filters, seed } = options;
  const model = makeModel(filters, options);
  const pair: readonly [Tensor, Tensor] = [train.images, toCategorical(train.labels, classNames.length)];
  host.out(
    `Data: ${name}, ${formatCount(train.images.shape[0]!)} training images (${source})\n` +
      `Model: the handout's CNN with ${filters} and ${secondFilters(filters)} filters, ${formatCount(model.countParams())} parameters, Adam\n`,
  );
  const seats = { devices, seed, signal };
  if (options.crossover) checkCrossover(pair[0], seats);
  const progress = new RaceProgressLine(line);
  const result = await race(model, pair, { devices, steps, batchSize, seed, signal, ...progress.listeners });
  progress.end();
  host.out(raceText(result));
  if (!options.crossover || signal.aborted || result.lanes.length === 0) return { result, table: undefined };
  const table = await crossover((count) => makeModel(count, options), pair, {
    ...seats,
    devices: devices.filter((name) => !result.failures.some(({ device }) => device === name)),
    onCell: ({ filters: count, batchSize: rows }, done, cells) =>
      host.err(`Crossover ${done}/${cells}: ${count} filters, batch ${rows}\n`),
  });
  host.out(`\n${crossoverText(table)}`);
  return { result, table };
}

function figureOf(result: Race, { name }: ImageDataset, { filters }: RaceCommandOptions): string {
  const { lanes, parity, batchSize, seed } = result;
  const done = Math.max(...lanes.map(({ losses }) => losses.length));
  return raceFigure({
    title: lanes.map(({ device }) => device.toUpperCase()).join(" against "),
    subtitle:
      `The handout's CNN with ${filters} and ${secondFilters(filters)} filters, ${name}, ${formatCount(done)} steps of ` +
      `${formatCount(batchSize)} images, seed ${seed}; one device after the other.`,
    lanes,
    parity,
  });
}
