import type { Sym } from "../../ir/graph.ts";
import { functionClass } from "../plain-function.ts";
import { Loss } from "./loss.ts";

/** yTrue, yPred [n, …] → one loss for each row or place [n, …]. */
export type LossFunction = (yTrue: Sym, yPred: Sym) => Sym;

/** A plain function in the place of a loss, reduced to the mean over all places. A config keeps its name alone. */
export class FunctionLoss extends Loss {
  static override readonly className = functionClass;
  static override readonly module = "builtins";
  readonly #values: LossFunction;

  constructor(values: LossFunction) {
    super(values.name === "" ? {} : { name: values.name });
    this.#values = values;
  }

  override call(yTrue: Sym, yPred: Sym): Sym {
    return this.#values(yTrue, yPred);
  }

  /** What the function makes of the targets decides. */
  override checkTargets(): void {}

  override getConfig(): Record<string, unknown> {
    return { name: this.name };
  }
}
