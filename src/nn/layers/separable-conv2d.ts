import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { BaseSeparableConv, separableOptions } from "./base-separable-conv.ts";
import type { LayerOptions } from "./layer.ts";

const options = /* @__PURE__ */ separableOptions(2);

export type SeparableConv2DOptions = GivenOptions<typeof options>;

/**
 * A depthwise convolution, then a 1x1 convolution that mixes the channels, then bias and activation; nothing between the two.
 * K: `layers/convolutional/separable_conv2d.py`.
 *
 * [batch, height, width, channels] → [batch, newHeight, newWidth, filters]. Weights: `depthwise_kernel`
 * [kernelHeight, kernelWidth, channels, depthMultiplier], `pointwise_kernel` [1, 1, channels · depthMultiplier, filters],
 * `bias` [filters].
 *
 * @throws ArgumentError for options that make no sense; ShapeError when the kernel does not fit into the input
 * @example
 * ```ts
 * import { SeparableConv2D } from "fovea/layers";
 * new SeparableConv2D({ filters: 32, kernelSize: 3 }).computeOutputShape([null, 28, 28, 16]); // [null, 26, 26, 32]
 * ```
 */
export class SeparableConv2D extends BaseSeparableConv<OptionsOf<typeof options>> {
  static override readonly className = "SeparableConv2D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 4; readonly out: 4 };

  constructor(given: SeparableConv2DOptions & LayerOptions) {
    super(given);
  }
}
