import type { Sym } from "../../ir/graph.ts";
import { maximum } from "../../ops/elementwise.ts";
import { Merging } from "./merging.ts";

/**
 * The largest of several inputs, entry by entry. K: `layers/merging/maximum.py`.
 *
 * [batch, …] each → [batch, …]. Axes of size 1, and missing axes behind the batch, are repeated (NumPy's rule).
 *
 * @throws ShapeError when two shapes do not fit each other
 * @example
 * ```ts
 * import { Maximum } from "fovea/layers";
 * new Maximum().computeOutputShape([[null, 8, 4], [null, 1, 4]]); // [null, 8, 4]
 * ```
 */
export class Maximum extends Merging {
  static override readonly className = "Maximum";
  protected override readonly verb = "compared";

  protected override join(a: Sym, b: Sym): Sym {
    return maximum(a, b);
  }
}
