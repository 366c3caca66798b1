import type { Sym } from "../../ir/graph.ts";
import { averagePool2d } from "../../ops/average-pool2d.ts";
import type { Pool2dAttrs } from "../../ops/max-pool2d.ts";
import { AdaptivePooling, type AdaptivePoolingOptions, adaptivePoolingOptions } from "./adaptive-pooling.ts";
import type { LayerOptions } from "./layer.ts";

/**
 * Mean of each window, where `outputSize` [depth, height, width] windows cover the input, whatever its size; they may overlap, and differ in size by
 * one. K: `layers/pooling/adaptive_average_pooling3d.py`.
 *
 * [batch, depth, height, width, channels] → [batch, newDepth, newHeight, newWidth, channels].
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { AdaptiveAveragePooling3D } from "fovea/layers";
 * new AdaptiveAveragePooling3D({ outputSize: 2 }).computeOutputShape([null, 5, 4, 6, 3]); // [null, 2, 2, 2, 3]
 * ```
 */
export class AdaptiveAveragePooling3D extends AdaptivePooling<3> {
  static override readonly className = "AdaptiveAveragePooling3D";
  static override readonly options = /* @__PURE__ */ adaptivePoolingOptions(3);
  declare readonly ranks: { readonly in: 5; readonly out: 5 };

  constructor(given: AdaptivePoolingOptions<3> & LayerOptions) {
    super(given);
  }

  protected override pool(image: Sym, attrs: Pool2dAttrs): Sym {
    return averagePool2d(image, attrs);
  }
}
