/** What layers, losses, metrics, optimizers and all other nouns share: options stated once, and the way to config and back. */
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import type { OptionTable } from "./option-kinds.ts";
import { describeObject, type ObjectConfig, readOptions } from "./options.ts";

/** A class of configurable objects, as its static side. */
export interface ConfigurableClass {
  readonly name: string;
  readonly className?: string;
  readonly options: OptionTable;
}

/** Some of the options O; undefined stands for the default. */
export type SomeOptions<O extends object> = { readonly [K in keyof O]?: O[K] | undefined };

/** Keras's name of a class; stated on ours, since minifiers rename classes; a class of the user's own has its own name. */
export function classNameOf(made: ConfigurableClass): string {
  return Object.hasOwn(made, "className") ? made.className! : made.name;
}

/** All options of a class: its parents' first, its own in their place where the names are equal. */
export function optionTableOf(made: ConfigurableClass): OptionTable {
  const chain: OptionTable[] = [];
  for (let each: object | null = made; each !== null; each = Object.getPrototypeOf(each))
    if (Object.hasOwn(each, "options")) chain.unshift((each as ConfigurableClass).options);
  return Object.assign({}, ...chain) as OptionTable;
}

/**
 * The base of everything that goes to config and back. `new C(c.getConfig())` makes an equal object.
 *
 * @typeParam O the options, checked and with their defaults
 */
export abstract class Configurable<O extends object = object> {
  /** Keras's name of the class. Default: the class's own name. */
  static readonly className?: string;
  /** Where Keras keeps such classes, for files. */
  static readonly module: string = "keras";
  /** Every option of the class, besides those of its parents. */
  static readonly options: OptionTable = {};

  readonly className: string;
  /** The options, checked, with defaults filled in. */
  readonly options: Readonly<O>;

  /** @param title names the object in messages; default: its class */
  constructor(given: object, title: (className: string) => string = (className) => className) {
    const made = new.target as unknown as ConfigurableClass;
    this.className = classNameOf(made);
    if (typeof given !== "object" || given === null || Array.isArray(given)) throw this.#noOptions(given);
    this.options = readOptions(this.className, title(this.className), given, optionTableOf(made)) as O;
  }

  #noOptions(given: unknown): ArgumentError {
    const table = optionTableOf(this.constructor as unknown as ConfigurableClass);
    const [first] = Object.entries(table).find(([, { required }]) => required) ?? [];
    const hint = first === undefined ? "" : ` Write new ${this.className}({ ${first}: … }).`;
    return new ArgumentError(
      `${this.className} takes its options as one object { … }, got ${formatValue(given)}.${hint}`,
    );
  }

  /** Keras's config with camelCase keys. */
  getConfig(): Record<string, unknown> {
    const table = optionTableOf(this.constructor as unknown as ConfigurableClass);
    const values = this.options as Readonly<Record<string, unknown>>;
    return Object.fromEntries(
      Object.entries(table).flatMap(([name, option]) => {
        const written = option.write(values[name]);
        return written === undefined ? [] : [[name, written]];
      }),
    );
  }

  /** Class and config, as the configs of other objects hold them. */
  describe(): ObjectConfig {
    const { module } = this.constructor as unknown as { module: string };
    return describeObject(module, this.className, this.getConfig());
  }

  /** An object made of a config that `getConfig` gave; keys are in camelCase. */
  static fromConfig<T>(this: new (options: never) => T, config: Readonly<Record<string, unknown>>): T {
    return new this(config as never);
  }
}
