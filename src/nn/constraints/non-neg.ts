import type { Sym } from "../../ir/graph.ts";
import { relu } from "../../ops/elementwise.ts";
import { Constraint } from "./constraint.ts";

/** max(w, 0). K: `constraints/constraints.py`. */
export class NonNeg extends Constraint {
  static override readonly className = "NonNeg";

  override call(weight: Sym): Sym {
    return relu(weight);
  }
}
