import type { GivenOptions } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { SpatialDropout, spatialDropoutOptions } from "./spatial-dropout.ts";

const options = /* @__PURE__ */ spatialDropoutOptions();

export type SpatialDropout1DOptions = GivenOptions<typeof options>;

/**
 * Sets whole channels of sequences to 0 in training and divides the others by 1 - rate (Tompson et al. 2014). Does nothing in
 * evaluation and prediction. [batch, length, channels] → the same. K: `layers/regularization/spatial_dropout.py`.
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { SpatialDropout1D } from "fovea/layers";
 * new SpatialDropout1D({ rate: 0.2 });
 * ```
 */
export class SpatialDropout1D extends SpatialDropout {
  static override readonly className = "SpatialDropout1D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 3; readonly out: "same" };
  protected override readonly rank = 1;

  constructor(given: SpatialDropout1DOptions & LayerOptions) {
    super(given);
  }
}
