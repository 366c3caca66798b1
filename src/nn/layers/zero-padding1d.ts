import type { GivenOptions } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { ZeroPadding, zeroPaddingOptions } from "./zero-padding.ts";

const options = /* @__PURE__ */ zeroPaddingOptions(1);

export type ZeroPadding1DOptions = GivenOptions<typeof options>;

/**
 * Zeros before and after sequences. K: `layers/reshaping/zero_padding1d.py`.
 *
 * [batch, length, channels] → [batch, before + length + after, channels].
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { ZeroPadding1D } from "fovea/layers";
 * new ZeroPadding1D({ padding: [1, 3] }).computeOutputShape([null, 4, 2]); // [null, 8, 2]
 * ```
 */
export class ZeroPadding1D extends ZeroPadding<1> {
  static override readonly className = "ZeroPadding1D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 3; readonly out: 3 };

  constructor(given: ZeroPadding1DOptions & LayerOptions = {}) {
    super(given);
  }
}
