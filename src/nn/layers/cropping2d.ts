import type { GivenOptions } from "../option-kinds.ts";
import { Cropping, croppingFormat, croppingOptions } from "./cropping.ts";
import type { LayerOptions } from "./layer.ts";

const options = { .../* @__PURE__ */ croppingOptions(2, 0), .../* @__PURE__ */ croppingFormat() };

export type Cropping2DOptions = GivenOptions<typeof options>;

/**
 * Images without their margins; `cropping` is 0 by default. K: `layers/reshaping/cropping2d.py`.
 *
 * [batch, height, width, channels] → [batch, height − top − bottom, width − left − right, channels].
 *
 * @throws ShapeError when nothing would be left, and for inputs of another rank
 * @example
 * ```ts
 * import { Cropping2D } from "fovea/layers";
 * new Cropping2D({ cropping: [1, 2] }).computeOutputShape([null, 5, 6, 2]); // [null, 3, 2, 2]
 * ```
 */
export class Cropping2D extends Cropping<2> {
  static override readonly className = "Cropping2D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 4; readonly out: 4 };

  constructor(given: Cropping2DOptions & LayerOptions = {}) {
    super(given);
  }
}
