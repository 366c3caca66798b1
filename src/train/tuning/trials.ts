/** The trials of a search, and the file in which they are kept. */
import { ArgumentError, FormatError } from "../../base/errors.ts";
import { type Place, placeOf, type SavePlace, using } from "../../io/place.ts";
import type { AnyValues } from "./search-space.ts";

/** Values of the hyper-parameters, and what training with them gave. */
export interface Trial<V = AnyValues> {
  /** From 0, in the order in which the trials began. */
  readonly number: number;
  readonly values: V;
  /** The best value of the objective in any epoch so far; undefined where training failed. */
  readonly score: number | undefined;
  /** How many epochs the model was trained for. */
  readonly epochs: number;
  /** Why training failed: its loss was NaN or infinite. */
  readonly error?: string;
}

/** What a search is: a file of another one is not gone on with. */
export interface SearchIdentity {
  readonly method: string;
  readonly space: unknown;
  readonly objective: string;
  readonly seed: number;
  readonly epochs: number;
  readonly factor?: number;
}

/** A part of a search: the trial of this number, trained up to this epoch. */
const keyOf = (number: number, epochs: number) => `${number}/${epochs}`;

/** Trials that were made, written after each where there is a file. */
export class TrialFile {
  readonly #identity: SearchIdentity;
  readonly #place: Place | undefined;
  readonly #trials: Map<string, Trial>;

  private constructor(identity: SearchIdentity, place: Place | undefined, trials: readonly Trial[]) {
    this.#identity = identity;
    this.#place = place;
    this.#trials = new Map(trials.map((trial) => [keyOf(trial.number, trial.epochs), trial]));
  }

  /**
   * Reads what the file holds; it need not be there.
   *
   * @throws ArgumentError for the file of another search; FormatError for one that holds none
   */
  static async open(owner: string, file: SavePlace | undefined, identity: SearchIdentity): Promise<TrialFile> {
    if (file === undefined) return new TrialFile(identity, undefined, []);
    const place = await placeOf(owner, file);
    if (place.name === undefined) throw new ArgumentError(`${owner}: ${place.title} is a folder, expected a file.`);
    const source = await place.store.open(place.name);
    if (source === undefined) return new TrialFile(identity, place, []);
    const text = await using(source, async ({ size }) => new TextDecoder().decode(await source.read(0, size)));
    const { search, trials } = parse(place.title, text);
    for (const [name, wanted] of Object.entries(identity))
      if (JSON.stringify(search[name]) !== JSON.stringify(wanted))
        throw new ArgumentError(
          `${owner}: ${place.title} holds a search with ${name} ${JSON.stringify(search[name])}, not ${JSON.stringify(wanted)}. Give another file, or remove this one.`,
        );
    return new TrialFile(identity, place, trials);
  }

  find(number: number, epochs: number): Trial | undefined {
    return this.#trials.get(keyOf(number, epochs));
  }

  async add(trial: Trial): Promise<void> {
    this.#trials.set(keyOf(trial.number, trial.epochs), trial);
    if (this.#place === undefined) return;
    const text = JSON.stringify({ search: this.#identity, trials: [...this.#trials.values()] }, undefined, 1);
    await this.#place.store.write(this.#place.name!, [new TextEncoder().encode(`${text}\n`)]);
  }

  /** The last of each number. */
  get trials(): readonly Trial[] {
    const last = new Map<number, Trial>();
    for (const trial of this.#trials.values()) {
      const before = last.get(trial.number);
      if (before === undefined || before.epochs <= trial.epochs) last.set(trial.number, trial);
    }
    return [...last.values()].sort((a, b) => a.number - b.number);
  }
}

function parse(title: string, text: string): { search: Record<string, unknown>; trials: readonly Trial[] } {
  const refuse = (why: string) => new FormatError(`${title} is no file of trials: ${why}.`);
  let value: { search?: unknown; trials?: unknown } | null;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
  const { search, trials } = value ?? {};
  if (typeof search !== "object" || search === null || !Array.isArray(trials))
    throw refuse("search or trials are missing");
  const isTrial = (each: Partial<Trial> | null) =>
    Number.isInteger(each?.number) &&
    Number.isInteger(each?.epochs) &&
    typeof each?.values === "object" &&
    (each.score === undefined || Number.isFinite(each.score));
  const bad = trials.findIndex((each) => !isTrial(each));
  if (bad >= 0) throw refuse(`entry ${bad} of trials lacks its number, values, score or epochs`);
  return { search: search as Record<string, unknown>, trials };
}
