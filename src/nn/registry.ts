/** One way to find an object by what a user may write for it: an object, a name, or class and config out of a file. */
import { ArgumentError, unknownName } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { type ConfigurableClass, classNameOf } from "./configurable.ts";
import { isObjectConfig } from "./options.ts";
import { snakeCaseName } from "./process-state.ts";

type IsUpper<C extends string> = C extends Lowercase<C> ? false : true;
type IsLower<C extends string> = C extends Uppercase<C> ? false : true;
type StartsLow<S extends string> = S extends `${infer C}${string}` ? IsLower<C> : false;

/** Whether Keras puts an underscore between two characters: before a capital after a small letter, or before a small one. */
type Joint<Before extends string, C extends string, Rest extends string> = Before extends ""
  ? ""
  : IsUpper<C> extends true
    ? true extends IsLower<Before> | StartsLow<Rest>
      ? "_"
      : ""
    : "";

/** "GlorotUniform" → "glorot_uniform", "KLDivergence" → "kl_divergence", as `snakeCaseName` writes names of classes. */
export type SnakeCase<
  S extends string,
  Before extends string = "",
  Done extends string = "",
> = S extends `${infer C}${infer Rest}` ? SnakeCase<Rest, C, `${Done}${Joint<Before, C, Rest>}${Lowercase<C>}`> : Done;

/** The names of the concrete classes in a barrel that extend `Base`. */
export type ClassNames<Barrel, Base> = {
  [Name in keyof Barrel]: Barrel[Name] extends new (...options: never) => Base ? Name : never;
}[keyof Barrel] &
  string;

type Maker<T> = (new (options: never) => T) & ConfigurableClass;

/** What is known of a family without its classes. */
export interface KinNames<T extends object> {
  /** What they are, in messages: "initializer". */
  readonly noun: string;
  readonly base: abstract new (...options: never) => T;
  readonly classNames: readonly string[];
  /** Keras's other names, each with the name of a class. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** The spelling of a class's name that users write besides the class's own. Default: snake case. */
  readonly spell?: (className: string) => string;
}

export interface Kin<T extends object> extends Omit<KinNames<T>, "classNames"> {
  /** The barrel: every class that extends `base` is found by its name. */
  readonly barrel: object;
  /** Options of an object that is asked for by this name. Default none. */
  readonly named?: (name: string) => object;
}

/** Every class of a barrel that extends `base`, by Keras's name. */
export function classesOf<T extends object>({ barrel, base }: Pick<Kin<T>, "barrel" | "base">): Map<string, Maker<T>> {
  const isKin = (made: unknown): made is Maker<T> =>
    typeof made === "function" && (made as unknown) !== base && made.prototype instanceof base;
  return new Map(
    Object.values(barrel)
      .filter(isKin)
      .map((made) => [classNameOf(made), made]),
  );
}

/**
 * Keras's name of the class that a name or config names.
 *
 * @param owner whose option it is, for messages; default: the noun alone
 * @throws ArgumentError with the nearest known name
 */
export function findClassName<T extends object>(kin: KinNames<T>, given: unknown, owner?: string): string {
  const { noun, base, classNames, aliases = {}, spell = snakeCaseName } = kin;
  const what = owner === undefined ? noun : `${noun} of ${owner}`;
  const known = () => [...classNames.map(spell), ...Object.keys(aliases)];
  const name: unknown = isObjectConfig(given) ? given.className : given;
  if (typeof name !== "string") {
    const isClass = typeof given === "function" && given.prototype instanceof base;
    const hint = isClass ? `; pass an object: new ${(given as { name: string }).name}()` : "";
    throw new ArgumentError(
      `Unknown ${what} ${formatValue(given)}: expected an object or a name${hint}. Known: ${known().join(", ")}.`,
    );
  }
  const asked = Object.hasOwn(aliases, name) ? aliases[name]! : name;
  const found = classNames.includes(asked) ? asked : classNames.find((className) => spell(className) === name);
  if (found === undefined) throw unknownName(what, name, known());
  return found;
}

/**
 * The object itself, or one of the class that the name or config names.
 *
 * @param owner whose option it is, for messages; default: the noun alone
 * @throws ArgumentError with the nearest known name
 */
export function resolveObject<T extends object>(kin: Kin<T>, given: unknown, owner?: string): T {
  if (given instanceof kin.base) return given as T;
  const classes = classesOf(kin);
  const found = classes.get(findClassName({ ...kin, classNames: [...classes.keys()] }, given, owner))!;
  return new found((isObjectConfig(given) ? given.config : (kin.named?.(given as string) ?? {})) as never);
}
