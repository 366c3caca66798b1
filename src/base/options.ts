/** Checks of options objects. */
import { ArgumentError, suggestName } from "./errors.ts";
import { formatValue } from "./format.ts";

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
    const hint = suggestName(key, known);
    const all = known.length === 0 ? "It takes none." : `It takes: ${known.join(", ")}.`;
    throw new ArgumentError(`${owner}: unknown option "${key}".${hint} ${all}`);
  }
}

/** Throws the error for a value that an option of `owner` cannot take. */
export function refuseOption(owner: string, name: string, value: unknown, expected: string): never {
  throw new ArgumentError(`${owner}: ${name} is ${formatValue(value)}, expected ${expected}.`);
}
