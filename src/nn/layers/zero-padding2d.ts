import type { GivenOptions } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { ZeroPadding, zeroPaddingOptions } from "./zero-padding.ts";

const options = /* @__PURE__ */ zeroPaddingOptions(2);

export type ZeroPadding2DOptions = GivenOptions<typeof options>;

/**
 * Zeros around images. K: `layers/reshaping/zero_padding2d.py`.
 *
 * [batch, height, width, channels] → [batch, top + height + bottom, left + width + right, channels].
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { ZeroPadding2D } from "fovea/layers";
 * new ZeroPadding2D({ padding: [[1, 2], [0, 3]] }).computeOutputShape([null, 3, 4, 2]); // [null, 6, 7, 2]
 * ```
 */
export class ZeroPadding2D extends ZeroPadding<2> {
  static override readonly className = "ZeroPadding2D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 4; readonly out: 4 };

  constructor(given: ZeroPadding2DOptions & LayerOptions = {}) {
    super(given);
  }
}
