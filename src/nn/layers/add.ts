import { ShapeError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/reshape.ts";
import { type BatchShape, Layer, type LayerOptions } from "./layer.ts";

/**
 * Sum of several inputs, entry by entry: the join of a residual block. Keras `layers/merging/add.py`.
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
export class Add extends Layer<object> {
  constructor(options: LayerOptions = {}) {
    super("Add", options, {});
  }

  override get takesSeveral(): boolean {
    return true;
  }

  override get storesBuildShape(): boolean {
    return true;
  }

  override computeOutputShape(first: BatchShape, ...more: readonly BatchShape[]): BatchShape {
    return more.reduce((sum, shape) => this.#broadcast(sum, shape), first);
  }

  #broadcast(a: BatchShape, b: BatchShape): BatchShape {
    const [longer, shorter] = a.length >= b.length ? [a, b] : [b, a];
    const missing = longer.length - shorter.length;
    const axes = longer.slice(1).map((size, i) => {
      const other = i < missing ? 1 : shorter[1 + i - missing]!;
      if (size === 1) return other;
      if (other === 1 || other === size) return size;
      throw new ShapeError(
        `${this.title}: inputs ${formatShape(a)} and ${formatShape(b)} cannot be added; ` +
          "their axes behind the batch must be equal, or 1 in one of them.",
      );
    });
    return [longer[0] ?? shorter[0]!, ...axes];
  }

  override call(inputs: readonly Sym[]): Sym {
    const rank = Math.max(...inputs.map(({ spec }) => spec.shape.length));
    // Keras puts missing axes behind the batch axis.
    const aligned = inputs.map((x) => {
      const { shape } = x.spec;
      return reshape(x, [shape[0]!, ...new Array<number>(rank - shape.length).fill(1), ...shape.slice(1)]);
    });
    return aligned.reduce((sum, x) => add(sum, x));
  }
}
