import type { Sym } from "../../ir/graph.ts";
import { functionClass } from "../plain-function.ts";
import { Constraint } from "./constraint.ts";

export type ConstraintFunction = (weight: Sym) => Sym;

/** A plain function in the place of a constraint. A config keeps its name alone. */
export class FunctionConstraint extends Constraint {
  static override readonly className = functionClass;
  static override readonly module = "builtins";
  readonly #nearest: ConstraintFunction;

  constructor(nearest: ConstraintFunction) {
    super();
    this.#nearest = nearest;
  }

  override call(weight: Sym): Sym {
    return this.#nearest(weight);
  }

  override getConfig(): Record<string, unknown> {
    return { name: this.#nearest.name };
  }
}
