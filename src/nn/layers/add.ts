import type { Sym } from "../../ir/graph.ts";
import { add } from "../../ops/elementwise.ts";
import { Merging } from "./merging.ts";

/**
 * Sum of several inputs, entry by entry: the join of a residual block. K: `layers/merging/add.py`.
 *
 * [batch, …] each → [batch, …]. Axes of size 1, and missing axes behind the batch, are repeated (NumPy's rule).
 *
 * @throws ShapeError when two shapes do not fit each other
 * @example
 * ```ts
 * import { input, Model } from "fovea";
 * import { Add, Conv2D } from "fovea/layers";
 * const x = input({ shape: [8, 8, 4] });
 * const inner = new Conv2D({ filters: 4, kernelSize: 3, padding: "same" }).apply(x);
 * new Model({ inputs: x, outputs: new Add().apply([x, inner]) });
 * ```
 */
export class Add extends Merging {
  static override readonly className = "Add";
  protected override readonly verb = "added";

  protected override join(a: Sym, b: Sym): Sym {
    return add(a, b);
  }
}
