import type { Sym } from "../../ir/graph.ts";
import { maxPool2d, type Pool2dAttrs } from "../../ops/max-pool2d.ts";
import type { LayerOptions } from "./layer.ts";
import { Pooling, type PoolingOptions, poolingOptions } from "./pooling.ts";

export type MaxPooling1DOptions = PoolingOptions<1, number>;

/**
 * Largest value of each window. K: `layers/pooling/max_pooling1d.py`.
 *
 * [batch, length, channels] → [batch, newLength, channels].
 *
 * @throws ShapeError when the window does not fit into the input
 * @example
 * ```ts
 * import { MaxPooling1D } from "fovea/layers";
 * new MaxPooling1D().computeOutputShape([null, 26, 32]); // [null, 13, 32]
 * ```
 */
export class MaxPooling1D extends Pooling<1> {
  static override readonly className = "MaxPooling1D";
  static override readonly options = /* @__PURE__ */ poolingOptions(1, 2);
  declare readonly ranks: { readonly in: 3; readonly out: 3 };

  constructor(given: MaxPooling1DOptions & LayerOptions = {}) {
    super(given);
  }

  protected override pool(image: Sym, attrs: Pool2dAttrs): Sym {
    return maxPool2d(image, attrs);
  }
}
