import { ArgumentError } from "../../base/errors.ts";
import type { Sym } from "../../ir/graph.ts";
import { sub } from "../../ops/elementwise.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { Merging } from "./merging.ts";

/**
 * The first of two inputs less the second, entry by entry. K: `layers/merging/subtract.py`.
 *
 * [batch, …] each → [batch, …]. Axes of size 1, and missing axes behind the batch, are repeated (NumPy's rule).
 *
 * @throws ShapeError when two shapes do not fit each other
 * @example
 * ```ts
 * import { Subtract } from "fovea/layers";
 * new Subtract().computeOutputShape([[null, 8, 4], [null, 1, 4]]); // [null, 8, 4]
 * ```
 */
export class Subtract extends Merging {
  static override readonly className = "Subtract";
  protected override readonly verb = "subtracted";

  override computeOutputShape(shapes: readonly BatchShape[]): BatchShape {
    if (shapes.length !== 2) throw new ArgumentError(`${this.title} takes two inputs, got ${shapes.length}.`);
    return super.computeOutputShape(shapes);
  }

  protected override join(a: Sym, b: Sym): Sym {
    return sub(a, b);
  }
}
