/** How a device is asked for. */
import { ArgumentError, unknownName } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";

export type DeviceName = "auto" | "cpu" | "gpu" | "reference";

export interface DeviceOptions {
  /** Worker threads of the CPU device. Default: the cores available to this process, at most 8. */
  readonly threads?: number;
}

const names: readonly DeviceName[] = ["auto", "cpu", "gpu", "reference"];

/** Throws unless the name is a device's; suggests the nearest name. */
export function checkDeviceName(name: string): DeviceName {
  const known = names.find((candidate) => candidate === name);
  if (known === undefined) throw unknownName("device", name, names);
  return known;
}

/** The options, checked. */
export function checkDeviceOptions(options: DeviceOptions): DeviceOptions {
  const { threads } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= 256))
    throw new ArgumentError(`threads: got ${formatValue(threads)}, expected a whole number from 1 to 256.`);
  return options;
}
