import type { Sym } from "../../ir/graph.ts";
import { averagePool2d } from "../../ops/average-pool2d.ts";
import type { Pool2dAttrs } from "../../ops/max-pool2d.ts";
import type { LayerOptions } from "./layer.ts";
import { Pooling, type PoolingOptions, poolingOptions } from "./pooling.ts";

export type AveragePooling2DOptions = PoolingOptions<2>;

/**
 * Mean of each window. K: `layers/pooling/average_pooling2d.py`.
 *
 * [batch, height, width, channels] → [batch, newHeight, newWidth, channels].
 *
 * @throws ShapeError when the window does not fit into the input
 * @example
 * ```ts
 * import { AveragePooling2D } from "fovea/layers";
 * new AveragePooling2D({ poolSize: 2 }).computeOutputShape([null, 26, 26, 32]); // [null, 13, 13, 32]
 * ```
 */
export class AveragePooling2D extends Pooling<2> {
  static override readonly className = "AveragePooling2D";
  static override readonly options = /* @__PURE__ */ poolingOptions(2);
  declare readonly ranks: { readonly in: 4; readonly out: 4 };

  constructor(given: AveragePooling2DOptions & LayerOptions) {
    super(given);
  }

  protected override pool(image: Sym, attrs: Pool2dAttrs): Sym {
    return averagePool2d(image, attrs);
  }
}
