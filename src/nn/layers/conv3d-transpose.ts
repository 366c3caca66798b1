import type { Sym } from "../../ir/graph.ts";
import { conv3dTranspose, type Conv3dTransposeOptions as Window } from "../../ops/conv3d.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { BaseConvTranspose, convTransposeOptions, type TransposedWindow } from "./base-conv-transpose.ts";
import type { LayerOptions } from "./layer.ts";

const options = /* @__PURE__ */ convTransposeOptions(3);

export type Conv3DTransposeOptions = GivenOptions<typeof options>;

/**
 * Transposed 3-D convolution: each cell of a volume adds its kernel to the output. It is the gradient of a convolution by its
 * input, with bias and activation. K: `layers/convolutional/conv3d_transpose.py`.
 *
 * [batch, depth, height, width, channels] → [batch, newDepth, newHeight, newWidth, filters]; sizes change as in `Conv2DTranspose`.
 * Weights: `kernel` [kernelDepth, kernelHeight, kernelWidth, filters, channels], `bias` [filters].
 *
 * @throws ArgumentError for options that make no sense
 * @example
 * ```ts
 * import { Conv3DTranspose } from "fovea/layers";
 * new Conv3DTranspose({ filters: 8, kernelSize: 3, strides: 2 }).computeOutputShape([null, 3, 7, 7, 16]); // [null, 7, 15, 15, 8]
 * ```
 */
export class Conv3DTranspose extends BaseConvTranspose<OptionsOf<typeof options>> {
  static override readonly className = "Conv3DTranspose";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 5; readonly out: 5 };

  constructor(given: Conv3DTransposeOptions & LayerOptions) {
    super(given);
  }

  protected override convolveBack(x: Sym, kernel: Sym, window: TransposedWindow): Sym {
    return conv3dTranspose(x, kernel, window as Window);
  }
}
