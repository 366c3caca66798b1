import type { Sym } from "../../ir/graph.ts";
import { averagePool2d } from "../../ops/average-pool2d.ts";
import type { Pool2dAttrs } from "../../ops/max-pool2d.ts";
import type { LayerOptions } from "./layer.ts";
import { Pooling, type PoolingOptions, poolingOptions } from "./pooling.ts";

export type AveragePooling1DOptions = PoolingOptions<1>;

/**
 * Mean of each window. K: `layers/pooling/average_pooling1d.py`.
 *
 * [batch, length, channels] → [batch, newLength, channels].
 *
 * @throws ShapeError when the window does not fit into the input
 * @example
 * ```ts
 * import { AveragePooling1D } from "fovea/layers";
 * new AveragePooling1D({ poolSize: 2 }).computeOutputShape([null, 26, 32]); // [null, 13, 32]
 * ```
 */
export class AveragePooling1D extends Pooling<1> {
  static override readonly className = "AveragePooling1D";
  static override readonly options = /* @__PURE__ */ poolingOptions(1);
  declare readonly ranks: { readonly in: 3; readonly out: 3 };

  constructor(given: AveragePooling1DOptions & LayerOptions) {
    super(given);
  }

  protected override pool(image: Sym, attrs: Pool2dAttrs): Sym {
    return averagePool2d(image, attrs);
  }
}
