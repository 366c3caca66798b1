/** `fovea devices`. */
import { devices } from "../../index.ts";
import { plainTable } from "../../view/plain-table.ts";
import type { DefineCommand } from "../command.ts";

export const defineDevices: DefineCommand = () => async (host) => {
  const rows = (await devices()).map(({ name, available, description }) => [
    name,
    available ? "yes" : "no",
    description,
  ]);
  host.out(plainTable([{ heading: "device" }, { heading: "usable" }, { heading: "what it is" }], rows));
  return 0;
};
