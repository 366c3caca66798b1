import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { BaseSeparableConv, separableOptions } from "./base-separable-conv.ts";
import type { LayerOptions } from "./layer.ts";

const options = /* @__PURE__ */ separableOptions(1);

export type SeparableConv1DOptions = GivenOptions<typeof options>;

/**
 * A depthwise 1-D convolution, then a convolution by a window of one step that mixes the channels, then bias and activation;
 * nothing between the two. K: `layers/convolutional/separable_conv1d.py`.
 *
 * [batch, length, channels] → [batch, newLength, filters]. Weights: `depthwise_kernel` [kernelLength, channels, depthMultiplier],
 * `pointwise_kernel` [1, channels · depthMultiplier, filters], `bias` [filters].
 *
 * @throws ArgumentError for options that make no sense; ShapeError when the kernel does not fit into the input
 * @example
 * ```ts
 * import { SeparableConv1D } from "fovea/layers";
 * new SeparableConv1D({ filters: 32, kernelSize: 3 }).computeOutputShape([null, 28, 16]); // [null, 26, 32]
 * ```
 */
export class SeparableConv1D extends BaseSeparableConv<OptionsOf<typeof options>> {
  static override readonly className = "SeparableConv1D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 3; readonly out: 3 };

  constructor(given: SeparableConv1DOptions & LayerOptions) {
    super(given);
  }
}
