import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { BaseConv, convOptions } from "./base-conv.ts";
import type { LayerOptions } from "./layer.ts";

const options = /* @__PURE__ */ convOptions(2);

export type Conv2DOptions = GivenOptions<typeof options>;

/**
 * 2-D convolution (cross-correlation) with bias and activation. K: `layers/convolutional/conv2d.py`.
 *
 * [batch, height, width, channels] → [batch, newHeight, newWidth, filters]. Weights: `kernel`
 * [kernelHeight, kernelWidth, channels / groups, filters], `bias` [filters].
 *
 * @throws ArgumentError for options that make no sense; ShapeError when the kernel does not fit into the input
 * @example
 * ```ts
 * import { Conv2D } from "fovea/layers";
 * new Conv2D({ filters: 32, kernelSize: 3 }).computeOutputShape([null, 28, 28, 1]); // [null, 26, 26, 32]
 * ```
 */
export class Conv2D extends BaseConv<OptionsOf<typeof options>> {
  static override readonly className = "Conv2D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 4; readonly out: 4 };

  constructor(given: Conv2DOptions & LayerOptions) {
    super(given);
  }
}
