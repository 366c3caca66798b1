/**
 * Kinds of options. A class states each option once, as `static options`: type, default, check and the form that it has in a
 * config follow from the kind.
 *
 * @example
 * ```ts
 * import { type CallContext, Layer } from "fovea/layers";
 * import { multiply } from "fovea/ops";
 * import { number } from "fovea/options";
 * class Scale extends Layer<{ factor: number }> {
 *   static override options = { factor: number({ min: 0, default: 1 }) };
 *   override call(x: import("fovea/ops").Sym) {
 *     return multiply(x, this.options.factor);
 *   }
 * }
 * new Scale({ factor: 2 }).getConfig().factor; // 2
 * ```
 */
import { ArgumentError, unknownName } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { checkKeys } from "../base/options.ts";
import { checkFlag, checkNumber } from "./options.ts";

/**
 * One option of a class.
 *
 * @typeParam T its value once it is checked
 * @typeParam G what may be given
 * @typeParam R whether it must be given
 */
export interface Option<T = unknown, G = T, R extends boolean = boolean> {
  readonly required: R;
  /** The value of an option that is not given; undefined for a required one. */
  readonly default: G | undefined;
  /** Checks a given value, or one out of a config. */
  read(value: unknown, owner: string, name: string): T;
  /** The value in a config; undefined leaves the key out. */
  write(value: T): unknown;
  /** Whether it is a layer, or a list of layers: a config holds them whole. */
  readonly holdsLayers?: boolean;
}

export type OptionTable = Readonly<Record<string, Option>>;

type GivenOf<P> = P extends Option<unknown, infer G, boolean> ? G : never;
type Required_<T extends OptionTable> = {
  [K in keyof T]: T[K] extends Option<unknown, unknown, true> ? K : never;
}[keyof T];

/** The checked options of a table. */
export type OptionsOf<T extends OptionTable> = {
  readonly [K in keyof T]: T[K] extends Option<infer V, unknown, boolean> ? V : never;
};

/** What a constructor takes: required options, and the others as optional ones. */
export type GivenOptions<T extends OptionTable> = {
  readonly [K in keyof T as K extends Required_<T> ? K : never]: GivenOf<T[K]>;
} & {
  readonly [K in keyof T as K extends Required_<T> ? never : K]?: GivenOf<T[K]> | undefined;
};

/** An option whose default is null may be null; one without a default is required. */
export type Kind<T, D, G = T> = Option<T | Extract<D, null>, G | Extract<D, null>, undefined extends D ? true : false>;

interface Rules<D> {
  /** Default: none; the option is required then. */
  readonly default?: D;
}

interface Range<D> extends Rules<D> {
  readonly min?: number;
  readonly max?: number;
  /** The limits themselves are out of range. */
  readonly open?: boolean;
}

/** Makes a kind of option of a check; `check` sees no null where null is the default. */
export function kind<T, D, G = T>(
  rules: Rules<D>,
  check: (value: unknown, owner: string, name: string) => T,
  write: (value: T) => unknown = (value) => value,
): Kind<T, D, G> {
  if (typeof check !== "function")
    throw new ArgumentError(`An option's check is ${formatValue(check)}, expected a function.`);
  if (typeof rules !== "object" || rules === null)
    throw new ArgumentError(
      `The rules of an option are ${formatValue(rules)}, expected an object such as { default: 1 }.`,
    );
  const fallback = rules.default;
  return {
    required: fallback === undefined,
    default: fallback,
    read: (value, owner, name) => (value === null && fallback === null ? null : check(value, owner, name)),
    write: (value) => (value === null ? null : write(value as T)),
  } as Kind<T, D, G>;
}

function describeRange({ min, max, open = false }: Range<unknown>, noun: string): string {
  if (min === undefined && max === undefined) return noun;
  if (min !== undefined && max !== undefined)
    return `${noun} ${open ? "between" : "from"} ${min} ${open ? "and" : "to"} ${max}`;
  if (min !== undefined) return open ? `${noun} above ${min}` : `${noun} of ${min} or more`;
  return open ? `${noun} below ${max}` : `${noun} of ${max} or less`;
}

const inRange =
  ({ min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, open = false }: Range<unknown>) =>
  (value: number) =>
    open ? value > min && value < max : value >= min && value <= max;

/** A finite number. */
export function number<D extends number | null | undefined = undefined>(rules: Range<D> = {}): Kind<number, D> {
  const expected = describeRange(
    rules,
    rules.min === undefined && rules.max === undefined ? "a finite number" : "a number",
  );
  const nullable = rules.default === null ? ", or null" : "";
  return kind<number, D>(rules, (value, owner, name) => {
    checkNumber(owner, name, value, expected + nullable, inRange(rules));
    return value;
  });
}

