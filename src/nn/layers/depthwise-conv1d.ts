import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { BaseDepthwiseConv, depthwiseOptions } from "./base-depthwise-conv.ts";
import type { LayerOptions } from "./layer.ts";

const options = /* @__PURE__ */ depthwiseOptions(1);

export type DepthwiseConv1DOptions = GivenOptions<typeof options>;

/**
 * 1-D convolution of each channel by itself, with bias and activation. K: `layers/convolutional/depthwise_conv1d.py`.
 *
 * [batch, length, channels] → [batch, newLength, channels · depthMultiplier]; output channel c · depthMultiplier + m comes from
 * input channel c. Weights: `kernel` [kernelLength, channels, depthMultiplier], `bias` [channels · depthMultiplier].
 *
 * @throws ArgumentError for options that make no sense; ShapeError when the kernel does not fit into the input
 * @example
 * ```ts
 * import { DepthwiseConv1D } from "fovea/layers";
 * new DepthwiseConv1D({ kernelSize: 3, depthMultiplier: 2 }).computeOutputShape([null, 28, 16]); // [null, 26, 32]
 * ```
 */
export class DepthwiseConv1D extends BaseDepthwiseConv<OptionsOf<typeof options>> {
  static override readonly className = "DepthwiseConv1D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 3; readonly out: 3 };

  constructor(given: DepthwiseConv1DOptions & LayerOptions) {
    super(given);
  }
}
