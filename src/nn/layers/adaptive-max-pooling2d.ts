import type { Sym } from "../../ir/graph.ts";
import { maxPool2d, type Pool2dAttrs } from "../../ops/max-pool2d.ts";
import { AdaptivePooling, type AdaptivePoolingOptions, adaptivePoolingOptions } from "./adaptive-pooling.ts";
import type { LayerOptions } from "./layer.ts";

/**
 * Largest value of each window, where `outputSize` [height, width] windows cover the input, whatever its size; they may overlap, and differ in size by
 * one. K: `layers/pooling/adaptive_max_pooling2d.py`.
 *
 * [batch, height, width, channels] → [batch, newHeight, newWidth, channels].
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { AdaptiveMaxPooling2D } from "fovea/layers";
 * new AdaptiveMaxPooling2D({ outputSize: [3, 4] }).computeOutputShape([null, 7, 9, 3]); // [null, 3, 4, 3]
 * ```
 */
export class AdaptiveMaxPooling2D extends AdaptivePooling<2> {
  static override readonly className = "AdaptiveMaxPooling2D";
  static override readonly options = /* @__PURE__ */ adaptivePoolingOptions(2);
  declare readonly ranks: { readonly in: 4; readonly out: 4 };

  constructor(given: AdaptivePoolingOptions<2> & LayerOptions) {
    super(given);
  }

  protected override pool(image: Sym, attrs: Pool2dAttrs): Sym {
    return maxPool2d(image, attrs);
  }
}
