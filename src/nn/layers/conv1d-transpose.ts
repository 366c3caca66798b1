import type { Sym } from "../../ir/graph.ts";
import { conv1dTranspose } from "../../ops/conv1d.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { BaseConvTranspose, convTransposeOptions, type TransposedWindow } from "./base-conv-transpose.ts";
import type { LayerOptions } from "./layer.ts";

const options = /* @__PURE__ */ convTransposeOptions(1);

export type Conv1DTransposeOptions = GivenOptions<typeof options>;

/**
 * Transposed 1-D convolution: each step of the input adds its kernel to the output. It is the gradient of a convolution by its
 * input, with bias and activation. K: `layers/convolutional/conv1d_transpose.py`.
 *
 * [batch, length, channels] → [batch, newLength, filters]; lengths change as in `Conv2DTranspose`. Weights: `kernel`
 * [kernelLength, filters, channels], `bias` [filters].
 *
 * @throws ArgumentError for options that make no sense
 * @example
 * ```ts
 * import { Conv1DTranspose } from "fovea/layers";
 * new Conv1DTranspose({ filters: 8, kernelSize: 3, strides: 2 }).computeOutputShape([null, 7, 16]); // [null, 15, 8]
 * ```
 */
export class Conv1DTranspose extends BaseConvTranspose<OptionsOf<typeof options>> {
  static override readonly className = "Conv1DTranspose";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 3; readonly out: 3 };

  constructor(given: Conv1DTransposeOptions & LayerOptions) {
    super(given);
  }

  protected override convolveBack(x: Sym, kernel: Sym, window: TransposedWindow): Sym {
    const { strides, padding, outputPadding, dilation } = window;
    const wide = { stride: strides[0]!, padding, dilation: dilation[0]! };
    return conv1dTranspose(x, kernel, outputPadding ? { ...wide, outputPadding: outputPadding[0]! } : wide);
  }
}
