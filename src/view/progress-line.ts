/**
 * The progress of `fit`, `evaluate` and `predict` as text, in the layouts of Keras's `utils/progbar.py`.
 *
 * It differs from Keras in two points, on purpose. The remaining time ignores the first report, which is slow because of
 * compilation and warm-up. The time per step ends with the last training step, while Keras includes the validation that follows.
 */

import { StateError } from "../base/errors.ts";
import { formatDuration, formatMetric, formatSeconds, formatStepTime } from "../base/format.ts";
import { barText, bold, jsonLine, type LineOptions, TerminalLine } from "./terminal-line.ts";

/** Current values by name. */
export type Logs = Readonly<Record<string, number>>;

export type Phase = "train" | "test" | "predict";

/** Share of an epoch's time from which on waiting for data is worth saying. */
const SLOW_DATA = 0.2;

/** What is being counted: one epoch of training, or one evaluation. */
interface Run {
  readonly phase: Phase;
  /** Undefined while unknown. */
  readonly steps: number | undefined;
  readonly startedAt: number;
  /** 1-based, training only. */
  readonly epoch?: number;
  done: number;
  lastStepAt: number;
  /** The first report: number of steps, and time. */
  first?: { readonly steps: number; readonly at: number };
}

/**
 * Writes progress; create one per call of `fit`, `evaluate` or `predict`, or use one for several calls in sequence.
 *
 * Metrics are ordered by name, those of validation (`val_…`) last.
 */
