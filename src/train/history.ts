/** What `fit` resolves to. */

/** Running means by name: `loss`, `accuracy`, `val_loss`, … */
export type Logs = Record<string, number>;

/**
 * Losses and metrics of each epoch. Keys are in alphabetical order, as Keras keeps them; those of validation begin with `val_`.
 */
export class History {
  /** The last step that was finished: 0-based epoch and step, steps per epoch, and the running means after it. */
  latest: { epoch: number; step: number; steps: number; logs: Readonly<Logs> } | undefined;
  /** 0-based numbers of the epochs that were finished. */
  readonly epoch: number[] = [];
  readonly history: Record<string, number[]> = {};

  /** Adds one epoch. */
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
