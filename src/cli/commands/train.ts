/** `fovea train`: the handout from the first to the last line. */
import type { ImageDataset } from "../../data/index.ts";
import { type DeviceName, type History, type Model, setSeed, type Verbose } from "../../index.ts";
import { type Checkpoint, type CheckpointOptions, checkpointOf, holdsTraining } from "../checkpoint.ts";
import type { DefineCommand } from "../command.ts";
import { compiledModel } from "../compiled-model.ts";
import { joinProcesses } from "../distributed.ts";
import type { CliHost } from "../host.ts";
import { pixelRange } from "../image-input.ts";
import { listenForInterrupt } from "../interrupt.ts";
import { JsonReport } from "../json-report.ts";
import { fitDigits } from "../labelled-data.ts";
import { loadDigits } from "../load-digits.ts";
import {
  deviceOption,
  distributedOption,
  givenOptions,
  modelArgument,
  naturalNumber,
  positiveInteger,
  positiveNumber,
  quote,
  threadsOption,
  verboseOption,
} from "../options.ts";
import { checkModelFile } from "../output-file.ts";
import { targetForm, targetsOf } from "../targets.ts";
import { TextReport } from "../text-report.ts";
import type { TrainReport } from "../train-report.ts";
import { TrainingWatch } from "../training-watch.ts";

interface TrainOptions extends CheckpointOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly device?: DeviceName;
  readonly threads?: number;
  readonly data?: string;
  readonly limit?: number;
  readonly seed: number;
  readonly learningRate?: number;
  readonly shuffle: boolean;
  readonly verbose: Verbose;
  readonly save?: string;
  readonly json?: true;
  readonly distributed?: true;
}

export const defineTrain: DefineCommand = (command) => {
  command
    .argument("[model]", `${modelArgument} (default: the handout's CNN)`)
    .option("--epochs <n>", "passes over the training images", positiveInteger, 3)
    .option("--batch-size <n>", "images per step", positiveInteger, 32)
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(distributedOption())
    .option("--data <folder>", 'a folder with the four files of MNIST, or "digits": drawn by fovea, no files needed')
    .option("--limit <n>", "train on the first n images only, and test on fewer", positiveInteger)
    .option("--seed <n>", "another seed draws other weights and orders", naturalNumber, 1)
    .option(
      "--learning-rate <x>",
      "of the optimizer (default: the model's own; of the handout's 0.001)",
      positiveNumber,
    )
    .option("--no-shuffle", "keep the images in their order")
    .option("--checkpoint <folder>", "keep the training in this folder, after each epoch and when it is stopped")
    .option("--resume", "go on with the training in the folder of --checkpoint")
    .option("--save <file>", "write the trained model; the ending says the format: .keras, .h5, .onnx, .json")
    .addOption(verboseOption())
    .option("--json", "one JSON object per line on the standard output; the same as --verbose json")
    .addHelpText(
      "after",
      "\nExamples:\n  fovea train\n  fovea train --data digits --limit 1000 --epochs 1\n  fovea train --checkpoint runs/a\n  fovea train --checkpoint runs/a --resume\n  fovea train a.keras --epochs 1 --save b.keras\n  mpirun -n 4 --bind-to none fovea train --distributed\n",
    );
  return (host) => {
    const [path] = command.args;
    const file = path === undefined ? [] : [quote(path)];
    const goOn = () => ["train", ...file, ...givenOptions(command, ["resume"]), "--resume"].join(" ");
    const run = () => train(path, command.opts<TrainOptions>(), host, goOn);
    return command.opts<TrainOptions>().save === undefined ? run() : host.finishing(run);
  };
};

/**
 * @param path of the model; undefined: the handout's
 * @param goOn the arguments of the command that goes on with this one
 */
async function train(
  path: string | undefined,
  options: TrainOptions,
  process: CliHost,
  goOn: () => string,
): Promise<number> {
  const joined = options.distributed ? await joinProcesses(process) : undefined;
  const { host, isFirst } = joined ?? { host: process, isFirst: true };
  const verbose = options.json ? "json" : options.verbose;
  const report = verbose === "json" ? new JsonReport(host) : new TextReport(verbose, host);
  const checkpoint = checkpointOf(options);
  if (options.save !== undefined) await checkModelFile("--save", options.save);
  setSeed(options.seed);
  // Compiled before the download, so that a misspelt device is reported at once.
  const { model, notes } = await compiledModel(path, options, ["accuracy"]);
  for (const note of notes) host.err(`${note}\n`);
  const interrupt = listenForInterrupt(host);
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
    joined?.reportExchanges();
    if (options.save !== undefined && isFirst) {
      await model.save(options.save);
      report.saved(options.save);
    }
    return 0;
  } catch (error) {
    if (!interrupt.isReason(error)) throw error;
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

async function run(model: Model, dataset: ImageDataset, options: TrainOptions, run: Run): Promise<History> {
  const { report, watch, checkpoint, signal } = run;
  const { epochs, batchSize, shuffle } = options;
  const { train, test, classNames } = dataset;
  const form = targetForm("train", model, classNames.length);
  const range = pixelRange(model, undefined);
  const [images, testImages] = [train, test].map((split) => fitDigits("train", model, split.images, range));
  const [targets, testTargets] = [train, test].map(({ labels }) => targetsOf(labels, form, classNames.length));
  const shown = { ...report.progress, signal };
  watch.starts = async () => {
    const compiled = model.compiledSteps();
    if (compiled !== undefined) report.device(compiled.device, compiled.notice);
  };
  if (options.resume === true) report.resumed(checkpoint!.folder);
  const history = await model.fit(images!, targets!, {
    ...shown,
    epochs,
    batchSize,
    shuffle,
    validationData: [testImages!, testTargets!],
    callbacks: checkpoint === undefined ? [watch] : [watch, checkpoint.backup],
  });
  report.evaluation(await model.evaluate(testImages!, testTargets!, { ...shown, batchSize }));
  const probabilities = await model.predict(testImages!, { ...shown, batchSize });
  report.confusion(test.labels.data, probabilities.argMax().data, classNames);
  report.digits(test.images.slice(0, 4), probabilities.slice(0, 4), test.labels.slice(0, 4), classNames);
  const rows = train.images.shape[0]!;
  const { epoch, step } = checkpoint?.backup.resumedFrom ?? { epoch: 0, step: 0 };
  const trained = Math.max(0, (epochs - epoch) * rows - Math.min(rows, step * batchSize));
  report.finished({ epochs: epochs - epoch, images: trained, trainSeconds: watch.seconds });
  return history;
}
