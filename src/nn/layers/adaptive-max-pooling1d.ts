import type { Sym } from "../../ir/graph.ts";
import { maxPool2d, type Pool2dAttrs } from "../../ops/max-pool2d.ts";
import { AdaptivePooling, type AdaptivePoolingOptions, adaptivePoolingOptions } from "./adaptive-pooling.ts";
import type { LayerOptions } from "./layer.ts";

/**
 * Largest value of each window, where `outputSize` steps windows cover the input, whatever its size; they may overlap, and differ in size by
 * one. K: `layers/pooling/adaptive_max_pooling1d.py`.
 *
 * [batch, length, channels] → [batch, newLength, channels].
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { AdaptiveMaxPooling1D } from "fovea/layers";
 * new AdaptiveMaxPooling1D({ outputSize: 4 }).computeOutputShape([null, 9, 3]); // [null, 4, 3]
 * ```
 */
export class AdaptiveMaxPooling1D extends AdaptivePooling<1> {
  static override readonly className = "AdaptiveMaxPooling1D";
  static override readonly options = /* @__PURE__ */ adaptivePoolingOptions(1);
  declare readonly ranks: { readonly in: 3; readonly out: 3 };

  constructor(given: AdaptivePoolingOptions<1> & LayerOptions) {
    super(given);
  }

  protected override pool(image: Sym, attrs: Pool2dAttrs): Sym {
    return maxPool2d(image, attrs);
  }
}
