/** Which devices there are here, and which one a model gets. */
import { ArgumentError, DeviceError, unknownName } from "../base/errors.ts";
import { CpuDevice, describeCpu } from "../devices/cpu/cpu-device.ts";
import { ReferenceDevice } from "../devices/reference/reference-device.ts";
import type { Device } from "../ir/device.ts";

export type DeviceName = "auto" | "cpu" | "gpu" | "reference";

export interface DeviceOptions {
  /** Worker threads of the CPU device. Default: the cores that this process may use, at most 8. */
  readonly threads?: number;
}

/** One line of `devices()`. */
export interface DeviceInfo {
  readonly name: Exclude<DeviceName, "auto">;
  readonly available: boolean;
  /** What it is, or why it cannot be used here. */
  readonly description: string;
}

const names: readonly DeviceName[] = ["auto", "cpu", "gpu", "reference"];
const noGpu = "this version of fovea has no GPU device yet; it runs on the CPU";

/** Throws unless the name is one of the devices; a misspelt one gets a suggestion. */
export function checkDeviceName(name: string): DeviceName {
  const known = names.find((candidate) => candidate === name);
  if (known === undefined) throw unknownName("device", name, names);
  return known;
}

export function checkDeviceOptions({ threads }: DeviceOptions): void {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= 256))
    throw new ArgumentError(`threads: got ${threads}, expected a whole number from 1 to 256.`);
}

/** Starts the device. "auto" is the fastest that works here. */
export async function startDevice(name: DeviceName, options: DeviceOptions = {}): Promise<Device> {
  checkDeviceOptions(options);
  const { threads } = options;
  if (name === "gpu") throw new DeviceError(`Device "gpu" cannot be used: ${noGpu}. Use device "cpu" or "auto".`);
  if (name === "reference") return new ReferenceDevice();
  return CpuDevice.start(threads === undefined ? {} : { threads });
}

/**
 * The devices of this machine, and why one cannot be used.
 *
 * @example
 * ```ts
 * import { devices } from "fovea";
 * for (const { name, available, description } of await devices()) console.log(name, available, description);
 * ```
 */
export async function devices(): Promise<DeviceInfo[]> {
  return [
    { name: "cpu", available: true, description: await describeCpu() },
    { name: "gpu", available: false, description: noGpu },
    { name: "reference", available: true, description: new ReferenceDevice().description },
  ];
}
