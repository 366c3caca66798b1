import type { Sym } from "../../ir/graph.ts";
import { Configurable, type SomeOptions } from "../configurable.ts";
import { takesSyms } from "../doors.ts";

/** The base of constraints: the value that a weight gets after each update. K: `constraints/constraints.py`. */
export abstract class Constraint<O extends object = object> extends Configurable<O> {
  static override readonly module: string = "keras.constraints";

  constructor(options: SomeOptions<O> = {}) {
    super(options);
    takesSyms(this, this.className, "call", ["weight"]);
  }

  /** The nearest allowed value of the weight, of the same shape. */
  abstract call(weight: Sym): Sym;
}
