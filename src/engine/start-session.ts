/** Starts a device and the session on it: with the compiler, what a page does not need to show. */
import type { Group } from "../ir/group.ts";
import { chooseDevice } from "./choose-device.ts";
import type { DeviceName, DeviceOptions } from "./device-options.ts";
import { Session } from "./session.ts";

export async function startSession(name: DeviceName, options: DeviceOptions, group?: Group): Promise<Session> {
  const { device, notice } = await chooseDevice(name, options, group);
  return new Session(device, notice);
}
