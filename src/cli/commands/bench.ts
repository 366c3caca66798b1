/** `fovea bench`: a model's speed on this machine, and the time of each part of a step. */
import { Option } from "commander";
import type { DeviceName, Model } from "../../index.ts";
import { type BenchmarkOptions, benchmark, benchmarkNotes, benchmarkText } from "../../insight/index.ts";
import { jsonLine } from "../../view/terminal-line.ts";
import type { DefineCommand } from "../command.ts";
import { compileHandout, handoutModel } from "../handout-model.ts";
import { loadModel } from "../load-model.ts";
import { positiveInteger, positiveNumber } from "../options.ts";

interface BenchOptions extends Required<Pick<BenchmarkOptions, "batchSize" | "seconds" | "mode">> {
  readonly device?: DeviceName;
  readonly threads?: number;
  readonly json?: true;
}

export const defineBench: DefineCommand = (command) => {
  command
    .argument("[module]", "a JavaScript module that exports `model` (default: the handout's CNN)")
    .option("--batch-size <n>", "rows of a step", positiveInteger, 32)
    .option("--seconds <x>", "how long each measurement takes, after half as long to warm up", positiveNumber, 1)
    .addOption(
      new Option("--mode <mode>", "whole training steps, or forward only")
        .choices(["train", "predict"])
        .default("train"),
    )
    .option("--device <name>", "auto, cpu, gpu or reference (default: the model's own)")
    .option("--threads <n>", "worker threads of the CPU device (default: the model's own)", positiveInteger)
    .option("--json", "the result as one JSON object on the standard output")
    .addHelpText("after", "\nExamples:\n  fovea bench\n  fovea bench my-model.js --mode predict --batch-size 1\n");
  return async (host) => {
    const { json, ...options } = command.opts<BenchOptions>();
    const { model, notes } = await chooseModel(command.args[0], options.mode);
    const result = await benchmark(model, options);
    if (json) host.out(jsonLine({ event: "benchmark", ...result, notes: [...notes, ...benchmarkNotes(result)] }));
    else host.out([...notes.map((note) => `${note}\n`), benchmarkText(result)].join(""));
    return 0;
  };
};

async function chooseModel(
  path: string | undefined,
  mode: "train" | "predict",
): Promise<{ readonly model: Model; readonly notes: readonly string[] }> {
  if (path === undefined) return { model: compileHandout(handoutModel(), { device: "auto" }), notes: [] };
  const model = await loadModel(path);
  if (mode === "predict" || model.optimizer !== undefined) return { model, notes: [] };
  model.compile({ optimizer: "adam", loss: "categorical_crossentropy" });
  const note = `"${path}" does not compile its model: measured with optimizer "adam" and loss "categorical_crossentropy".`;
  return { model, notes: [note] };
}
