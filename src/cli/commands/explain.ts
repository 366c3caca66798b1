/** `fovea explain`: prints what a device does in one training step. */
import type { DeviceName, Tensor } from "../../index.ts";
import { explainSteps } from "../../insight/index.ts";
import { syntheticBatch } from "../../insight/synthetic-data.ts";
import { judgeOf } from "../../train/judge.ts";
import type { DefineCommand } from "../command.ts";
import { compiledModel } from "../compiled-model.ts";
import { deviceOption, modelArgument, positiveInteger, threadsOption } from "../options.ts";

interface ExplainOptions {
  readonly batchSize: number;
  readonly device?: DeviceName;
  readonly threads?: number;
}

export const defineExplain: DefineCommand = (command) => {
  command
    .argument("[model]", `${modelArgument} (default: the handout's CNN)`)
    .option("--batch-size <n>", "rows of a step", positiveInteger, 32)
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addHelpText("after", "\nExamples:\n  fovea explain\n  fovea explain a.keras --device gpu\n");
  return async (host) => {
    const options = command.opts<ExplainOptions>();
    const { model, notes } = await compiledModel(command.args[0], options);
    const losses = judgeOf(model.runner.requireParts("explain").objective).losses;
    // A model compiles a step for the first batch of its shape; any numbers are enough.
    const { inputs, targets } = syntheticBatch("explain", model as never, options.batchSize, losses);
    const byName = (names: readonly string[], tensors: readonly (Tensor | undefined)[]) =>
      tensors.length === 1 ? tensors[0] : Object.fromEntries(names.map((name, i) => [name, tensors[i]]));
    await model.trainOnBatch(byName(model.inputNames, inputs) as never, byName(model.outputNames, targets) as never);
    host.out([...notes.map((note) => `${note}\n`), await explainSteps(model)].join(""));
    return 0;
  };
};
