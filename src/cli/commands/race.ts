/** `fovea race`: the same training on one device after the other. */
import { InvalidArgumentError, Option } from "commander";
import { formatCount } from "../../base/format.ts";
import type { ImageDataset } from "../../data/index.ts";
import { ArgumentError, type Model, type Sequential, setSeed, type Tensor } from "../../index.ts";
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
import { raceLanes, toSvg } from "../../view/plot/index.ts";
import { jsonLine, type LineOptions } from "../../view/terminal-line.ts";
import type { DefineCommand } from "../command.ts";
import { compiledModel } from "../compiled-model.ts";
import { compileHandout, handoutModel, secondFilters } from "../handout-model.ts";
import type { CliHost } from "../host.ts";
import { pixelRange } from "../image-input.ts";
import { listenForInterrupt } from "../interrupt.ts";
import { fitDigits } from "../labelled-data.ts";
import { loadDigits } from "../load-digits.ts";
import { modelArgument, naturalNumber, positiveInteger, threadsOption } from "../options.ts";
import { checkOutputFile, writeOutputFile } from "../output-file.ts";
import { RaceProgressLine } from "../race-progress-line.ts";
import { targetForm, targetsOf } from "../targets.ts";

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
    .argument("[model]", `${modelArgument} (default: the handout's CNN)`)
    .addOption(
      new Option("--devices <names>", "cpu, gpu, reference: which ones, in which order")
        .argParser(deviceNames)
        .default(["cpu", "gpu"], "cpu,gpu"),
    )
    .option("--steps <n>", "training steps per device", positiveInteger, 300)
    .option("--batch-size <n>", "images per step", positiveInteger, 32)
    .option("--filters <n>", "of the handout's first convolution; the second one has half as many", positiveInteger, 64)
    .option("--seed <n>", "another seed draws other weights and orders", naturalNumber, 1)
    .addOption(threadsOption())
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
      "\nExamples:\n  fovea race\n  fovea race a.keras --steps 100\n  fovea race --devices cpu,reference --filters 4 --steps 40 --data digits --limit 1000 --svg race.svg\n",
    );
  return (host) => {
    const [path] = command.args;
    const options = command.opts<RaceCommandOptions>();
    const sized = command.getOptionValueSource("filters") === "cli" ? "--filters" : "--crossover";
    if (path !== undefined && (options.crossover || sized === "--filters"))
      throw new ArgumentError(
        `${sized} makes the handout's CNN in other sizes; leave it out to race the model of "${path}".`,
      );
    const run = () => raceAndReport(path, options, host);
    return options.json === undefined && options.svg === undefined ? run() : host.finishing(run);
  };
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

async function raceAndReport(path: string | undefined, options: RaceCommandOptions, host: CliHost): Promise<number> {
  const { json, svg } = options;
  // Reports wrong devices before the download and the race.
  checkDevices("race", options.devices);
  if (json !== undefined) await checkOutputFile("--json", json);
  if (svg !== undefined) await checkOutputFile("--svg", svg);
  const runner = await runnerOf(path, options);
  for (const note of runner.notes) host.err(`${note}\n`);
  const interrupt = listenForInterrupt(host);
  try {
    const line: LineOptions = { ...host.progress, write: (text) => host.err(text), now: () => performance.now() };
    const { data, limit } = options;
    const { dataset, note } = await loadDigits({ data, limit, line, signal: interrupt.signal });
    if (note !== undefined) host.err(`${note}\n`);
    const { result, table } = await compete(runner, options, dataset, { host, line, signal: interrupt.signal });
    if (json !== undefined) {
      const { name, source } = dataset;
      const written = { event: "race", data: { name, source }, ...runner.fields, ...result, crossover: table };
      await writeOutputFile(json, jsonLine(written));
      host.out(`Written: ${json}\n`);
    }
    if (svg !== undefined && result.lanes.length > 0) {
      await writeOutputFile(svg, figureOf(result, dataset, runner));
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

/** The model that races. */
interface RaceModel {
  readonly model: Model;
  readonly notes: readonly string[];
  /** For people: "the handout's CNN with 64 and 32 filters". */
  readonly title: string;
  /** For programs. */
  readonly fields: object;
}

async function runnerOf(path: string | undefined, options: RaceCommandOptions): Promise<RaceModel> {
  if (path !== undefined) {
    const { model, notes } = await compiledModel(path, { threads: options.threads }, ["accuracy"]);
    return { model, notes, title: `"${model.name}"`, fields: { path } };
  }
  const { filters } = options;
  const title = `the handout's CNN with ${filters} and ${secondFilters(filters)} filters`;
  return { model: makeModel(filters, options), notes: [], title, fields: { filters } };
}

interface Course {
  readonly host: CliHost;
  readonly line: LineOptions;
  readonly signal: AbortSignal;
}

async function compete(
  { model, title }: RaceModel,
  options: RaceCommandOptions,
  { name, source, train, classNames }: ImageDataset,
  { host, line, signal }: Course,
): Promise<{ readonly result: Race; readonly table: Crossover | undefined }> {
  const { devices, steps, batchSize, seed } = options;
  const form = targetForm("race", model, classNames.length);
  const pair: readonly [Tensor, Tensor] = [
    fitDigits("race", model, train.images, pixelRange(model, undefined)),
    targetsOf(train.labels, form, classNames.length),
  ];
  host.out(
    `Data: ${name}, ${formatCount(train.images.shape[0]!)} training images (${source})\n` +
      `Model: ${title}, ${formatCount(model.countParams())} parameters, ${model.optimizer!.className}\n`,
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

function figureOf(result: Race, { name }: ImageDataset, { title }: RaceModel): string {
  const { lanes, parity, batchSize, seed } = result;
  const done = Math.max(...lanes.map(({ losses }) => losses.length));
  return toSvg(
    raceLanes({
      title: lanes.map(({ device }) => device.toUpperCase()).join(" against "),
      subtitle:
        `${title[0]!.toUpperCase()}${title.slice(1)}, ${name}, ${formatCount(done)} steps of ` +
        `${formatCount(batchSize)} images, seed ${seed}; one device after the other.`,
      lanes,
      parity,
    }),
  );
}
