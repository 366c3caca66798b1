import type { Sym } from "../../ir/graph.ts";
import { maxPool2d, type Pool2dAttrs } from "../../ops/max-pool2d.ts";
import type { LayerOptions } from "./layer.ts";
import { Pooling, type PoolingOptions, poolingOptions } from "./pooling.ts";

export type MaxPooling2DOptions = PoolingOptions<2, number>;

/**
 * Largest value of each window. K: `layers/pooling/max_pooling2d.py`.
 *
 * [batch, height, width, channels] → [batch, newHeight, newWidth, channels].
 *
 * @throws ShapeError when the window does not fit into the input
 * @example
 * ```ts
 * import { MaxPooling2D } from "fovea/layers";
 * new MaxPooling2D().computeOutputShape([null, 26, 26, 32]); // [null, 13, 13, 32]
 * ```
 */
export class MaxPooling2D extends Pooling<2> {
  static override readonly className = "MaxPooling2D";
  static override readonly options = /* @__PURE__ */ poolingOptions(2, 2);
  declare readonly ranks: { readonly in: 4; readonly out: 4 };

  constructor(given: MaxPooling2DOptions & LayerOptions = {}) {
    super(given);
  }

  protected override pool(image: Sym, attrs: Pool2dAttrs): Sym {
    return maxPool2d(image, attrs);
  }
}
