import type { Sym } from "../../ir/graph.ts";
import { reduceMax } from "../../ops/reduce-max.ts";
import type { CallOptions } from "../call-context.ts";
import type { LayerOptions } from "./layer.ts";
import { GlobalPooling, type GlobalPoolingOptions, globalPoolingOptions } from "./pooling.ts";

/**
 * Largest value of each channel over the whole sequence. K: `layers/pooling/global_max_pooling1d.py`.
 *
 * [batch, length, channels] → [batch, channels], with `keepdims` [batch, 1, channels].
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { GlobalMaxPooling1D } from "fovea/layers";
 * new GlobalMaxPooling1D().computeOutputShape([null, 7, 64]); // [null, 64]
 * ```
 */
export class GlobalMaxPooling1D extends GlobalPooling {
  static override readonly className = "GlobalMaxPooling1D";
  static override readonly options = /* @__PURE__ */ globalPoolingOptions();
  declare readonly ranks: { readonly in: 3; readonly out: number };
  protected override readonly rank = 1;

  constructor(given: GlobalPoolingOptions & LayerOptions = {}) {
    super(given);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return reduceMax(x, this.spatialAxes, this.options.keepdims);
  }
}
