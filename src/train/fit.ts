/** Training: epochs of batches, validation, callbacks, history. */
import type { Batch, BatchReader } from "../data/batch-source.ts";
import type { Session } from "../engine/session.ts";
import type { ProgressLine } from "../view/progress-line.ts";
import { Breath, runBatches } from "./batch-runner.ts";
import { CallbackList, listOf, progressBeside } from "./callback-list.ts";
import type { CallbackLike } from "./callbacks/callback.ts";
import { type BadStep, diagnoseLoss } from "./diagnose.ts";
import { evaluateSource } from "./evaluate.ts";
import type { FeedSource } from "./feed-source.ts";
import type { FitOptions } from "./fit-options.ts";
import type { FitPact } from "./fit-pact.ts";
import { type History, type Logs, logsOf, sortLogs } from "./history.ts";
import type { AnyModel } from "./model.ts";
import { progressOptions } from "./output.ts";
import { RunRecord } from "./run-record.ts";
import type { Runner } from "./runner.ts";
import { resetFirst, type StepChooser, stepChooser } from "./step-chooser.ts";
import type { ReadyStep } from "./steps.ts";

export interface FitSources {
  readonly training: FeedSource;
  readonly validation: FeedSource | undefined;
}

/** Trains. The history is appended to while training runs, so that it is there after an error too. */
export async function runFit(
  model: AnyModel,
  runner: Runner,
  session: Session,
  sources: FitSources,
  options: FitOptions,
  history: History,
): Promise<void> {
  await new FitRun(model, runner, session, sources, options, history).run();
}

/** One call of `fit`. */
class FitRun {
  readonly #model: AnyModel;
  readonly #runner: Runner;
  readonly #session: Session;
  readonly #sources: FitSources;
  readonly #options: FitOptions;
  readonly #history: History;
  readonly #progress: ProgressLine;
  readonly #notes: ProgressLine;
  readonly #callbacks: CallbackList;
  readonly #chooser: StepChooser;
  readonly #breath: Breath;
  /** Whether a callback listens to batches. */
  readonly #watchesBatches: boolean;
  /** Whether a batch's callbacks come before the next step starts: they may read weights, set them, or end the training. */
  readonly #ordered: boolean;
  /** Whether weights are fetched for each batch's callbacks; undefined: the first batch tells whether they read any. */
  #fetches: boolean | undefined;
  #step: ReadyStep | undefined;
  readonly #record: RunRecord;
  /** What is agreed with the other processes; undefined where this one is alone. */
  #pact: FitPact | undefined;

