/** Errors that say what happened, what came, what was expected and how to mend it. */
import { formatValue } from "./format.ts";

/** Base class of every error that fovea throws on purpose. */
export class FoveaError extends Error {
  override name = "FoveaError";

  constructor(message?: string, options?: ErrorOptions) {
    super(message === undefined || typeof message === "string" ? message : formatValue(message), options);
  }
}

/** A shape, rank or size does not fit. */
export class ShapeError extends FoveaError {
  override name = "ShapeError";
}

/** An argument has a value that the called function cannot take. */
export class ArgumentError extends FoveaError {
  override name = "ArgumentError";
}

/** A call came before the call that it needs (`fit` before `compile`). */
export class StateError extends FoveaError {
  override name = "StateError";
}

/** External data (IDX, JSON, HDF5, …) is not in the format that it claims. */
export class FormatError extends FoveaError {
  override name = "FormatError";
}

/** A download, a file or a folder could not be read or written. */
export class InputOutputError extends FoveaError {
  override name = "InputOutputError";
}

/** A device is missing, was lost or cannot do what was requested. */
export class DeviceError extends FoveaError {
  override name = "DeviceError";
}

/** The source of a dataset, or a function given to one of its stages, failed; `cause` is the error that it threw. */
export class DatasetError extends FoveaError {
  override name = "DatasetError";
}

/** A loss or an activation is NaN or infinite. */
export class NumericError extends FoveaError {
  override name = "NumericError";
}

/** An invariant of fovea itself is broken: a bug in fovea, not a mistake of the user. */
export class InternalError extends FoveaError {
  override name = "InternalError";
}

/** Number of single-character edits (insert, delete, replace, swap of neighbours) between two words. Damerau 1964. */
export function editDistance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i || j));
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      rows[i]![j] = best;
    }
  }
  return rows[a.length]![b.length]!;
}

/** No name that is meant is longer; the time of a comparison grows with both lengths, and a damaged file may hold any text. */
const LONGEST_NAME = 300;

/** The known name nearest to `name` (case and underscores ignored), or undefined if none is near. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  const bare = (word: string) => word.toLowerCase().replaceAll("_", "");
  const wanted = bare(name);
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 4)) + 1;
  for (const candidate of known) {
    const found = bare(candidate);
    // Each letter that one has more is an edit.
    if (Math.abs(found.length - wanted.length) >= least) continue;
    const distance = editDistance(wanted, found);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** ` Did you mean "…"?` with the known name nearest to `name`; empty if none is near. */
export function suggestName(name: string, known: Iterable<string>): string {
  const near = nearestName(name, known);
  return near === undefined ? "" : ` Did you mean "${near}"?`;
}

/** The error for a name that is not in a table: says what came, the nearest known name and all of them. */
export function unknownName(what: string, name: unknown, known: Iterable<string>): ArgumentError {
  const names = [...known];
  const hint = typeof name === "string" ? suggestName(name, names) : "";
  return new ArgumentError(`Unknown ${what} ${formatValue(name)}.${hint} Known: ${names.join(", ")}.`);
}
