import { choice, type GivenOptions, type OptionsOf } from "../option-kinds.ts";
import { BaseConv, convOptions } from "./base-conv.ts";
import type { LayerOptions } from "./layer.ts";

const options = {
  .../* @__PURE__ */ convOptions(1),
  /** "valid", "same", or "causal": an output reads nothing that comes after it. Default "valid". */
  padding: /* @__PURE__ */ choice(["valid", "same", "causal"], { default: "valid", anyCase: true }),
};

export type Conv1DOptions = GivenOptions<typeof options>;

/**
 * 1-D convolution (cross-correlation) with bias and activation. K: `layers/convolutional/conv1d.py`.
 *
 * [batch, length, channels] → [batch, newLength, filters]. Weights: `kernel` [kernelLength, channels / groups, filters],
 * `bias` [filters].
 *
 * @throws ArgumentError for options that make no sense; ShapeError when the kernel does not fit into the input
 * @example
 * ```ts
 * import { Conv1D } from "fovea/layers";
 * new Conv1D({ filters: 8, kernelSize: 3, padding: "causal" }).computeOutputShape([null, 20, 4]); // [null, 20, 8]
 * ```
 */
export class Conv1D extends BaseConv<OptionsOf<typeof options>> {
  static override readonly className = "Conv1D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 3; readonly out: 3 };

  constructor(given: Conv1DOptions & LayerOptions) {
    super(given);
  }
}
