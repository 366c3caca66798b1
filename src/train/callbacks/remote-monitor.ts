import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { checkFlag, fillOptions } from "../../nn/options.ts";
import { isFirstProcess } from "../../nn/process-state.ts";
import type { Logs } from "../history.ts";
import { checkCount } from "../options.ts";
import { Callback } from "./callback.ts";

export interface RemoteMonitorOptions {
  /** Address of the server. Default "http://localhost:9000". */
  readonly root?: string;
  /** What stands behind it. Default "/publish/epoch/end/". */
  readonly path?: string;
  /** Name of the form's field that holds the JSON. Default "data". */
  readonly field?: string;
  /** Further headers of the requests. Default none. */
  readonly headers?: Readonly<Record<string, string>> | null;
  /** Whether the JSON is the body itself, and not a field of a form. Default false. */
  readonly sendAsJson?: boolean;
}

const defaults: Required<RemoteMonitorOptions> = {
  root: "http://localhost:9000",
  path: "/publish/epoch/end/",
  field: "data",
  headers: null,
  sendAsJson: false,
};

/**
 * Sends the logs of each epoch to a server, by POST, as JSON with the epoch's number (from 0). A server that cannot be reached is a
 * line in the progress, and training goes on. K: `callbacks/remote_monitor.py`.
 *
 * @example
 * ```ts
 * import { RemoteMonitor } from "fovea/callbacks";
 * new RemoteMonitor({ root: "https://example.org", sendAsJson: true });
 * ```
 */
export class RemoteMonitor extends Callback {
  static override readonly className = "RemoteMonitor";
  readonly #options: Required<RemoteMonitorOptions>;
  readonly #address: string;

  /** @throws ArgumentError for an address that is none */
  constructor(options: RemoteMonitorOptions = {}) {
    super();
    this.#options = fillOptions("RemoteMonitor", options, defaults);
    const { root, path, sendAsJson } = this.#options;
    checkFlag("RemoteMonitor", "sendAsJson", sendAsJson);
    this.#address = `${root}${path}`;
    if (!URL.canParse(this.#address))
      throw new ArgumentError(`RemoteMonitor: root and path make ${formatValue(this.#address)}, which is no address.`);
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const { field, headers, sendAsJson } = this.#options;
    checkCount("RemoteMonitor", "epoch", epoch, 0);
    if (!isFirstProcess()) return;
    const numbers = Object.entries(logs).filter(([, value]) => typeof value === "number");
    const text = JSON.stringify({ epoch, ...Object.fromEntries(numbers) });
    const type: Record<string, string> = sendAsJson ? { "content-type": "application/json" } : {};
    const body = sendAsJson ? text : new URLSearchParams({ [field]: text });
    try {
      const response = await fetch(this.#address, { method: "POST", headers: { ...type, ...headers }, body });
      await response.body?.cancel();
    } catch {
      this.say(`RemoteMonitor: could not reach the server at ${this.#options.root}`);
    }
  }
}
