import type { Sym } from "../../ir/graph.ts";
import { reduceMax } from "../../ops/reduce-max.ts";
import type { CallOptions } from "../call-context.ts";
import type { LayerOptions } from "./layer.ts";
import { GlobalPooling, type GlobalPoolingOptions, globalPoolingOptions } from "./pooling.ts";

/**
 * Largest value of each channel over the whole image. K: `layers/pooling/global_max_pooling2d.py`.
 *
 * [batch, height, width, channels] → [batch, channels], with `keepdims` [batch, 1, 1, channels].
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { GlobalMaxPooling2D } from "fovea/layers";
 * new GlobalMaxPooling2D().computeOutputShape([null, 7, 7, 64]); // [null, 64]
 * ```
 */
export class GlobalMaxPooling2D extends GlobalPooling {
  static override readonly className = "GlobalMaxPooling2D";
  static override readonly options = /* @__PURE__ */ globalPoolingOptions();
  declare readonly ranks: { readonly in: 4; readonly out: number };
  protected override readonly rank = 2;

  constructor(given: GlobalPoolingOptions & LayerOptions = {}) {
    super(given);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return reduceMax(x, this.spatialAxes, this.options.keepdims);
  }
}
