/** Lists the devices of this machine, and chooses the one for a model. */
import { DeviceError } from "../base/errors.ts";
import type { FoundAdapter } from "../devices/gpu/adapter.ts";
import type { Device } from "../ir/device.ts";
import type { Group } from "../ir/group.ts";
import { deviceCode } from "./device-code.ts";
import { checkDeviceOptions, type DeviceName, type DeviceOptions } from "./device-options.ts";

/** One line of `devices()`. */
export interface DeviceInfo {
  readonly name: Exclude<DeviceName, "auto">;
  readonly available: boolean;
  /** What the device is, or why it is not available here. */
  readonly description: string;
}

/** A started device. */
export interface ChosenDevice {
  readonly device: Device;
  /** What "auto" chose and why not the other device; undefined if a device was requested by name. */
  readonly notice: string | undefined;
}

/** Starts the device. "auto" is a hardware GPU if there is one (never a software one), else the CPU. */
export async function chooseDevice(
  name: DeviceName,
  options: DeviceOptions = {},
  group?: Group,
): Promise<ChosenDevice> {
  checkDeviceOptions(options);
  const { threads } = options;
  const startCpu = async () => {
    const { CpuDevice } = await deviceCode.cpu();
    return CpuDevice.start({ group, ...(threads === undefined ? {} : { threads }) });
  };
  if (group !== undefined) {
    if (name !== "auto" && name !== "cpu")
      throw new DeviceError(
        `device "${name}" cannot share a batch with other processes, which exchange numbers in the midst of a step: use device "cpu" or "auto".`,
      );
    return { device: await startCpu(), notice: undefined };
  }
  if (name === "reference") return { device: await startReference(), notice: undefined };
  if (name === "cpu") return { device: await startCpu(), notice: undefined };
  if (name === "gpu") return { device: await startGpu(), notice: undefined };
  if (threads !== undefined)
    return { device: await startCpu(), notice: "auto took the CPU: a number of threads was asked for." };
  const found = await lookForGpu();
  if (typeof found === "string") return { device: await startCpu(), notice: `auto took the CPU: ${found}` };
  if (found.isSoftware)
    return { device: await startCpu(), notice: `auto took the CPU: the only GPU adapter is ${found.name}, software.` };
  try {
    const device = await startGpu(found);
    const cpu = await cpuInfo();
    const otherwise = cpu.available ? `; with device "cpu" it would be ${cpu.description}` : "";
    return { device, notice: `auto took the GPU${otherwise}.` };
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return { device: await startCpu(), notice: `auto took the CPU: ${error.message}` };
  }
}

async function startGpu(found?: FoundAdapter): Promise<Device> {
  const { GpuDevice } = await deviceCode.gpu();
  return GpuDevice.start(found === undefined ? {} : { found });
}

async function startReference(): Promise<Device> {
  const { ReferenceDevice } = await deviceCode.reference();
  return new ReferenceDevice();
}

/** The GPU, or the reason why there is none. */
async function lookForGpu(): Promise<FoundAdapter | string> {
  const { findAdapter } = await import("../devices/gpu/adapter.ts");
  try {
    return await findAdapter();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function cpuInfo(): Promise<DeviceInfo> {
  const { describeCpu } = await deviceCode.cpu();
  try {
    return { name: "cpu", available: true, description: describeCpu() };
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return { name: "cpu", available: false, description: error.message };
  }
}

/**
 * The devices of this machine, with the reason if one is not available.
 *
 * @example
 * ```ts
 * import { devices } from "fovea";
 * for (const { name, available, description } of await devices()) console.log(name, available, description);
 * ```
 */
export async function devices(): Promise<DeviceInfo[]> {
  const gpu = await lookForGpu();
  const { describeAdapter } = await import("../devices/gpu/adapter.ts");
  const missing = typeof gpu === "string";
  return [
    await cpuInfo(),
    { name: "gpu", available: !missing, description: missing ? gpu : describeAdapter(gpu) },
    { name: "reference", available: true, description: (await startReference()).description },
  ];
}
