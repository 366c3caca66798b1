/** What may be written for a regularizer. */
import { type Kind, value } from "../option-kinds.ts";
import { isPlainFunction, refuseFunctionConfig } from "../plain-function.ts";
import { type ClassNames, type Kin, resolveObject, type SnakeCase } from "../registry.ts";
import { FunctionRegularizer, type RegularizerFunction } from "./function-regularizer.ts";
import * as barrel from "./index.ts";
import { Regularizer } from "./regularizer.ts";

type ClassName = ClassNames<typeof barrel, Regularizer>;

const aliases = { l1_l2: "L1L2" } as const satisfies Readonly<Record<string, ClassName>>;

/** Keras's names of regularizers, in either spelling. */
export type RegularizerName = ClassName | SnakeCase<ClassName> | keyof typeof aliases;
/** A function of one's own gives the penalty of a weight, a scalar. */
export type RegularizerLike = Regularizer | RegularizerName | RegularizerFunction;

const kin = (): Kin<Regularizer> => ({
  noun: "regularizer",
  base: Regularizer,
  barrel,
  aliases,
  named: (name) => (name === "l1_l2" ? { l1: 0.01, l2: 0.01 } : {}),
});

/** The regularizer itself, or one of this name; throws with the nearest known name. */
export function resolveRegularizer(given: unknown, owner?: string): Regularizer {
  if (isPlainFunction(given)) return new FunctionRegularizer(given as RegularizerFunction);
  refuseFunctionConfig("regularizer", given);
  return resolveObject(kin(), given, owner);
}

/** An option that is a regularizer; none by default. */
export function regularizer(): Kind<Regularizer, null, RegularizerLike> {
  return value<Regularizer, null, RegularizerLike>((given, owner) => resolveRegularizer(given, owner), {
    default: null,
    write: (made) => made.describe(),
  });
}
