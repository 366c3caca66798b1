/** `fovea bench`: a model's speed on this machine, and the time of each part of a step. */
import { Option } from "commander";
import { ArgumentError, type DeviceName } from "../../index.ts";
import { type BenchmarkOptions, benchmark, benchmarkNotes, benchmarkText } from "../../insight/index.ts";
import { jsonLine } from "../../view/terminal-line.ts";
import type { DefineCommand } from "../command.ts";
import { compiledModel } from "../compiled-model.ts";
import { joinProcesses } from "../distributed.ts";
import { loadModel } from "../load-model.ts";
import {
  deviceOption,
  distributedOption,
  modelArgument,
  positiveInteger,
  positiveNumber,
  threadsOption,
} from "../options.ts";

interface BenchOptions extends Required<Pick<BenchmarkOptions, "batchSize" | "seconds" | "mode">> {
  readonly device?: DeviceName;
  readonly threads?: number;
  readonly distributed?: true;
  readonly json?: true;
}

export const defineBench: DefineCommand = (command) => {
  command
    .argument("[model]", `${modelArgument} (default: the handout's CNN)`)
    .option("--batch-size <n>", "rows of a step", positiveInteger, 32)
    .option("--seconds <x>", "how long each measurement takes, after half as long to warm up", positiveNumber, 1)
    .addOption(
      new Option("--mode <mode>", "whole training steps, or forward only")
        .choices(["train", "predict"])
        .default("train"),
    )
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(distributedOption())
    .option("--json", "the result as one JSON object on the standard output")
    .addHelpText(
      "after",
      "\nExamples:\n  fovea bench\n  fovea bench a.keras --mode predict --batch-size 1\n  fovea bench my-model.js --device gpu\n  mpirun -n 2 --bind-to none fovea bench --distributed\n",
    );
  return async (given) => {
    const { json, distributed, ...options } = command.opts<BenchOptions>();
    const [path] = command.args;
    if (distributed && options.mode === "predict")
      throw new ArgumentError(
        "--distributed goes with --mode train: processes share training steps, and each predicts its own rows.",
      );
    const { host } = distributed ? await joinProcesses(given) : { host: given };
    // A prediction needs no optimizer. The benchmark has a device of its own.
    const isPlain = path !== undefined && options.mode === "predict";
    const { model, notes } = isPlain ? { model: await loadModel(path), notes: [] } : await compiledModel(path, {});
    const result = await benchmark(model, options);
    if (json) host.out(jsonLine({ event: "benchmark", ...result, notes: [...notes, ...benchmarkNotes(result)] }));
    else host.out([...notes.map((note) => `${note}\n`), benchmarkText(result)].join(""));
    return 0;
  };
};