/** A whole number. */
export function integer<D extends number | null | undefined = undefined>(rules: Range<D> = {}): Kind<number, D> {
  const expected = describeRange(rules, "a whole number") + (rules.default === null ? ", or null" : "");
  const fits = inRange(rules);
  return kind<number, D>(rules, (value, owner, name) => {
    checkNumber(owner, name, value, expected, (given) => Number.isSafeInteger(given) && fits(given));
    return value;
  });
}

/** true or false. */
export function flag<D extends boolean | null | undefined = undefined>(rules: Rules<D> = {}): Kind<boolean, D> {
  return kind<boolean, D>(rules, (value, owner, name) => {
    checkFlag(owner, name, value);
    return value;
  });
}

/** A string. */
export function text<D extends string | null | undefined = undefined>(rules: Rules<D> = {}): Kind<string, D> {
  return kind<string, D>(rules, (value, owner, name) => {
    if (typeof value !== "string" || value === "")
      throw new ArgumentError(`${owner}: ${name} is ${formatValue(value)}, expected a string.`);
    return value;
  });
}

/** One of some strings. */
export function choice<const C extends readonly string[], D extends C[number] | null | undefined = undefined>(
  choices: C,
  rules: Rules<D> & { readonly anyCase?: boolean } = {},
): Kind<C[number], D> {
  return kind<C[number], D>(rules, (value, owner, name) => {
    const wanted = rules.anyCase && typeof value === "string" ? value.toLowerCase() : value;
    const found = choices.find((each) => each === wanted);
    if (found === undefined) throw unknownName(`${name} of ${owner}`, value, choices);
    return found;
  });
}

/** An option that takes null beside its values, and has another default. */
export function nullable<T, G, D extends (G & {}) | null>(
  inner: Option<T, G>,
  rules: { readonly default: D },
): Option<T | null, G | null, false> {
  checkKeys("nullable", rules, ["default"]);
  return {
    required: false,
    default: rules.default,
    read: (value, owner, name) => (value === null ? null : inner.read(value, owner, name)),
    write: (value) => (value === null ? null : inner.write(value)),
  };
}

/** An option of Keras that has only this one value here. */
export function fixed<const V>(value: V, expected = `only ${formatValue(value)}`): Option<V, V, false> {
  return {
    required: false,
    default: value,
    read: (given, owner, name) => {
      if (given !== value)
        throw new ArgumentError(`${owner}: ${name} ${formatValue(given)} is not supported; ${expected}.`);
      return value;
    },
    write: (kept) => kept,
  };
}

const axisNames: Readonly<Record<number, string>> = {
  1: "[length]",
  2: "[height, width]",
  3: "[depth, height, width]",
};
const counts: Readonly<Record<number, string>> = { 1: "one of them", 2: "two of them", 3: "three of them" };

/** A whole number of 1 or more for each spatial axis; one number stands for all of them. */
export function sizes<const Rank extends number, D extends number | readonly number[] | null | undefined = undefined>(
  rank: Rank,
  rules: Rules<D> = {},
): Kind<SizesOf<Rank>, D, number | SizesOf<Rank>> {
  return kind<SizesOf<Rank>, D, number | SizesOf<Rank>>(rules, (value, owner, name) => {
    const list: unknown = typeof value === "number" ? Array.from({ length: rank }, () => value) : value;
    if (!Array.isArray(list) || list.length !== rank || !list.every((entry) => Number.isInteger(entry) && entry > 0))
      throw new ArgumentError(
        `${owner}: ${name} is ${formatValue(value)}, expected a whole number of 1 or more, or ${counts[rank]} ${axisNames[rank]}.`,
      );
    return list as unknown as SizesOf<Rank>;
  });
}

/** A list of one number per axis. */
export type SizesOf<Rank extends number> = Rank extends 1
  ? readonly [number]
  : Rank extends 2
    ? readonly [number, number]
    : readonly [number, number, number];

/** Any value that `check` accepts; `check` throws an ArgumentError otherwise and may return another form of it. */
export function value<T, D extends T | null | undefined = undefined, G = T>(
  check: (given: unknown, owner: string, name: string) => T,
  rules: Rules<D> & { readonly write?: (value: T) => unknown } = {},
): Kind<T, D, G> {
  return kind<T, D, G>(rules, check, rules.write);
}
