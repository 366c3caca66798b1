/** What may be written for a constraint. */
import { type Kind, value } from "../option-kinds.ts";
import { isPlainFunction, refuseFunctionConfig } from "../plain-function.ts";
import { type ClassNames, type Kin, resolveObject, type SnakeCase } from "../registry.ts";
import { Constraint } from "./constraint.ts";
import { type ConstraintFunction, FunctionConstraint } from "./function-constraint.ts";
import * as barrel from "./index.ts";

type ClassName = ClassNames<typeof barrel, Constraint>;

/** Keras's names of constraints, in either spelling. */
export type ConstraintName = ClassName | SnakeCase<ClassName>;
/** A function of one's own gives the nearest allowed value of a weight. */
export type ConstraintLike = Constraint | ConstraintName | ConstraintFunction;

const kin = (): Kin<Constraint> => ({ noun: "constraint", base: Constraint, barrel });

/** The constraint itself, or one of this name; throws with the nearest known name. */
export function resolveConstraint(given: unknown, owner?: string): Constraint {
  if (isPlainFunction(given)) return new FunctionConstraint(given as ConstraintFunction);
  refuseFunctionConfig("constraint", given);
  return resolveObject(kin(), given, owner);
}

/** An option that is a constraint; none by default. */
export function constraint(): Kind<Constraint, null, ConstraintLike> {
  return value<Constraint, null, ConstraintLike>((given, owner) => resolveConstraint(given, owner), {
    default: null,
    write: (made) => made.describe(),
  });
}
