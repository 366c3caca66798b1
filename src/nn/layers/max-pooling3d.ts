import type { Sym } from "../../ir/graph.ts";
import { maxPool2d, type Pool2dAttrs } from "../../ops/max-pool2d.ts";
import type { LayerOptions } from "./layer.ts";
import { type PoolingOptions, poolingOptions } from "./pooling.ts";
import { Pooling3D } from "./pooling3d.ts";

export type MaxPooling3DOptions = PoolingOptions<3, number>;

/**
 * Largest value of each window. K: `layers/pooling/max_pooling3d.py`.
 *
 * [batch, depth, height, width, channels] → [batch, newDepth, newHeight, newWidth, channels].
 *
 * @throws ShapeError when the window does not fit into the input
 * @example
 * ```ts
 * import { MaxPooling3D } from "fovea/layers";
 * new MaxPooling3D().computeOutputShape([null, 6, 8, 9, 3]); // [null, 3, 4, 4, 3]
 * ```
 */
export class MaxPooling3D extends Pooling3D {
  static override readonly className = "MaxPooling3D";
  static override readonly options = /* @__PURE__ */ poolingOptions(3, 2);
  declare readonly ranks: { readonly in: 5; readonly out: 5 };

  constructor(given: MaxPooling3DOptions & LayerOptions = {}) {
    super(given);
  }

  protected override pool(image: Sym, attrs: Pool2dAttrs): Sym {
    return maxPool2d(image, attrs);
  }
}
