/** What `fit` resolves to. */
import { type NotebookDisplay, notebookDisplay } from "../base/notebook.ts";
import type { Outputs } from "../ir/device.ts";
import type { MetricName } from "../nn/metrics/names.ts";

/** Running means by name: `loss`, `accuracy`, `val_loss`, … */
export type Logs = Record<string, number>;

/** A name in logs; the editor completes those of Keras, and any other may be written. */
export type LogName = "loss" | MetricName | `val_${"loss" | MetricName}` | (string & {});

/**
 * Losses and metrics of each epoch. Keys are in alphabetical order, as Keras keeps them; those of validation begin with `val_`.
 */
export class History {
  /** The last step that was finished: 0-based epoch and step, steps per epoch, and the running means after it. */
  latest: { epoch: number; step: number; steps: number | undefined; logs: Readonly<Logs> } | undefined;
  /** 0-based numbers of the epochs that were finished. */
  readonly epoch: number[] = [];
  /** Values of each epoch by name; `loss` is missing only where a step of one's own logs none. Without a prototype: a metric may have any name. */
  readonly history: Record<string, number[]> & { loss: number[] } = Object.create(null);

  /** Shows its curves in a notebook. Deno's Jupyter kernel calls this for the last value of a cell. */
  async [notebookDisplay](): Promise<NotebookDisplay> {
    return (await import("./notebook.ts")).displayHistory(this);
  }

  /** @internal Adds one epoch. */
  append(epoch: number, logs: Readonly<Logs>): void {
    this.epoch.push(epoch);
    for (const [name, value] of Object.entries(logs)) {
      const column = this.history[name];
      if (column === undefined) this.history[name] = [value];
      else column.push(value);
    }
  }
}

/** Logs with their keys in alphabetical order. */
export function sortLogs(logs: Readonly<Logs>): Logs {
  return Object.fromEntries(Object.entries(logs).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A step's scalar outputs as logs, in alphabetical order. */
export function logsOf(outputs: Outputs): Logs {
  const scalars = Object.entries(outputs).filter(([, value]) => value.length === 1);
  return sortLogs(Object.fromEntries(scalars.map(([name, value]) => [name, value[0]!])));
}
