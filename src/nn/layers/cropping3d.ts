import type { GivenOptions } from "../option-kinds.ts";
import { Cropping, croppingFormat, croppingOptions } from "./cropping.ts";
import type { LayerOptions } from "./layer.ts";

const options = { .../* @__PURE__ */ croppingOptions(3, 1), .../* @__PURE__ */ croppingFormat() };

export type Cropping3DOptions = GivenOptions<typeof options>;

/**
 * Volumes without their margins; `cropping` is 1 by default. K: `layers/reshaping/cropping3d.py`.
 *
 * [batch, depth, height, width, channels] → [batch, depth − front − back, height − top − bottom, width − left − right, channels].
 *
 * @throws ShapeError when nothing would be left, and for inputs of another rank
 * @example
 * ```ts
 * import { Cropping3D } from "fovea/layers";
 * new Cropping3D({ cropping: [1, 2, 0] }).computeOutputShape([null, 4, 5, 6, 2]); // [null, 2, 1, 6, 2]
 * ```
 */
export class Cropping3D extends Cropping<3> {
  static override readonly className = "Cropping3D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 5; readonly out: 5 };

  constructor(given: Cropping3DOptions & LayerOptions = {}) {
    super(given);
  }
}
