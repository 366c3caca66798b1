/** `fovea cost`. */
import { costText, receptiveFieldText } from "../../insight/index.ts";
import type { DefineCommand } from "../command.ts";
import { handoutModel } from "../handout-model.ts";

export const defineCost: DefineCommand = () => async (host) => {
  const model = handoutModel();
  host.out(`${costText(model)}\n${receptiveFieldText(model)}`);
  return 0;
};
