/** `fovea cost`. */
import { costText, receptiveFieldText } from "../../insight/index.ts";
import type { DefineCommand } from "../command.ts";
import { handoutModel } from "../handout-model.ts";
import { loadModel } from "../load-model.ts";

export const defineCost: DefineCommand = (command) => {
  command
    .argument(
      "[model]",
      "a file or folder with a model, or a JavaScript module that exports one (default: the handout's)",
    )
    .addHelpText("after", "\nExamples:\n  fovea cost\n  fovea cost a.keras\n");
  return async (host) => {
    const [path] = command.args;
    const model = path === undefined ? handoutModel() : await loadModel(path);
    host.out(`${costText(model)}\n${receptiveFieldText(model)}`);
    return 0;
  };
};
