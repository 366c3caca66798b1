/** Where a run of `fit` is, and how it goes on where another one was. */
import { ArgumentError } from "../base/errors.ts";
import { formatShape, sameShape } from "../base/shape.ts";
import { Tensor } from "../base/tensor.ts";
import type { Session, StateEntry } from "../engine/session.ts";
import type { Layer } from "../nn/layers/layer.ts";
import { type CallbackLike, callbackName } from "./callbacks/callback.ts";
import type { FeedSource } from "./feed-source.ts";
import type { History, Logs } from "./history.ts";
import type { AnyModel } from "./model.ts";
import type { KeptRun, RunState } from "./run-state.ts";
import type { Runner } from "./runner.ts";
import type { ReadyStep } from "./steps.ts";

export interface RecordedRun {
  readonly model: AnyModel;
  readonly runner: Runner;
  readonly session: Session;
  readonly source: FeedSource;
  readonly history: History;
  readonly callbacks: readonly CallbackLike[];
}

const countOf = (value: number | undefined, what: string) =>
  value === undefined ? `${what} unknown` : `${value} ${what}`;

export class RunRecord implements KeptRun {
  /** The epoch that runs, or the next one. */
  epoch = 0;
  /** Finished batches of it. */
  step = 0;
  /** Whether callbacks were told that it begins. */
  begun = false;
  logs: Logs = {};
  readonly #run: RecordedRun;
  /** Batches of the epoch whose reader was opened last. */
  #read = 0;
  /** What the steps so far change. */
  readonly #changes = new Set<StateEntry>();
  #isResumed = false;
  /** What is set with the first step, which makes the variables that it is for. */
  #waiting: Pick<RunState, "trackers" | "variables"> | undefined;

  constructor(run: RecordedRun) {
    this.#run = run;
  }

  /** Notes a step that runs. */
  use(step: ReadyStep): void {
    for (const variable of step.about.changes) this.#changes.add(variable);
  }

  beginEpoch(): void {
    this.#read = this.step;
    this.begun = true;
  }

  endStep(batch: number, logs: Logs): void {
    this.step = batch + 1;
    this.#read = this.step;
    this.logs = logs;
  }

  endEpoch(epoch: number, logs: Logs): void {
    this.#run.history.append(epoch, logs);
    this.epoch = epoch + 1;
    this.step = 0;
    this.begun = false;
    this.logs = logs;
  }

