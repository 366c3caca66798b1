/** `fovea evaluate`: loss and metrics of a model on labelled data. */
import type { DeviceName } from "../../index.ts";
import { jsonLine, type LineOptions } from "../../view/terminal-line.ts";
import type { DefineCommand } from "../command.ts";
import { compiledModel } from "../compiled-model.ts";
import { joinProcesses } from "../distributed.ts";
import type { CliHost } from "../host.ts";
import { type PixelRange, pixelRange, pixelsOption } from "../image-input.ts";
import { listenForInterrupt } from "../interrupt.ts";
import { labelledData } from "../labelled-data.ts";
import {
  deviceOption,
  distributedOption,
  modelArgument,
  nameList,
  positiveInteger,
  threadsOption,
} from "../options.ts";
import { scoresText } from "../scores.ts";

interface EvaluateCommandOptions {
  readonly loss?: string;
  readonly metrics?: readonly string[];
  readonly batchSize: number;
  readonly limit?: number;
  readonly pixels?: PixelRange;
  readonly label?: string;
  readonly device?: DeviceName;
  readonly threads?: number;
  readonly json?: true;
  readonly distributed?: true;
}

export const defineEvaluate: DefineCommand = (command) => {
  command
    .argument("<model>", modelArgument)
    .argument(
      "[data]",
      'a folder with the files of MNIST, or with a folder of pictures for each class; a .npz file; a .csv file; "digits" (default: MNIST\'s test images)',
    )
    .option("--loss <name>", "in place of the one that the model is compiled with")
    .option("--metrics <names>", "with commas between them, in place of the model's own", nameList)
    .option("--batch-size <n>", "rows of a step", positiveInteger, 32)
    .option("--limit <n>", "n rows only; of a folder of pictures any n", positiveInteger)
    .addOption(pixelsOption())
    .option("--label <column>", "the column of a table that holds the labels")
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(distributedOption())
    .option("--json", "the result as one JSON object on the standard output")
    .addHelpText(
      "after",
      "\nExamples:\n  fovea evaluate a.keras\n  fovea evaluate flowers.keras flowers/ --metrics accuracy,sparse_top_k_categorical_accuracy\n  fovea evaluate a.onnx mnist.npz --loss sparse_categorical_crossentropy --json\n",
    );
  return (host) => {
    const [path, data] = command.args as [string, string?];
    return evaluate(path, data, command.opts<EvaluateCommandOptions>(), host);
  };
};

async function evaluate(
  path: string,
  data: string | undefined,
  options: EvaluateCommandOptions,
  process: CliHost,
): Promise<number> {
  const { batchSize, limit, label, json } = options;
  const { host } = options.distributed ? await joinProcesses(process) : { host: process };
  const { model, notes } = await compiledModel(path, options, ["accuracy"]);
  const pixels = pixelRange(model, options.pixels);
  const write = (text: string) => host.err(text);
  const line: LineOptions = { ...host.progress, write, now: () => performance.now() };
  const interrupt = listenForInterrupt(host);
  const { signal } = interrupt;
  try {
    const given = { path: data, pixels, batchSize, limit, label, line, signal };
    const { title, note, x, y } = await labelledData(model, given);
    for (const each of [...notes, ...(note === undefined ? [] : [note])]) host.err(`${each}\n`);
    if (!json) host.out(`Data: ${title}\n`);
    const shown = { verbose: json ? 0 : "auto", write, signal } as const;
    const scores =
      y === undefined
        ? await model.evaluate(x as never, shown)
        : await model.evaluate(x as never, y as never, { ...shown, batchSize });
    if (json) host.out(jsonLine({ event: "evaluation", model: path, data: title, pixels, scores }));
    else host.out(`Model "${model.name}": ${scoresText(scores)}\n`);
    return 0;
  } catch (error) {
    if (!interrupt.isReason(error)) throw error;
    host.err("Stopped before the end of the data.\n");
    return interrupt.exitCode;
  } finally {
    interrupt.release();
  }
}
