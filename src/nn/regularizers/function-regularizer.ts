import type { Sym } from "../../ir/graph.ts";
import { functionClass } from "../plain-function.ts";
import { Regularizer } from "./regularizer.ts";

export type RegularizerFunction = (x: Sym) => Sym;

/** A plain function in the place of a regularizer. A config keeps its name alone. */
export class FunctionRegularizer extends Regularizer {
  static override readonly className = functionClass;
  static override readonly module = "builtins";
  readonly #penalty: RegularizerFunction;

  constructor(penalty: RegularizerFunction) {
    super();
    this.#penalty = penalty;
  }

  override call(x: Sym): Sym {
    return this.#penalty(x);
  }

  override getConfig(): Record<string, unknown> {
    return { name: this.#penalty.name };
  }
}
