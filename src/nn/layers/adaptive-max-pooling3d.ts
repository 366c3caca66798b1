import type { Sym } from "../../ir/graph.ts";
import { maxPool2d, type Pool2dAttrs } from "../../ops/max-pool2d.ts";
import { AdaptivePooling, type AdaptivePoolingOptions, adaptivePoolingOptions } from "./adaptive-pooling.ts";
import type { LayerOptions } from "./layer.ts";

/**
 * Largest value of each window, where `outputSize` [depth, height, width] windows cover the input, whatever its size; they may overlap, and differ in size by
 * one. K: `layers/pooling/adaptive_max_pooling3d.py`.
 *
 * [batch, depth, height, width, channels] → [batch, newDepth, newHeight, newWidth, channels].
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { AdaptiveMaxPooling3D } from "fovea/layers";
 * new AdaptiveMaxPooling3D({ outputSize: 2 }).computeOutputShape([null, 5, 4, 6, 3]); // [null, 2, 2, 2, 3]
 * ```
 */
export class AdaptiveMaxPooling3D extends AdaptivePooling<3> {
  static override readonly className = "AdaptiveMaxPooling3D";
  static override readonly options = /* @__PURE__ */ adaptivePoolingOptions(3);
  declare readonly ranks: { readonly in: 5; readonly out: 5 };

  constructor(given: AdaptivePoolingOptions<3> & LayerOptions) {
    super(given);
  }

  protected override pool(image: Sym, attrs: Pool2dAttrs): Sym {
    return maxPool2d(image, attrs);
  }
}
