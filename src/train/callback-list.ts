/** The callbacks of a run, told in turn. */
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { ProgressLine } from "../view/progress-line.ts";
import type { LineOptions } from "../view/terminal-line.ts";
import type { BatchRun } from "./batch-runner.ts";
import { type CallbackLike, events, type FitParams } from "./callbacks/callback.ts";
import type { Logs } from "./history.ts";
import type { AnyModel } from "./model.ts";

type Event = (typeof events)[number];
const numbered: ReadonlySet<Event> = /* @__PURE__ */ new Set(events.filter((event) => /Epoch|Batch/.test(event)));

/** The callbacks that were passed as one or as a list. */
export function listOf(callbacks: CallbackLike | readonly CallbackLike[] | undefined): readonly CallbackLike[] {
  return Array.isArray(callbacks) ? callbacks : callbacks === undefined ? [] : [callbacks as CallbackLike];
}

/** The progress of a run, which is silent where one of the callbacks shows it, and where its notes go. */
export function progressBeside(callbacks: readonly CallbackLike[], line: LineOptions) {
  const own = new ProgressLine(line);
  const isShown = callbacks.some((each) => each?.showsProgress === true);
  return { progress: isShown ? new ProgressLine({ ...line, mode: "silent" }) : own, notes: own };
}

export class CallbackList {
  readonly #callbacks: readonly CallbackLike[];

  constructor(callbacks: CallbackLike | readonly CallbackLike[] | undefined, model: AnyModel, params: FitParams) {
    this.#callbacks = listOf(callbacks);
    for (const callback of this.#callbacks) {
      if (typeof callback !== "object" || callback === null)
        throw new ArgumentError(
          `callbacks holds ${formatValue(callback)}, expected objects with methods such as onEpochEnd(epoch, logs).`,
        );
      callback.setModel?.(model);
      callback.setParams?.(params);
    }
  }

  /** Whether one of the callbacks listens to one of the events. */
  listensTo(...names: readonly Event[]): boolean {
    return this.#callbacks.some((callback) => names.some((name) => callback[name] !== undefined));
  }

  /** Whether a callback says that it reads weights after each batch, or that it looks at logs alone; undefined: not said. */
  get reads(): "logs" | "weights" | undefined {
    const said = this.#callbacks
      .filter((callback) => callback.onTrainBatchEnd !== undefined || callback.onTrainBatchBegin !== undefined)
      .map(({ reads }) => reads);
    if (said.includes("weights")) return "weights";
    return said.every((each) => each === "logs") ? "logs" : undefined;
  }

  /** Whether one of them takes note of a loss that is NaN or infinite. */
  get takesBadLoss(): boolean {
    return this.#callbacks.some(({ takesBadLoss }) => takesBadLoss === true);
  }

  /** Whether one of them looks at the model after this batch. */
  readsAfter(batch: number): boolean {
    return this.#callbacks.some((callback) => callback.readsAfter?.(batch) === true);
  }

  /** Calls the method of each callback that has it, one after the other; undefined where none has it. */
  tell(event: Event, number: number, logs: Logs): Promise<void> | undefined {
    return this.listensTo(event) ? this.#tell(event, number, logs) : undefined;
  }

  /** How a run of batches that changes nothing tells of each batch before it is fed; steps do not run ahead of callbacks. */
  beforeBatches(kind: "Test" | "Predict", signal: AbortSignal | undefined): Pick<BatchRun, "begin" | "inFlight"> {
    const goesOn = () => signal?.aborted !== true;
    if (!this.listensTo(`on${kind}BatchBegin`, `on${kind}BatchEnd`)) return { begin: goesOn };
    return {
      inFlight: () => 1,
      begin: async (batch) => {
        if (goesOn()) await this.tell(`on${kind}BatchBegin`, batch, {});
        return goesOn();
      },
    };
  }

  async #tell(event: Event, number: number, logs: Logs): Promise<void> {
    for (const callback of this.#callbacks) {
      const method = callback[event] as ((...args: unknown[]) => unknown) | undefined;
      if (method !== undefined) await method.call(callback, ...(numbered.has(event) ? [number, logs] : [logs]));
    }
  }
}