export class ProgressLine {
  readonly #options: LineOptions;
  readonly #line: TerminalLine;
  #training: { readonly epochs: number; readonly steps: number | undefined; readonly startedAt: number } | undefined;
  #run: Run | undefined;
  #spokeAt = Number.NEGATIVE_INFINITY;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#line = new TerminalLine(options);
  }

  /** @param plan epochs to train, and steps per epoch (undefined if unknown) */
  beginTrain(plan: { readonly epochs: number; readonly steps: number | undefined }): void {
    this.#training = { ...plan, startedAt: this.#options.now() };
    this.#json({ event: "begin", phase: "train", epochs: plan.epochs, steps: plan.steps ?? null });
  }

  /** @param epoch 0-based, as callbacks count; it is shown 1-based ("Epoch 1/3", when there are several) */
  beginEpoch(epoch: number): void {
    if (this.#training === undefined)
      throw new StateError("ProgressLine.beginEpoch came before beginTrain; call it first.");
    this.#begin("train", this.#training.steps, epoch + 1);
    const { mode, write } = this.#options;
    if (this.#training.epochs > 1 && (mode === "terminal" || mode === "log"))
      write(`Epoch ${epoch + 1}/${this.#training.epochs}\n`);
  }

  /** @param index 0-based number of the finished step; steps may be skipped */
  step(index: number, logs: Logs = {}): void {
    const run = this.#current("step");
    const now = this.#options.now();
    run.done = index + 1;
    run.lastStepAt = now;
    run.first ??= { steps: run.done, at: now };
    const { mode, write, color = false } = this.#options;
    if (mode === "silent") return;
    if (mode === "terminal") {
      this.#line.draw(() => this.#barParts(run, timeLeft(run), logs, color), run.done === run.steps);
      return;
    }
    if (now - this.#spokeAt < (this.#options.heartbeatSeconds ?? 30) * 1000) return;
    this.#spokeAt = now;
    const seconds = (now - run.startedAt) / 1000;
    if (mode === "json") this.#json({ event: "heartbeat", ...this.#place(run), step: run.done, seconds, logs });
    else {
      const left = timeLeft(run);
      const remaining = left === undefined ? "" : ` - ${formatDuration(left)} left`;
      write(
        `${countText(run)} - ${formatSeconds(seconds)} - ${formatStepTime(stepSeconds(run))}${remaining}${logText(logs)}\n`,
      );
    }
  }

  /**
   * @param logs the epoch's values, those of validation included
   * @param waitedMs milliseconds of the epoch in which training waited for data; a fifth of its time or more is said
   */
  endEpoch(logs: Logs, waitedMs = 0): void {
    const run = this.#current("endEpoch");
    const share = waitedMs / Math.max(1, this.#options.now() - run.startedAt);
    this.#end("epoch", logs);
    if (share >= SLOW_DATA) this.note(`waiting for data ${Math.round(100 * share)} %`);
  }

  /** Closes an open line (also after a stop in mid-epoch) and, in JSON, reports the total time. */
  endTrain(): void {
    this.#line.close();
    this.#run = undefined;
    if (this.#training === undefined) return;
    this.#json({ event: "end", phase: "train", seconds: (this.#options.now() - this.#training.startedAt) / 1000 });
    this.#training = undefined;
  }

  /** Starts the bar of `evaluate` or `predict`; validation inside `fit` has none. `step` advances it. */
  beginTest(steps: number | undefined, phase: "test" | "predict" = "test"): void {
    this.#json({ event: "begin", phase, steps: steps ?? null });
    this.#begin(phase, steps);
  }

  endTest(logs: Logs = {}): void {
    this.#end(this.#current("endTest").phase, logs);
  }

  /** Prints a message on a separate line without breaking the bar ("compiled 14 GPU kernels in 1.9s"). */
  note(text: string): void {
    const { mode, write } = this.#options;
    if (mode === "json") this.#json({ event: "note", text });
    else if (mode === "terminal") this.#line.finish([text]);
    else if (mode === "log") write(`${text}\n`);
  }

  #begin(phase: Phase, steps: number | undefined, epoch?: number): void {
    const now = this.#options.now();
    this.#line.close();
    this.#spokeAt = now;
    this.#run = { phase, steps, startedAt: now, lastStepAt: now, done: 0, ...(epoch === undefined ? {} : { epoch }) };
  }

  #end(event: string, logs: Logs): void {
    const run = this.#current(event === "epoch" ? "endEpoch" : "endTest");
    const { mode, write, now, color = false } = this.#options;
    const seconds = (now() - run.startedAt) / 1000;
    // An unknown number of steps is known now; a planned one remains visible if the run stopped early.
    const ended: Run = { ...run, steps: run.steps ?? run.done };
    if (mode === "terminal") this.#line.finish(this.#barParts(ended, undefined, logs, color, seconds));
    if (mode === "log")
      write(`${countText(ended)} - ${formatSeconds(seconds)} - ${formatStepTime(stepSeconds(run))}${logText(logs)}\n`);
    this.#json({ event, ...this.#place(ended), step: run.done, seconds, msPerStep: stepSeconds(run) * 1000, logs });
    this.#run = undefined;
  }

  #barParts(run: Run, left: number | undefined, logs: Logs, color: boolean, elapsed?: number): string[] {
    const bar = run.steps === undefined ? "" : ` ${barText(run.done / run.steps, color)}`;
    const time = elapsed === undefined ? (left === undefined ? "" : formatDuration(left)) : formatSeconds(elapsed);
    return [
      bold(countText(run), color),
      bar,
      time === "" ? "" : ` ${bold(time, color)}`,
      ` ${formatStepTime(stepSeconds(run))}`,
      ...logParts(logs),
    ];
  }

  #place(run: Run): Record<string, unknown> {
    const epoch = run.epoch === undefined ? {} : { epoch: run.epoch, epochs: this.#training?.epochs };
    return { phase: run.phase, ...epoch, steps: run.steps ?? null };
  }

  #current(method: string): Run {
    if (this.#run === undefined)
      throw new StateError(`ProgressLine.${method} came while nothing runs; call beginEpoch or beginTest first.`);
    return this.#run;
  }

  #json(value: Readonly<Record<string, unknown>>): void {
    if (this.#options.mode === "json") this.#options.write(jsonLine(value));
  }
}

/** "  12/1875": the finished steps, padded to the total's width. */
function countText({ done, steps }: Run): string {
  if (steps === undefined) return `${String(done).padStart(7)}/Unknown`;
  return `${String(done).padStart(String(steps).length)}/${steps}`;
}

/**
 * Seconds per step: over all steps after the first report; over those of the first report if there are no others; 0 before any.
 */
function stepSeconds(run: Run): number {
  const { done, first } = run;
  if (first === undefined || done === 0) return 0;
  if (done > first.steps) return (run.lastStepAt - first.at) / 1000 / (done - first.steps);
  return (run.lastStepAt - run.startedAt) / 1000 / done;
}

/** Seconds until the last step; undefined if the total is unknown or there was only one report. */
function timeLeft(run: Run): number | undefined {
  if (run.steps === undefined || run.first === undefined || run.done <= run.first.steps) return undefined;
  return stepSeconds(run) * Math.max(0, run.steps - run.done);
}

function logParts(logs: Logs): string[] {
  const names = Object.keys(logs).sort();
  const isValidation = (name: string) => name.startsWith("val_");
  const ordered = [...names.filter((name) => !isValidation(name)), ...names.filter(isValidation)];
  return ordered.map((name) => ` - ${name}: ${formatMetric(logs[name]!)}`);
}

function logText(logs: Logs): string {
  return logParts(logs).join("");
}