  constructor(
    model: AnyModel,
    runner: Runner,
    session: Session,
    sources: FitSources,
    options: FitOptions,
    history: History,
  ) {
    this.#model = model;
    this.#runner = runner;
    this.#session = session;
    this.#breath = new Breath(session.device);
    this.#sources = sources;
    this.#options = options;
    this.#history = history;
    const { epochs = 1, verbose = "auto", write } = options;
    const line = progressOptions(verbose, write);
    const steps = sources.training.batches;
    const given = listOf(options.callbacks);
    ({ progress: this.#progress, notes: this.#notes } = progressBeside(given, line));
    const keeps = (callback: CallbackLike) => callback?.setRun !== undefined;
    this.#record = new RunRecord({ model, runner, session, source: sources.training, history, callbacks: given });
    // What keeps the run in a file must find it as the other callbacks and the history have left it.
    const ownEnd: CallbackLike = { onEpochEnd: (epoch: number, logs: Logs) => this.#record.endEpoch(epoch, logs) };
    this.#callbacks = new CallbackList(
      [...given.filter((each) => !keeps(each)), ownEnd, ...given.filter(keeps)],
      model,
      { epochs, steps, verbose, write: line.write },
    );
    for (const callback of given) callback.setRun?.(this.#record);
    this.#chooser = stepChooser(runner, session, "train", sources.training.capacity);
    const { reads } = this.#callbacks;
    this.#watchesBatches = this.#callbacks.listensTo("onTrainBatchBegin", "onTrainBatchEnd");
    this.#ordered = this.#watchesBatches && reads !== "logs";
    if (reads !== undefined) this.#fetches = reads === "weights";
  }

  get #isStopped(): boolean {
    return this.#model.stopTraining || this.#options.signal?.aborted === true;
  }

  async run(): Promise<void> {
    const { epochs = 1, initialEpoch = 0, signal } = this.#options;
    this.#model.stopTraining = false;
    this.#pact = await this.#makePact();
    await this.#prepare();
    this.#record.epoch = initialEpoch;
    this.#progress.beginTrain({ epochs, steps: this.#sources.training.batches });
    try {
      await this.#callbacks.tell("onTrainBegin", 0, {});
      await this.#pact?.begin(this.#model, this.#record, this.#sources.training, this.#options);
      // An epoch that was stopped in its midst is brought to its end, as it would have been.
      while (this.#record.epoch < epochs && (this.#record.begun || !this.#model.stopTraining)) {
        await this.#runEpoch(this.#record.epoch);
        if (this.#pact === undefined) signal?.throwIfAborted();
        else this.#model.stopTraining = await this.#pact.endEpoch(this.#model, signal);
      }
      this.#runner.parts?.optimizer?.finalize(this.#model.trainableWeights);
      await this.#callbacks.tell("onTrainEnd", 0, this.#record.logs);
    } catch (error) {
      const isAborted = signal?.aborted === true && error === signal.reason;
      if (isAborted || this.#pact?.isStop(error)) await this.#interrupt();
      throw error;
    } finally {
      this.#progress.endTrain();
      if (this.#step !== undefined) await this.#session.settle(this.#step.about.changes);
    }
  }

  async #makePact(): Promise<FitPact | undefined> {
    const { group } = this.#session.device;
    if (group === undefined) return undefined;
    const { FitPact } = await import("./fit-pact.ts");
    const wishes = { stop: () => this.#model.stopTraining, abort: () => this.#options.signal?.aborted === true };
    return new FitPact(group, this.#runner.parts?.distribution?.autoShardDataset === false, wishes);
  }

  /** Training was told to end: its last step is finished. */
  async #interrupt(): Promise<void> {
    if (this.#step !== undefined) await this.#session.settle(this.#step.about.changes);
    await this.#callbacks.tell("onTrainInterrupt", 0, this.#record.logs);
    await this.#pact?.meet();
  }

  /** Compiles the step before the first epoch, where the kind of batches is known: its time is not the epoch's. */
  async #prepare(): Promise<void> {
    const { kind } = this.#sources.training;
    if (kind !== undefined) await this.#chooser({ feeds: kind, rows: 1 });
  }

  async #runEpoch(epoch: number): Promise<void> {
    const record = this.#record;
    const { begun } = record;
    this.#pact?.beginEpoch();
    this.#progress.beginEpoch(epoch);
    record.beginEpoch();
    if (!begun) await this.#callbacks.tell("onEpochBegin", epoch, {});
    const first = record.step;
    const reader = this.#sources.training.open(epoch, first);
    await this.#runBatches(epoch, first, reader);
    if (this.#pact === undefined) this.#options.signal?.throwIfAborted();
    else if (this.#pact.throwIfAborted(this.#options.signal)) this.#model.stopTraining = true;
    if (this.#step !== undefined) await this.#session.settle(this.#step.about.changes);
    const { validation } = this.#sources;
    if (validation !== undefined && validatesAfter(epoch, this.#options.validationFreq ?? 1)) {
      const { signal } = this.#options;
      const scores = await evaluateSource(this.#runner, this.#session, validation, {
        callbacks: this.#callbacks,
        signal,
      });
      const named = Object.fromEntries(Object.entries(scores).map(([name, value]) => [`val_${name}`, value]));
      record.logs = sortLogs({ ...record.logs, ...named });
    }
    const { logs } = record;
    await this.#callbacks.tell("onEpochEnd", epoch, logs);
    this.#progress.endEpoch(logs, reader.waitingMs);
  }

  async #runBatches(epoch: number, first: number, reader: BatchReader): Promise<void> {
    const { training } = this.#sources;
    await runBatches({
      reader,
      first,
      breath: this.#breath,
      // Who looks at the model after a batch must not find that the next step has changed it.
      inFlight: (batch) => {
        if (this.#ordered || this.#callbacks.readsAfter(batch - 1)) return 1;
        return this.#pact?.stepsAhead ?? Number.POSITIVE_INFINITY;
      },
      ...(this.#pact === undefined ? {} : { alsoFed: (batch: Batch) => this.#pact!.feed(batch) }),
      stepFor: resetFirst(
        (batch) => this.#stepFor(batch),
        () => this.#record.resetLogs(),
      ),
      begin: (batch, pending) => {
        if (this.#pact === undefined ? this.#isStopped : this.#pact.isOver(batch)) return false;
        return !this.#watchesBatches || this.#beginBatch(batch, pending);
      },
      end: (batch, outputs, { fed, pending }) => {
        const logs = logsOf(outputs);
        const { loss = 0 } = logs;
        this.#pact?.note(batch, outputs);
        if (!Number.isFinite(loss) && !this.#callbacks.takesBadLoss)
          return this.#explain({ epoch: epoch + 1, batch: batch + 1, loss }, reader, fed);
        this.#record.endStep(batch, logs);
        this.#history.latest = { epoch, step: batch, steps: training.batches, logs };
        this.#progress.step(batch, logs);
        return this.#watchesBatches ? this.#endBatch(batch, pending) : undefined;
      },
    });
  }

  #stepFor(batch: Batch): ReadyStep | Promise<ReadyStep> {
    const found = this.#chooser(batch);
    return found === this.#step ? found : this.#take(found);
  }

  /** A step that was not used before may have something to say. */
  async #take(found: ReadyStep | Promise<ReadyStep>): Promise<ReadyStep> {
    this.#step = await found;
    this.#record.use(this.#step);
    for (const notice of this.#runner.takeNotices()) this.#notes.note(notice);
    return this.#step;
  }

  /** While steps run ahead, the device's weights are no longer those of the batch. */
  async #tellBatch(event: "onTrainBatchBegin" | "onTrainBatchEnd", batch: number, logs: Logs, pending: number) {
    const tell = () => this.#callbacks.tell(event, batch, logs);
    await (pending > 0 ? this.#session.withholding(tell) : tell());
  }

  async #beginBatch(batch: number, pending: number): Promise<boolean> {
    await this.#tellBatch("onTrainBatchBegin", batch, {}, pending);
    return this.#pact !== undefined || !this.#isStopped;
  }

  async #endBatch(batch: number, pending: number): Promise<void> {
    const changes = this.#step?.about.changes ?? [];
    if (this.#fetches !== false || this.#callbacks.readsAfter(batch)) await this.#session.lend(changes);
    await this.#tellBatch("onTrainBatchEnd", batch, this.#record.logs, pending);
    // A variable that is no longer deferred was read or set by a callback.
    this.#fetches ??= changes.some((variable) => variable.holder === undefined);
  }

  /** Throws what is wrong with a loss. The rows are read once more: what they were read into may have been overwritten since. */
  async #explain(at: BadStep, reader: BatchReader, fed: Batch): Promise<undefined> {
    const feeds = reader.copyOf?.(at.batch - 1) ?? fed.feeds;
    throw await diagnoseLoss(this.#model, this.#runner, this.#session, feeds, at);
  }
}

function validatesAfter(epoch: number, frequency: number | readonly number[]): boolean {
  return typeof frequency === "number" ? (epoch + 1) % frequency === 0 : frequency.includes(epoch + 1);
}
