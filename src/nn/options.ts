/** Options objects: their keys are checked and their defaults filled in, in one place for all of Keras's nouns. */
import { ArgumentError, nearestName } from "../base/errors.ts";

/**
 * Throws for a key that `known` lacks; a misspelt option must not be ignored in silence.
 *
 * @param owner whose options they are, as messages name it
 */
export function checkKeys(owner: string, given: object, known: readonly string[]): void {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new ArgumentError(`${owner} takes its options as one object { … }, got ${formatValue(given)}.`);
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const near = nearestName(key, known);
    const hint = near === undefined ? "" : ` Did you mean "${near}"?`;
    const all = known.length === 0 ? "It takes none." : `It takes: ${known.join(", ")}.`;
    throw new ArgumentError(`${owner}: unknown option "${key}".${hint} ${all}`);
  }
}

/** The options with defaults where nothing (or undefined) was given; keys that have no default are unknown, unless `also` lists them. */
export function fillOptions<O extends object>(
  owner: string,
  given: object,
  defaults: O,
  also: readonly string[] = [],
): O {
  checkKeys(owner, given, [...Object.keys(defaults), ...also]);
  const own = Object.entries(given).filter(([key, value]) => key in defaults && value !== undefined);
  return { ...defaults, ...Object.fromEntries(own) };
}

/** What stands for a number that has no default, until it is checked. */
export const missing: number = Number.NaN;

/** Throws unless `value` is a finite number for which `holds` is true. */
export function checkNumber(
  owner: string,
  name: string,
  value: unknown,
  expected: string,
  holds: (value: number) => boolean,
): void {
  if (typeof value !== "number" || !Number.isFinite(value) || !holds(value))
    throw new ArgumentError(`${owner}: ${name} is ${formatValue(value)}, expected ${expected}.`);
}

export function checkFlag(owner: string, name: string, value: unknown): void {
  if (typeof value !== "boolean")
    throw new ArgumentError(`${owner}: ${name} is ${formatValue(value)}, expected true or false.`);
}

/** A value as messages show it: strings in quotes, Infinity by its name. */
export function formatValue(value: unknown): string {
  if (Number.isNaN(value)) return "missing or NaN";
  if (typeof value === "number" || value === undefined) return String(value);
  return JSON.stringify(value) ?? typeof value;
}

/** A Keras object in a config, keys in camelCase: where its class lives, its name and its own config. */
export interface ObjectConfig {
  readonly module: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly registeredName: null;
}

export function describeObject(module: string, className: string, config: Record<string, unknown>): ObjectConfig {
  return { module, className, config, registeredName: null };
}
