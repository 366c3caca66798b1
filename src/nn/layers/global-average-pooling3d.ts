import { sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { div } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import type { CallOptions } from "../call-context.ts";
import type { LayerOptions } from "./layer.ts";
import { GlobalPooling, type GlobalPoolingOptions, globalPoolingOptions } from "./pooling.ts";

/**
 * Mean of each channel over the whole volume. K: `layers/pooling/global_average_pooling3d.py`.
 *
 * [batch, depth, height, width, channels] → [batch, channels], with `keepdims` [batch, 1, 1, 1, channels].
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { GlobalAveragePooling3D } from "fovea/layers";
 * new GlobalAveragePooling3D().computeOutputShape([null, 4, 7, 7, 64]); // [null, 64]
 * ```
 */
export class GlobalAveragePooling3D extends GlobalPooling {
  static override readonly className = "GlobalAveragePooling3D";
  static override readonly options = /* @__PURE__ */ globalPoolingOptions();
  declare readonly ranks: { readonly in: 5; readonly out: number };
  protected override readonly rank = 3;

  constructor(given: GlobalPoolingOptions & LayerOptions = {}) {
    super(given);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const axes = this.spatialAxes;
    const cells = sizeOf(axes.map((axis) => x.spec.shape[axis]!));
    return div(reduceSum(x, axes, this.options.keepdims), cells);
  }
}
