import type { Sym } from "../../ir/graph.ts";
import { add, div } from "../../ops/elementwise.ts";
import type { CallOptions } from "../call-context.ts";
import { Merging } from "./merging.ts";

/**
 * Mean of several inputs, entry by entry. K: `layers/merging/average.py`.
 *
 * [batch, …] each → [batch, …]. Axes of size 1, and missing axes behind the batch, are repeated (NumPy's rule).
 *
 * @throws ShapeError when two shapes do not fit each other
 * @example
 * ```ts
 * import { Average } from "fovea/layers";
 * new Average().computeOutputShape([[null, 8, 4], [null, 1, 4]]); // [null, 8, 4]
 * ```
 */
export class Average extends Merging {
  static override readonly className = "Average";
  protected override readonly verb = "averaged";

  override call(inputs: readonly Sym[], _options?: CallOptions): Sym {
    return div(super.call(inputs), inputs.length);
  }

  protected override join(a: Sym, b: Sym): Sym {
    return add(a, b);
  }
}
