import type { GivenOptions } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { ZeroPadding, zeroPaddingOptions } from "./zero-padding.ts";

const options = /* @__PURE__ */ zeroPaddingOptions(3);

export type ZeroPadding3DOptions = GivenOptions<typeof options>;

/**
 * Zeros around volumes. K: `layers/reshaping/zero_padding3d.py`.
 *
 * [batch, depth, height, width, channels] → [batch, front + depth + back, top + height + bottom, left + width + right, channels].
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { ZeroPadding3D } from "fovea/layers";
 * new ZeroPadding3D({ padding: [1, 2, 0] }).computeOutputShape([null, 3, 4, 5, 2]); // [null, 5, 8, 5, 2]
 * ```
 */
export class ZeroPadding3D extends ZeroPadding<3> {
  static override readonly className = "ZeroPadding3D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 5; readonly out: 5 };

  constructor(given: ZeroPadding3DOptions & LayerOptions = {}) {
    super(given);
  }
}
