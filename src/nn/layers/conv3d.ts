import type { Sym } from "../../ir/graph.ts";
import { type Conv3dAttrs, conv3d } from "../../ops/conv3d.ts";
import type { CallOptions } from "../call-context.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { BaseConv, convOptions } from "./base-conv.ts";
import type { LayerOptions } from "./layer.ts";

const options = /* @__PURE__ */ convOptions(3);

export type Conv3DOptions = GivenOptions<typeof options>;

/**
 * 3-D convolution (cross-correlation) with bias and activation. K: `layers/convolutional/conv3d.py`.
 *
 * [batch, depth, height, width, channels] → [batch, newDepth, newHeight, newWidth, filters]. Weights: `kernel`
 * [kernelDepth, kernelHeight, kernelWidth, channels / groups, filters], `bias` [filters].
 *
 * @throws ArgumentError for options that make no sense; ShapeError when the kernel does not fit into the input
 * @example
 * ```ts
 * import { Conv3D } from "fovea/layers";
 * new Conv3D({ filters: 32, kernelSize: 3 }).computeOutputShape([null, 16, 28, 28, 1]); // [null, 14, 26, 26, 32]
 * ```
 */
export class Conv3D extends BaseConv<OptionsOf<typeof options>> {
  static override readonly className = "Conv3D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 5; readonly out: 5 };

  constructor(given: Conv3DOptions & LayerOptions) {
    super(given);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const { strides, dilationRate: dilation, groups } = this.options;
    return this.finish(x, (last) => {
      const pad = this.padsOf(last) as unknown as Conv3dAttrs["pad"];
      return conv3d(last, this.kernel.read(), { strides, pad, dilation, groups });
    });
  }
}
