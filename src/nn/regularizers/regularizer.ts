import type { Sym } from "../../ir/graph.ts";
import { Configurable, type SomeOptions } from "../configurable.ts";
import { takesSyms } from "../doors.ts";

/**
 * The base of regularizers: a penalty that is added to the loss. K: `regularizers/regularizers.py`.
 *
 * @example
 * ```ts
 * import { Regularizer } from "fovea/regularizers";
 * import { abs, multiply, sum, type Sym } from "fovea/ops";
 * class Sparse extends Regularizer {
 *   override call(weight: Sym) {
 *     return multiply(sum(abs(weight)), 0.01);
 *   }
 * }
 * new Sparse();
 * ```
 */
export abstract class Regularizer<O extends object = object> extends Configurable<O> {
  static override readonly module: string = "keras.regularizers";

  constructor(options: SomeOptions<O> = {}) {
    super(options);
    takesSyms(this, this.className, "call", ["x"]);
  }

  /** The penalty of a weight or an activation of any shape: a scalar. */
  abstract call(x: Sym): Sym;
}
