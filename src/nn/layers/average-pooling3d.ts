import type { Sym } from "../../ir/graph.ts";
import { averagePool2d } from "../../ops/average-pool2d.ts";
import type { Pool2dAttrs } from "../../ops/max-pool2d.ts";
import type { LayerOptions } from "./layer.ts";
import { type PoolingOptions, poolingOptions } from "./pooling.ts";
import { Pooling3D } from "./pooling3d.ts";

export type AveragePooling3DOptions = PoolingOptions<3>;

/**
 * Mean of each window. K: `layers/pooling/average_pooling3d.py`.
 *
 * [batch, depth, height, width, channels] → [batch, newDepth, newHeight, newWidth, channels].
 *
 * @throws ShapeError when the window does not fit into the input
 * @example
 * ```ts
 * import { AveragePooling3D } from "fovea/layers";
 * new AveragePooling3D({ poolSize: 2 }).computeOutputShape([null, 6, 8, 9, 3]); // [null, 3, 4, 4, 3]
 * ```
 */
export class AveragePooling3D extends Pooling3D {
  static override readonly className = "AveragePooling3D";
  static override readonly options = /* @__PURE__ */ poolingOptions(3);
  declare readonly ranks: { readonly in: 5; readonly out: 5 };

  constructor(given: AveragePooling3DOptions & LayerOptions) {
    super(given);
  }

  protected override pool(image: Sym, attrs: Pool2dAttrs): Sym {
    return averagePool2d(image, attrs);
  }
}
