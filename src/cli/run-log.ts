/** What a run left behind: the lines of `fovea train --json`, the object of `fovea race --json`, or a history as JSON. */
import { readFile } from "node:fs/promises";
import { FormatError, InputOutputError } from "../index.ts";

export interface RunLog {
  /** Data, model, device: a sentence. */
  readonly about: string;
  /** 1-based. */
  readonly epochs: readonly number[];
  /** By Keras's names: loss, val_loss, accuracy, … */
  readonly history: Readonly<Record<string, readonly number[]>>;
  readonly confusion: { readonly matrix: unknown; readonly names: unknown } | undefined;
  readonly race: { readonly lanes: unknown; readonly parity: unknown } | undefined;
}

type Entry = Readonly<Record<string, unknown>>;

const isEntry = (value: unknown): value is Entry =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((each) => typeof each === "number");
/** Numbers that JSON cannot hold are written as texts. */
const revive = (_: string, value: unknown): unknown =>
  value === "NaN" || value === "Infinity" || value === "-Infinity" ? Number(value) : value;

/** @throws InputOutputError for a file that cannot be read; FormatError for one that is no such log */
export async function readRunLog(path: string): Promise<RunLog> {
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw new InputOutputError(`Cannot read "${path}": ${cause.message}.`, { cause });
  });
  const entries = entriesOf(text);
  if (entries === undefined)
    throw new FormatError(
      `"${path}" is no log of a run: expected the lines that "fovea train --json" writes, the file of "fovea race --json", or a history as one JSON object such as {"loss": [0.3, 0.1]}.`,
    );
  const [only] = entries;
  const history = entries.length === 1 && only!.event === undefined ? historyOf(only!) : undefined;
  const log = history ?? eventsOf(entries);
  if (log.epochs.length === 0 && log.confusion === undefined && log.race === undefined)
    throw new FormatError(
      `"${path}" holds no epoch, no confusion matrix and no race; was the run stopped before its first epoch ended?`,
    );
  return log;
}

/** One JSON object, or one on each line. */
function entriesOf(text: string): Entry[] | undefined {
  const parse = (json: string): unknown => {
    try {
      return JSON.parse(json, revive);
    } catch {
      return undefined;
    }
  };
  const whole = parse(text);
  if (isEntry(whole)) return [whole];
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const entries = lines.map(parse);
  // A run that was killed may have left half a line at the end.
  if (entries.at(-1) === undefined) entries.pop();
  return entries.length > 0 && entries.every(isEntry) ? entries : undefined;
}

/** `History` as JSON, or its `history` alone, as Python's json.dump(history.history) writes it. */
function historyOf(object: Entry): RunLog | undefined {
  const inner = isEntry(object.history) ? object.history : object;
  const lists = Object.entries(inner).filter((entry): entry is [string, number[]] => isNumbers(entry[1]));
  const history = Object.fromEntries(lists.filter(([name]) => name !== "epoch"));
  const count = Math.max(0, ...Object.values(history).map((list) => list.length));
  if (count === 0) return undefined;
  const epochs = Array.from({ length: count }, (_, i) => i + 1);
  return { about: "", epochs, history, confusion: undefined, race: undefined };
}

function eventsOf(entries: readonly Entry[]): RunLog {
  const epochs: number[] = [];
  const history = new Map<string, number[]>();
  let confusion: RunLog["confusion"];
  let race: RunLog["race"];
  const about: string[] = [];
  for (const entry of entries) {
    const { event, phase, logs } = entry;
    if (event === "begin" && phase === "train") {
      epochs.length = 0;
      history.clear();
    }
    if (event === "data") about.push(`${entry.name}, ${entry.train} training images`);
    if (event === "model") about.push(`${entry.params} parameters`);
    if (event === "device") about.push(String(entry.description ?? entry.name));
    if (event === "confusion") confusion = { matrix: entry.matrix, names: entry.classNames };
    if (event === "race") race = { lanes: entry.lanes, parity: entry.parity ?? undefined };
    if (event !== "epoch" || !isEntry(logs)) continue;
    epochs.push(typeof entry.epoch === "number" ? entry.epoch : epochs.length + 1);
    for (const [name, value] of Object.entries(logs)) {
      const list = history.get(name) ?? new Array<number>(epochs.length - 1).fill(Number.NaN);
      history.set(name, list);
      list.push(typeof value === "number" ? value : Number.NaN);
    }
    for (const list of history.values()) if (list.length < epochs.length) list.push(Number.NaN);
  }
  return {
    about: about.length === 0 ? "" : `${about.join("; ")}.`,
    epochs,
    history: Object.fromEntries(history),
    confusion,
    race,
  };
}
