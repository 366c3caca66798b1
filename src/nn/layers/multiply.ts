import type { Sym } from "../../ir/graph.ts";
import { mul } from "../../ops/elementwise.ts";
import { Merging } from "./merging.ts";

/**
 * Product of several inputs, entry by entry. K: `layers/merging/multiply.py`.
 *
 * [batch, …] each → [batch, …]. Axes of size 1, and missing axes behind the batch, are repeated (NumPy's rule).
 *
 * @throws ShapeError when two shapes do not fit each other
 * @example
 * ```ts
 * import { Multiply } from "fovea/layers";
 * new Multiply().computeOutputShape([[null, 8, 4], [null, 1, 4]]); // [null, 8, 4]
 * ```
 */
export class Multiply extends Merging {
  static override readonly className = "Multiply";
  protected override readonly verb = "multiplied";

  protected override join(a: Sym, b: Sym): Sym {
    return mul(a, b);
  }
}
