/** Prints the compiled steps of a model. */

import { StateError } from "../base/errors.ts";
import { formatBytes, formatCount } from "../base/format.ts";
import { printProgram } from "../ir/print-program.ts";
import { callFlops } from "../ir/program.ts";
import type { AnyModel } from "../train/model.ts";
import { checkModel } from "./check-model.ts";

/**
 * What the device does in each step compiled so far (a model compiles a step for the first batch of its shape): phases,
 * operations, shapes, buffers, bytes and floating-point operations. Ends with "\n".
 *
 * @throws StateError when nothing was compiled yet
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { explainSteps } from "fovea/insight";
 * import { Dense } from "fovea/layers";
 * const model = new Sequential([new Dense({ units: 2, inputShape: [3] })]);
 * await model.predict([[1, 2, 3]], { verbose: 0 });
 * await explainSteps(model);
 * ```
 */
export async function explainSteps(model: AnyModel): Promise<string> {
  checkModel("explainSteps", model);
  const compiled = model.compiledSteps();
  if (compiled === undefined || compiled.steps.size === 0)
    throw new StateError(
      `explainSteps: model "${model.name}" has no compiled step yet; call fit, evaluate, predict or trainOnBatch first.`,
    );
  const { device, steps } = compiled;
  const texts = [...steps].map(([key, { program, executable }]) => {
    const calls = program.phases.flatMap((phase) => phase.calls);
    const flops = calls.reduce((sum, call) => sum + callFlops(call, program.capacity), 0);
    const bytes = Object.values(executable.bytes).reduce((sum, count) => sum + count, 0);
    const head =
      `step "${key}": ${formatCount(calls.length)} calls in ${formatCount(program.phases.length)} phases, ` +
      `${formatCount(flops / 1e6, 1)} MFLOP, ${formatBytes(bytes)} on the device`;
    return `${head}\n${printProgram(program)}\n`;
  });
  return `device ${device.name}: ${device.description}\n\n${texts.join("\n")}`;
}
