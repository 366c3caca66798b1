import { sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { depthwiseConv2d } from "../../ops/depthwise-conv2d.ts";
import type { CallOptions } from "../call-context.ts";
import { constraint } from "../constraints/resolve.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type GivenOptions, integer, type OptionsOf } from "../option-kinds.ts";
import { regularizer } from "../regularizers/resolve.ts";
import type { Variable } from "../variable.ts";
import { Convolution, glorot, outputOptions, windowOptions, zeros } from "./convolution.ts";
import type { LayerOptions } from "./layer.ts";

const options = {
  /** Kernels, and so output channels, per input channel. Default 1. */
  depthMultiplier: /* @__PURE__ */ integer({ min: 1, default: 1 }),
  .../* @__PURE__ */ windowOptions(2),
  .../* @__PURE__ */ outputOptions(),
  /** Default "glorot_uniform". */
  depthwiseInitializer: /* @__PURE__ */ glorot(),
  /** Default "zeros". */
  biasInitializer: /* @__PURE__ */ zeros(),
  /** Penalty of the kernel. Default none. */
  depthwiseRegularizer: /* @__PURE__ */ regularizer(),
  /** Penalty of the bias. Default none. */
  biasRegularizer: /* @__PURE__ */ regularizer(),
  /** Penalty of the output, divided by the rows. Default none. */
  activityRegularizer: /* @__PURE__ */ regularizer(),
  /** Applied to the kernel after each update. Default none. */
  depthwiseConstraint: /* @__PURE__ */ constraint(),
  /** Applied to the bias after each update. Default none. */
  biasConstraint: /* @__PURE__ */ constraint(),
};

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
export class DepthwiseConv2D extends Convolution<OptionsOf<typeof options>> {
  static override readonly className = "DepthwiseConv2D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 4; readonly out: 4 };
  /** [kernelHeight, kernelWidth, channels, depthMultiplier]. */
  kernel!: Variable;

  constructor(given: DepthwiseConv2DOptions & LayerOptions) {
    super(given);
  }

  protected override outputChannels(channels: number): number {
    return channels * this.options.depthMultiplier;
  }

  override build(inputShape: BatchShape): void {
    const { depthMultiplier, depthwiseInitializer, depthwiseRegularizer, depthwiseConstraint } = this.options;
    const channels = this.knownAxis(inputShape, -1);
    this.kernel = this.addWeight({
      name: "kernel",
      shape: [...this.kernelSize, channels, depthMultiplier],
      initializer: depthwiseInitializer,
      regularizer: depthwiseRegularizer,
      constraint: depthwiseConstraint,
    });
    this.addBias(channels * depthMultiplier);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return this.convolve(x, (image, window) => depthwiseConv2d(image, this.kernel.read(), window));
  }

  override multiplyAdds(_inputShape: readonly number[], outputShape: readonly number[]): number {
    return sizeOf(outputShape) * sizeOf(this.kernelSize);
  }
}
