/** `fovea cost`. */

import type { Model } from "../../index.ts";
import { cost, costText, receptiveField, receptiveFieldText } from "../../insight/index.ts";
import { jsonLine } from "../../view/terminal-line.ts";
import type { DefineCommand } from "../command.ts";
import { handoutModel } from "../handout-model.ts";
import { loadModel } from "../load-model.ts";
import { modelArgument } from "../options.ts";

export const defineCost: DefineCommand = (command) => {
  command
    .argument("[model]", `${modelArgument} (default: the handout's CNN)`)
    .option("--json", "the result as one JSON object on the standard output")
    .addHelpText("after", "\nExamples:\n  fovea cost\n  fovea cost a.keras --json\n");
  return async (host) => {
    const [path] = command.args;
    const model = path === undefined ? handoutModel() : await loadModel(path);
    if (command.opts<{ json?: true }>().json)
      host.out(jsonLine({ event: "cost", model: model.name, ...cost(model), receptiveFields: fieldsOf(model) }));
    else host.out(`${costText(model)}${isImageModel(model) ? `\n${receptiveFieldText(model)}` : ""}`);
    return 0;
  };
};

/** Receptive fields are those of pictures of a known size. */
const isImageModel = ({ inputs }: Model) =>
  inputs.every(({ shape }) => shape.length === 4 && shape.slice(1).every((axis) => axis !== null));

const fieldsOf = (model: Model) =>
  isImageModel(model)
    ? receptiveField(model).map(({ layer, kind, size, jump, start }) => ({ layer, kind, size, jump, start }))
    : null;
