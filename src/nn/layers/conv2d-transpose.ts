import type { Sym } from "../../ir/graph.ts";
import { type Conv2dTransposeOptions, conv2dTranspose } from "../../ops/conv2d-transpose.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { BaseConvTranspose, convTransposeOptions, type TransposedWindow } from "./base-conv-transpose.ts";
import type { LayerOptions } from "./layer.ts";

const options = /* @__PURE__ */ convTransposeOptions(2);

export type Conv2DTransposeOptions = GivenOptions<typeof options>;

/**
 * Transposed 2-D convolution: each input pixel adds its kernel to the output. It is the gradient of a convolution by its input,
 * with bias and activation. K: `layers/convolutional/conv2d_transpose.py`.
 *
 * [batch, height, width, channels] → [batch, newHeight, newWidth, filters]. With the window's extent k and stride s an axis of n
 * becomes n · s ("same") or n · s + max(k − s, 0) ("valid"); with `outputPadding` o it is (n − 1) · s + k + o, for "same" less
 * 2 · ⌊k / 2⌋. Weights: `kernel` [kernelHeight, kernelWidth, filters, channels], `bias` [filters].
 *
 * @throws ArgumentError for options that make no sense
 * @example
 * ```ts
 * import { Conv2DTranspose } from "fovea/layers";
 * new Conv2DTranspose({ filters: 8, kernelSize: 3, strides: 2 }).computeOutputShape([null, 7, 7, 16]); // [null, 15, 15, 8]
 * ```
 */
export class Conv2DTranspose extends BaseConvTranspose<OptionsOf<typeof options>> {
  static override readonly className = "Conv2DTranspose";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 4; readonly out: 4 };

  constructor(given: Conv2DTransposeOptions & LayerOptions) {
    super(given);
  }

  protected override convolveBack(x: Sym, kernel: Sym, window: TransposedWindow): Sym {
    return conv2dTranspose(x, kernel, window as Conv2dTransposeOptions);
  }
}
