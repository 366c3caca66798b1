/** `fovea explain`: prints what a device does in one training step. */
import { type DeviceName, tensor } from "../../index.ts";
import { explainSteps } from "../../insight/index.ts";
import type { DefineCommand } from "../command.ts";
import { compileHandout, handoutModel } from "../handout-model.ts";
import { deviceOption, positiveInteger } from "../options.ts";

interface ExplainOptions {
  readonly batchSize: number;
  readonly device: DeviceName;
  readonly threads?: number;
}

export const defineExplain: DefineCommand = (command) => {
  command
    .option("--batch-size <n>", "rows of a step", positiveInteger, 32)
    .addOption(deviceOption())
    .option(
      "--threads <n>",
      "worker threads of the CPU device (default: the cores of this machine, at most 8)",
      positiveInteger,
    );
  return async (host) => {
    const options = command.opts<ExplainOptions>();
    const { batchSize } = options;
    const model = compileHandout(handoutModel(), options);
    // A model compiles a step for the first batch of its shape; a batch of zeros is enough.
    const blank = (...shape: number[]) => tensor(new Float32Array(shape.reduce((size, axis) => size * axis, 1)), shape);
    await model.trainOnBatch(blank(batchSize, 28, 28, 1), blank(batchSize, 10));
    host.out(await explainSteps(model));
    return 0;
  };
};
