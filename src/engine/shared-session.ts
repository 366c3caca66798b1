/** Sessions that functions of tensors share, one for each device and number of threads: a device of its own would cost each threads. */
import type { DeviceName, DeviceOptions } from "./device-options.ts";
import { LazySession } from "./lazy-session.ts";

const sessions = /* @__PURE__ */ new Map<string, LazySession>();

/** The session of this device; its device starts on first use and stays for the life of the process. */
export function sharedSession(name: DeviceName, options: DeviceOptions = {}): LazySession {
  const key = `${name} ${options.threads ?? ""}`;
  const known = sessions.get(key);
  if (known !== undefined) return known;
  const made = new LazySession(name, options);
  sessions.set(key, made);
  return made;
}
