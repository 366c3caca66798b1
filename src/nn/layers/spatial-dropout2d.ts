import type { GivenOptions } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { SpatialDropout, spatialDropoutFormat, spatialDropoutOptions } from "./spatial-dropout.ts";

const options = {
  .../* @__PURE__ */ spatialDropoutOptions(),
  .../* @__PURE__ */ spatialDropoutFormat(),
};

export type SpatialDropout2DOptions = GivenOptions<typeof options>;

/**
 * Sets whole channels of images to 0 in training and divides the others by 1 - rate (Tompson et al. 2014). Does nothing in
 * evaluation and prediction. [batch, height, width, channels] → the same. K: `layers/regularization/spatial_dropout.py`.
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { SpatialDropout2D } from "fovea/layers";
 * new SpatialDropout2D({ rate: 0.2 });
 * ```
 */
export class SpatialDropout2D extends SpatialDropout {
  static override readonly className = "SpatialDropout2D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 4; readonly out: "same" };
  protected override readonly rank = 2;

  constructor(given: SpatialDropout2DOptions & LayerOptions) {
    super(given);
  }
}
