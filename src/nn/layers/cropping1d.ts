import type { GivenOptions } from "../option-kinds.ts";
import { Cropping, croppingOptions } from "./cropping.ts";
import type { LayerOptions } from "./layer.ts";

const options = /* @__PURE__ */ croppingOptions(1, 1);

export type Cropping1DOptions = GivenOptions<typeof options>;

/**
 * Sequences without their margins; `cropping` is 1 by default. K: `layers/reshaping/cropping1d.py`.
 *
 * [batch, length, channels] → [batch, length − before − after, channels].
 *
 * @throws ShapeError when nothing would be left, and for inputs of another rank
 * @example
 * ```ts
 * import { Cropping1D } from "fovea/layers";
 * new Cropping1D({ cropping: [1, 2] }).computeOutputShape([null, 6, 3]); // [null, 3, 3]
 * ```
 */
export class Cropping1D extends Cropping<1> {
  static override readonly className = "Cropping1D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 3; readonly out: 3 };

  constructor(given: Cropping1DOptions & LayerOptions = {}) {
    super(given);
  }
}
