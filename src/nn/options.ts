/** Checks of option values, one wording for all of Keras's nouns. Kinds of options are in option-kinds.ts. */
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { checkKeys } from "../base/options.ts";
import type { OptionTable } from "./option-kinds.ts";

/** The options with defaults where nothing (or undefined) was given; keys without a default are unknown. */
export function fillOptions<O extends object>(owner: string, given: object, defaults: O): O {
  checkKeys(owner, given, Object.keys(defaults));
  const own = Object.entries(given).filter(([key, value]) => key in defaults && value !== undefined);
  return { ...defaults, ...Object.fromEntries(own) };
}

/** Checks `given` against the table: unknown keys, missing and wrong values; fills in the defaults. */
export function readOptions(
  className: string,
  owner: string,
  given: object,
  table: OptionTable,
): Readonly<Record<string, unknown>> {
  checkKeys(className, given, Object.keys(table));
  const values = given as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(table).map(([name, option]) => {
      const stated = Object.hasOwn(values, name) ? values[name] : undefined;
      return [name, option.read(stated === undefined ? option.default : stated, owner, name)];
    }),
  );
}

/** Throws unless `value` is a finite number for which `holds` is true. */
export function checkNumber(
  owner: string,
  name: string,
  value: unknown,
  expected: string,
  holds: (value: number) => boolean,
): asserts value is number {
  if (typeof value !== "number" || !Number.isFinite(value) || !holds(value))
    throw new ArgumentError(`${owner}: ${name} is ${formatValue(value)}, expected ${expected}.`);
}

export function checkFlag(owner: string, name: string, value: unknown): asserts value is boolean {
  if (typeof value !== "boolean")
    throw new ArgumentError(`${owner}: ${name} is ${formatValue(value)}, expected true or false.`);
}

/** A Keras object in a config, keys in camelCase: where its class lives, its name and its own config. */
export interface ObjectConfig {
  readonly module: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly registeredName: string | null;
}

export function describeObject(module: string, className: string, config: Record<string, unknown>): ObjectConfig {
  return { module, className, config, registeredName: null };
}

/** Whether a value from a config stands for an object of a class. That of a function holds its name as its config. */
export function isObjectConfig(value: unknown): value is ObjectConfig {
  if (typeof value !== "object" || value === null || !("className" in value) || !("config" in value)) return false;
  const { className, config } = value;
  return typeof className === "string" && config !== null && ["object", "string"].includes(typeof config);
}
