/** What a run of `fit` is, so that another process can go on with it: everything but the weights and the optimizer. */
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { refuseOption } from "../base/options.ts";
import type { Key } from "../base/random.ts";
import { Tensor } from "../base/tensor.ts";
import type { CallbackState, StateValue } from "./callbacks/callback.ts";
import type { FeedPlace } from "./feed-source.ts";
import type { Logs } from "./history.ts";

/** The file in the folder of a training that is kept: Keras's name for that of BackupAndRestore. */
export const latestFile = "latest.weights.h5";

/** Where a run is: between two batches. */
export interface RunState {
  readonly epoch: number;
  /** Batches of the epoch that are done. */
  readonly step: number;
  /** Whether callbacks were told that the epoch begins. */
  readonly begun: boolean;
  /** Whether a callback has ended the training. */
  readonly stopped: boolean;
  readonly logs: Logs;
  readonly history: {
    readonly epoch: readonly number[];
    readonly columns: Readonly<Record<string, readonly number[]>>;
  };
  readonly data: DataState;
  /** What layers draw by, in the order of the layers. */
  readonly keys: readonly Key[];
  readonly callbacks: readonly { readonly className: string; readonly state: CallbackState }[];
  /** Running sums of the logs and states of metrics; none between two epochs. */
  readonly trackers: readonly Tensor[];
  /** What the step changes besides the model's weights and its optimizer: variables of further optimizers. */
  readonly variables: readonly Tensor[];
}

/** Which data the run reads, and in which order. */
export interface DataState {
  readonly batches: number | undefined;
  readonly rows: number | undefined;
  readonly place: FeedPlace;
}

/** What keeps a run in a file and goes on with it: a callback with `setRun` is given it. */
export interface KeptRun {
  /** The run as it is. To be asked while no step is in flight. */
  capture(): Promise<RunState>;
  /**
   * Goes on with a run that was kept; for `onTrainBegin`, when the other callbacks have had theirs.
   *
   * @throws ArgumentError where it does not belong to this call of `fit`
   */
  resume(state: RunState): void;
}

/** The state as a value of plain parts. */
export function describeRun(state: RunState): CallbackState {
  const { place, ...data } = state.data;
  return {
    ...state,
    data: {
      batches: data.batches ?? null,
      rows: data.rows ?? null,
      key: place.key ?? null,
      pass: place.pass ?? null,
      read: place.read ?? null,
    },
  };
}

/** The state that a file describes. @throws ArgumentError where it describes none */
export function readRun(value: CallbackState): RunState {
  const state = new StateReader("The state of the run", value);
  const [data, history] = [state.record("data"), state.record("history")];
  const epoch = history.numbers("epoch");
  const columns = history.record("columns");
  const whole = (name: string) => (data.has(name) ? data.count(name) : undefined);
  return {
    epoch: state.count("epoch"),
    step: state.count("step"),
    begun: state.flag("begun"),
    stopped: state.flag("stopped"),
    logs: state.record("logs").allNumbers(),
    history: { epoch, columns: Object.fromEntries(columns.names.map((name) => [name, columns.numbers(name)])) },
    data: {
      batches: whole("batches"),
      rows: whole("rows"),
      place: { key: data.has("key") ? data.key("key") : undefined, pass: whole("pass"), read: whole("read") },
    },
    keys: state.list("keys").map((_, i) => state.within("keys").key(String(i))),
    callbacks: state.list("callbacks").map((_, i) => {
      const each = state.within("callbacks").record(String(i));
      return { className: each.text("className"), state: each.record("state").value };
    }),
    trackers: state.tensors("trackers"),
    variables: state.tensors("variables"),
  };
}

/** Reads the parts of a state that a file, or a caller, gives: nothing is taken for granted. */
export class StateReader {
  readonly value: CallbackState;
  readonly #what: string;

  /** @param what names the state in messages */
  constructor(what: string, value: unknown) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Tensor)
      throw new ArgumentError(`${what} is ${formatValue(value)}, expected a record.`);
    this.#what = what;
    this.value = value as CallbackState;
  }

  get names(): string[] {
    return Object.keys(this.value);
  }

  /** Whether there is something of this name. */
  has(name: string): boolean {
    return Object.hasOwn(this.value, name) && this.value[name] !== null && this.value[name] !== undefined;
  }

  #read<T extends StateValue>(name: string, expected: string, is: (value: unknown) => boolean): T {
    const value = Object.hasOwn(this.value, name) ? this.value[name] : undefined;
    if (is(value)) return value as T;
    return refuseOption(this.#what, name, value, expected);
  }

  number(name: string): number {
    return this.#read(name, "a number", (value) => typeof value === "number");
  }

  count(name: string): number {
    const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
    return this.#read(name, "a whole number of 0 or more", isCount);
  }

  flag(name: string): boolean {
    return this.#read(name, "true or false", (value) => typeof value === "boolean");
  }

  text(name: string): string {
    return this.#read(name, "a text", (value) => typeof value === "string");
  }

  list(name: string): readonly StateValue[] {
    return this.#read(name, "a list", Array.isArray);
  }

  numbers(name: string): readonly number[] {
    const isList = (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === "number");
    return this.#read(name, "a list of numbers", isList);
  }

  tensors(name: string): readonly Tensor[] {
    const isList = (value: unknown) => Array.isArray(value) && value.every((each) => each instanceof Tensor);
    return this.#read(name, "a list of tensors", isList);
  }

  key(name: string): Key {
    const isKey = (value: unknown) => Array.isArray(value) && value.length === 2 && value.every(Number.isSafeInteger);
    return this.#read<readonly number[]>(name, "two whole numbers", isKey) as Key;
  }

  record(name: string): StateReader {
    return new StateReader(`${this.#what}, ${name}`, Object.hasOwn(this.value, name) ? this.value[name] : undefined);
  }

  /** The members of a list by their numbers. */
  within(name: string): StateReader {
    return new StateReader(`${this.#what}, ${name}`, { ...(this.list(name) as object) });
  }

  /** All members, which are numbers. */
  allNumbers(): Record<string, number> {
    return Object.fromEntries(this.names.map((name) => [name, this.number(name)]));
  }
}
