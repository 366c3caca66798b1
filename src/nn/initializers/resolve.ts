/** What may be written for an initializer. */
import { type Kind, value } from "../option-kinds.ts";
import { isPlainFunction, refuseFunctionConfig } from "../plain-function.ts";
import { type ClassNames, type Kin, resolveObject, type SnakeCase } from "../registry.ts";
import { FunctionInitializer, type InitializerFunction } from "./function-initializer.ts";
import * as barrel from "./index.ts";
import { Initializer } from "./initializer.ts";

type ClassName = ClassNames<typeof barrel, Initializer>;

const aliases = {
  zero: "Zeros",
  one: "Ones",
  normal: "RandomNormal",
  uniform: "RandomUniform",
  IdentityInitializer: "Identity",
  OrthogonalInitializer: "Orthogonal",
} as const satisfies Readonly<Record<string, ClassName>>;

/** Keras's names of initializers, in either spelling: "GlorotUniform", "glorot_uniform". */
export type InitializerName = ClassName | SnakeCase<ClassName> | keyof typeof aliases;
/** A function of one's own gives the values of a weight of this shape, row-major. */
export type InitializerLike = Initializer | InitializerName | InitializerFunction;

const kin = (): Kin<Initializer> => ({ noun: "initializer", base: Initializer, barrel, aliases });

/** The initializer itself, or a fresh one of this name; throws with the nearest known name. */
export function resolveInitializer(given: unknown, owner?: string): Initializer {
  if (isPlainFunction(given)) return new FunctionInitializer(given as InitializerFunction);
  refuseFunctionConfig("initializer", given);
  return resolveObject(kin(), given, owner);
}

/** An option that is an initializer. */
export function initializer<const D extends InitializerName>(fallback: D): Kind<Initializer, D, InitializerLike> {
  return value<Initializer, never, InitializerLike>((given) => resolveInitializer(given), {
    default: fallback as never,
    write: (made) => made.describe(),
  }) as unknown as Kind<Initializer, D, InitializerLike>;
}
