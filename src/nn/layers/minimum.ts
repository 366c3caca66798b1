import type { Sym } from "../../ir/graph.ts";
import { minimum } from "../../ops/elementwise.ts";
import { Merging } from "./merging.ts";

/**
 * The smallest of several inputs, entry by entry. K: `layers/merging/minimum.py`.
 *
 * [batch, …] each → [batch, …]. Axes of size 1, and missing axes behind the batch, are repeated (NumPy's rule).
 *
 * @throws ShapeError when two shapes do not fit each other
 * @example
 * ```ts
 * import { Minimum } from "fovea/layers";
 * new Minimum().computeOutputShape([[null, 8, 4], [null, 1, 4]]); // [null, 8, 4]
 * ```
 */
export class Minimum extends Merging {
  static override readonly className = "Minimum";
  protected override readonly verb = "compared";

  protected override join(a: Sym, b: Sym): Sym {
    return minimum(a, b);
  }
}