  async capture(): Promise<RunState> {
    const { model, session, source, history, callbacks } = this.#run;
    await session.pull([...this.#changes]);
    const { trackers, variables } = this.#waiting ?? (await this.#readStep());
    return {
      epoch: this.epoch,
      step: this.step,
      begun: this.begun,
      stopped: model.stopTraining,
      logs: this.logs,
      history: { epoch: history.epoch, columns: history.history },
      data: { batches: source.batches, rows: source.rows, place: source.placeAfter(this.#read) },
      keys: randomLayers(model).map((layer) => layer.randomKey!),
      callbacks: stateful(callbacks).map((each) => ({ className: callbackName(each), state: each.getState() })),
      // Between two epochs there is nothing to keep of the logs.
      trackers: this.step === 0 ? [] : trackers,
      variables,
    };
  }

  async #readStep(): Promise<Pick<RunState, "trackers" | "variables">> {
    const { runner, session } = this.#run;
    const isRead = this.step > 0;
    const states = isRead ? runner.trainTrackers.variables : [];
    const trackers = await Promise.all(
      states.map(async (each) => new Tensor(await session.read(each), [...each.shape])),
    );
    return { trackers, variables: this.#others().map(({ value, shape }) => new Tensor(value, [...shape])) };
  }

  /** What the steps change besides the model's weights and its optimizer. */
  #others(): StateEntry[] {
    const { model } = this.#run;
    const known = new Set<StateEntry>([...model.weights, ...(model.optimizer?.variables ?? [])]);
    return [...this.#changes].filter((variable) => !known.has(variable));
  }

  resume(state: RunState): void {
    const { model, runner, source, history, callbacks } = this.#run;
    if (this.#isResumed)
      throw new ArgumentError("fit: two callbacks want to restore its run; pass one BackupAndRestore.");
    this.#check(state);
    this.#isResumed = true;
    const layers = randomLayers(model);
    const isChanged = layers.some(({ randomKey }, i) => randomKey!.some((word, j) => word !== state.keys[i]![j]));
    layers.forEach((layer, i) => {
      layer.randomKey = state.keys[i];
    });
    // The keys are constants of a step that was compiled already.
    if (isChanged) runner.graphChanged();
    stateful(callbacks).forEach((callback, i) => {
      callback.setState(state.callbacks[i]!.state);
    });
    source.goOn(state.data.place);
    const { epoch, columns } = state.history;
    epoch.forEach((each, i) => {
      history.append(each, Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[i]!])));
    });
    if (state.step > 0)
      history.latest = { epoch: state.epoch, step: state.step - 1, steps: source.batches, logs: state.logs };
    model.stopTraining = state.stopped;
    ({ epoch: this.epoch, step: this.step, begun: this.begun, logs: this.logs } = state);
    this.#read = state.step;
    this.#waiting = state;
  }

  /** Throws where the state is that of another call of `fit`. */
  #check(state: RunState): void {
    const { model, source, callbacks } = this.#run;
    const other = (what: string, kept: string, here: string) =>
      new ArgumentError(
        `fit cannot go on with the run that was kept: ${what} it had ${kept}, and here ${here}. Call it as before, or begin anew in another place.`,
      );
    const { batches, rows, place } = state.data;
    if (batches !== source.batches)
      throw other("in an epoch", countOf(batches, "batches"), countOf(source.batches, "batches"));
    if (rows !== source.rows) throw other("in an epoch", countOf(rows, "rows"), countOf(source.rows, "rows"));
    if ((place.key === undefined) !== (source.placeAfter(0).key === undefined))
      throw other("of its data", place.key ? "a shuffled order" : "the data's own order", "the other");
    const titles = (names: readonly string[]) => (names.length === 0 ? "none" : names.join(", "));
    const kept = titles(state.callbacks.map(({ className }) => className));
    const here = titles(stateful(callbacks).map(callbackName));
    if (kept !== here) throw other("of callbacks with a state", kept, here);
    const layers = randomLayers(model).length;
    if (state.keys.length !== layers) throw other("of layers that draw", String(state.keys.length), String(layers));
    const lengths = Object.values(state.history.columns).map(({ length }) => length);
    if (lengths.some((length) => length !== state.history.epoch.length))
      throw new ArgumentError("The state of the run: the columns of its history differ in length.");
  }

  /** Sets what the logs of an epoch begin with: nothing, or what the run that is gone on with had. */
  async resetLogs(): Promise<void> {
    const { runner, session } = this.#run;
    const own = runner.trainTrackers.variables;
    await session.reset(own);
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const others = this.#others();
    if (this.step > 0) checkShapes("running sums of the logs", waiting.trackers, own);
    checkShapes("variables of the step", waiting.variables, others);
    others.forEach((variable, i) => {
      variable.value = waiting.variables[i]!.data as Float32Array;
    });
    if (this.step > 0)
      await Promise.all(own.map((each, i) => session.write(each, waiting.trackers[i]!.data as Float32Array)));
    this.#waiting = undefined;
  }
}

function checkShapes(what: string, kept: readonly Tensor[], own: readonly StateEntry[]): void {
  const fits = kept.length === own.length && own.every(({ shape }, i) => sameShape(shape, kept[i]!.shape));
  if (fits) return;
  const list = (entries: readonly { readonly shape: readonly number[] }[]) =>
    entries.length === 0 ? "none" : entries.map(({ shape }) => formatShape(shape)).join(" ");
  throw new ArgumentError(
    `fit cannot go on with the run that was kept: of ${what} it had ${list(kept)}, and here ${list(own)}. Compile the model as before.`,
  );
}

type Stateful = CallbackLike & Required<Pick<CallbackLike, "getState" | "setState">>;

/** The callbacks that keep something. */
const stateful = (callbacks: readonly CallbackLike[]): Stateful[] =>
  callbacks.filter((each): each is Stateful => each.getState !== undefined && each.setState !== undefined);

/** The layers that draw random numbers, each once. */
function randomLayers(model: AnyModel): Layer[] {
  const found = new Set<Layer>();
  const visit = (layer: Layer): void => {
    if (found.has(layer)) return;
    found.add(layer);
    for (const each of layer.sublayers) visit(each);
  };
  visit(model as unknown as Layer);
  return [...found].filter(({ randomKey }) => randomKey !== undefined);
}
