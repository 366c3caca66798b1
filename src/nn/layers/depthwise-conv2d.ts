import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { BaseDepthwiseConv, depthwiseOptions } from "./base-depthwise-conv.ts";
import type { LayerOptions } from "./layer.ts";

const options = /* @__PURE__ */ depthwiseOptions(2);

export type DepthwiseConv2DOptions = GivenOptions<typeof options>;

/**
 * 2-D convolution of each channel by itself, with bias and activation. K: `layers/convolutional/depthwise_conv2d.py`.
 *
 * [batch, height, width, channels] → [batch, newHeight, newWidth, channels · depthMultiplier]; output channel
 * c · depthMultiplier + m comes from input channel c. Weights: `kernel` [kernelHeight, kernelWidth, channels, depthMultiplier],
 * `bias` [channels · depthMultiplier].
 *
 * @throws ArgumentError for options that make no sense; ShapeError when the kernel does not fit into the input
 * @example
 * ```ts
 * import { DepthwiseConv2D } from "fovea/layers";
 * new DepthwiseConv2D({ kernelSize: 3, depthMultiplier: 2 }).computeOutputShape([null, 28, 28, 16]); // [null, 26, 26, 32]
 * ```
 */
export class DepthwiseConv2D extends BaseDepthwiseConv<OptionsOf<typeof options>> {
  static override readonly className = "DepthwiseConv2D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 4; readonly out: 4 };

  constructor(given: DepthwiseConv2DOptions & LayerOptions) {
    super(given);
  }
}
