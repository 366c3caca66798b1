import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { checkNumber } from "../../nn/options.ts";
import type { LogName, Logs } from "../history.ts";
import { checkCount } from "../options.ts";
import { Callback } from "./callback.ts";

export interface MonitorOptions {
  /** Name in the logs that is watched. Default "val_loss". */
  readonly monitor?: LogName;
  /** Whether smaller or larger is better; "auto" asks the metric. Default "auto". */
  readonly mode?: "auto" | "min" | "max";
}

/** The base of callbacks that watch one name in the logs for improvements. K: `callbacks/monitor_callback.py`. */
export abstract class MonitorCallback<O extends Required<MonitorOptions> & { minDelta?: number }> extends Callback {
  readonly options: O;
  /** The best value so far. */
  best: number | undefined;
  readonly #owner: string;

  /** @param owner the class, as messages name it */
  constructor(owner: string, options: O) {
    super();
    this.#owner = owner;
    this.options = options;
    checkNumber(owner, "minDelta", options.minDelta ?? 0, "a number", () => true);
    if (!["auto", "min", "max"].includes(options.mode))
      throw new ArgumentError(`${owner}: mode is ${formatValue(options.mode)}, expected "auto", "min" or "max".`);
  }

  /** Throws unless an epoch's number and logs are what `fit` gives. */
  protected checkEpoch(epoch: number, logs: Logs): void {
    checkCount(this.#owner, "epoch", epoch, 0);
    if (typeof logs !== "object" || logs === null)
      throw new ArgumentError(`${this.#owner}: logs is ${formatValue(logs)}, expected numbers by name.`);
  }

  /** The watched value; undefined, with a warning, where the logs lack it. */
  protected currentOf(logs: Logs): number | undefined {
    const { monitor } = this.options;
    if (Object.hasOwn(logs, monitor) && logs[monitor] !== undefined) return logs[monitor];
    const names = Object.keys(logs).join(", ");
    this.say(`${this.#owner} watches "${monitor}", which is not among the metrics: ${names}.`);
    return undefined;
  }

  /** Whether the value is better than `best` by more than minDelta; the first one is. */
  protected improves(value: number, best: number | undefined): boolean {
    if (best === undefined) return true;
    const delta = Math.abs(this.options.minDelta ?? 0);
    return this.direction() === "max" ? value - delta > best : value + delta < best;
  }

  /** Whether smaller or larger is better. */
  protected direction(): "min" | "max" {
    const { mode, monitor } = this.options;
    if (mode !== "auto") return mode;
    const direction = this.requireModel().metricDirection(monitor);
    if (direction === undefined)
      throw new ArgumentError(
        `${this.#owner}: whether more or less of "${monitor}" is better is not known; set mode to "min" or "max".`,
      );
    return direction;
  }
}
