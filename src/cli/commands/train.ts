/** `fovea train`: the handout from the first to the last line. */
import type { ImageDataset } from "../../data/index.ts";
import { type DeviceName, type History, type Sequential, setSeed, toCategorical, type Verbose } from "../../index.ts";
import { type Checkpoint, type CheckpointOptions, checkpointOf, holdsTraining } from "../checkpoint.ts";
import type { DefineCommand } from "../command.ts";
import { compileHandout, handoutModel } from "../handout-model.ts";
import type { CliHost } from "../host.ts";
import { listenForInterrupt } from "../interrupt.ts";
import { JsonReport } from "../json-report.ts";
import { loadDigits } from "../load-digits.ts";
import {
  deviceOption,
  givenOptions,
  naturalNumber,
  positiveInteger,
  positiveNumber,
  verboseOption,
} from "../options.ts";
import { TextReport } from "../text-report.ts";
import type { TrainReport } from "../train-report.ts";
import { TrainingWatch } from "../training-watch.ts";

interface TrainOptions extends CheckpointOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly device: DeviceName;
  readonly threads?: number;
  readonly data?: string;
  readonly limit?: number;
  readonly seed: number;
  readonly learningRate?: number;
  readonly shuffle: boolean;
  readonly verbose: Verbose;
  readonly json?: true;
}

export const defineTrain: DefineCommand = (command) => {
  command
    .option("--epochs <n>", "passes over the training images", positiveInteger, 3)
    .option("--batch-size <n>", "images per step", positiveInteger, 32)
    .addOption(deviceOption())
    .option(
      "--threads <n>",
      "worker threads of the CPU device (default: the cores of this machine, at most 8)",
      positiveInteger,
    )
    .option("--data <folder>", 'a folder with the four files of MNIST, or "digits": drawn by fovea, no files needed')
    .option("--limit <n>", "train on the first n images only, and test on fewer", positiveInteger)
    .option("--seed <n>", "another seed draws other weights and orders", naturalNumber, 1)
    .option("--learning-rate <x>", "of Adam (default: 0.001)", positiveNumber)
    .option("--no-shuffle", "keep the images in their order")
    .option("--checkpoint <folder>", "keep the training in this folder, after each epoch and when it is stopped")
    .option("--resume", "go on with the training in the folder of --checkpoint")
    .addOption(verboseOption())
    .option("--json", "one JSON object per line on the standard output; the same as --verbose json")
    .addHelpText(
      "after",
      "\nExamples:\n  fovea train\n  fovea train --data digits --limit 1000 --epochs 1\n  fovea train --checkpoint runs/a\n  fovea train --checkpoint runs/a --resume\n",
    );
  const goOn = () => ["train", ...givenOptions(command, ["resume"]), "--resume"].join(" ");
  return (host) => train(command.opts<TrainOptions>(), host, goOn);
};

/** @param goOn the arguments of the command that goes on with this one */
async function train(options: TrainOptions, host: CliHost, goOn: () => string): Promise<number> {
  const verbose = options.json ? "json" : options.verbose;
  const report = verbose === "json" ? new JsonReport(host) : new TextReport(verbose, host);
  const checkpoint = checkpointOf(options);
  const interrupt = listenForInterrupt(host);
  setSeed(options.seed);
  // Compiled before the download, so that a misspelt device is reported at once.
  const model = compileHandout(handoutModel(), options);
  const watch = new TrainingWatch();
  try {
    const { dataset, note } = await loadDigits({
      data: options.data,
      limit: options.limit,
      line: report.line,
      signal: interrupt.signal,
    });
    report.data(dataset, note, options.seed);
    report.model(model);
    await run(model, dataset, options, { report, watch, checkpoint, signal: interrupt.signal });
    return 0;
  } catch (error) {
    if (!interrupt.signal.aborted || error !== interrupt.signal.reason) throw error;
    const isSaved = checkpoint !== undefined && holdsTraining(checkpoint.folder);
    report.interrupted(watch.reached(model), isSaved ? `${host.program} ${goOn()}` : undefined);
    return interrupt.exitCode;
  } finally {
    interrupt.release();
  }
}

interface Run {
  readonly report: TrainReport;
  readonly watch: TrainingWatch;
  readonly checkpoint: Checkpoint | undefined;
  readonly signal: AbortSignal;
}

async function run(model: Sequential, dataset: ImageDataset, options: TrainOptions, run: Run): Promise<History> {
  const { report, watch, checkpoint, signal } = run;
  const { epochs, batchSize, shuffle } = options;
  const { train, test, classNames } = dataset;
  const oneHot = (labels: typeof train.labels) => toCategorical(labels, classNames.length);
  const shown = { ...report.progress, signal };
  const testTargets = oneHot(test.labels);
  watch.starts = async () => {
    const compiled = model.compiledSteps();
    if (compiled !== undefined) report.device(compiled.device, compiled.notice);
  };
  if (options.resume === true) report.resumed(checkpoint!.folder);
  const history = await model.fit(train.images, oneHot(train.labels), {
    ...shown,
    epochs,
    batchSize,
    shuffle,
    validationData: [test.images, testTargets],
    callbacks: checkpoint === undefined ? [watch] : [watch, checkpoint.backup],
  });
  report.evaluation(await model.evaluate(test.images, testTargets, { ...shown, batchSize }));
  const probabilities = await model.predict(test.images, { ...shown, batchSize });
  report.confusion(test.labels.data, probabilities.argMax().data, classNames);
  report.digits(test.images.slice(0, 4), probabilities.slice(0, 4), test.labels.slice(0, 4), classNames);
  const rows = train.images.shape[0]!;
  const { epoch, step } = checkpoint?.backup.resumedFrom ?? { epoch: 0, step: 0 };
  const images = Math.max(0, (epochs - epoch) * rows - Math.min(rows, step * batchSize));
  report.finished({ epochs: epochs - epoch, images, trainSeconds: watch.seconds });
  return history;
}
