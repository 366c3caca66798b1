import type { Sym } from "../../ir/graph.ts";
import { reduceMax } from "../../ops/reduce-max.ts";
import type { CallOptions } from "../call-context.ts";
import type { LayerOptions } from "./layer.ts";
import { GlobalPooling, type GlobalPoolingOptions, globalPoolingOptions } from "./pooling.ts";

/**
 * Largest value of each channel over the whole volume. K: `layers/pooling/global_max_pooling3d.py`.
 *
 * [batch, depth, height, width, channels] → [batch, channels], with `keepdims` [batch, 1, 1, 1, channels].
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { GlobalMaxPooling3D } from "fovea/layers";
 * new GlobalMaxPooling3D().computeOutputShape([null, 4, 7, 7, 64]); // [null, 64]
 * ```
 */
export class GlobalMaxPooling3D extends GlobalPooling {
  static override readonly className = "GlobalMaxPooling3D";
  static override readonly options = /* @__PURE__ */ globalPoolingOptions();
  declare readonly ranks: { readonly in: 5; readonly out: number };
  protected override readonly rank = 3;

  constructor(given: GlobalPoolingOptions & LayerOptions = {}) {
    super(given);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return reduceMax(x, this.spatialAxes, this.options.keepdims);
  }
}
