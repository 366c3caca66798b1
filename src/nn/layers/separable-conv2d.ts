import { sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { conv2d } from "../../ops/conv2d.ts";
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
  /** Depthwise kernels per input channel. Default 1. */
  depthMultiplier: /* @__PURE__ */ integer({ min: 1, default: 1 }),
  /** Number of output channels. */
  filters: /* @__PURE__ */ integer({ min: 1 }),
  // The window is that of the depthwise step.
  .../* @__PURE__ */ windowOptions(2),
  .../* @__PURE__ */ outputOptions(),
  /** Default "glorot_uniform". */
  depthwiseInitializer: /* @__PURE__ */ glorot(),
  /** Default "glorot_uniform". */
  pointwiseInitializer: /* @__PURE__ */ glorot(),
  /** Default "zeros". */
  biasInitializer: /* @__PURE__ */ zeros(),
  /** Penalty of the depthwise kernel. Default none. */
  depthwiseRegularizer: /* @__PURE__ */ regularizer(),
  /** Penalty of the pointwise kernel. Default none. */
  pointwiseRegularizer: /* @__PURE__ */ regularizer(),
  /** Penalty of the bias. Default none. */
  biasRegularizer: /* @__PURE__ */ regularizer(),
  /** Penalty of the output, divided by the rows. Default none. */
  activityRegularizer: /* @__PURE__ */ regularizer(),
  /** Applied to the depthwise kernel after each update. Default none. */
  depthwiseConstraint: /* @__PURE__ */ constraint(),
  /** Applied to the pointwise kernel after each update. Default none. */
  pointwiseConstraint: /* @__PURE__ */ constraint(),
  /** Applied to the bias after each update. Default none. */
  biasConstraint: /* @__PURE__ */ constraint(),
};

export type SeparableConv2DOptions = GivenOptions<typeof options>;

const NO_PAD = [0, 0] as const;
/** A 1x1 convolution. */
const pointwise = { strides: [1, 1], pad: [NO_PAD, NO_PAD], dilation: [1, 1], groups: 1 } as const;

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
export class SeparableConv2D extends Convolution<OptionsOf<typeof options>> {
  static override readonly className = "SeparableConv2D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 4; readonly out: 4 };
  /** [kernelHeight, kernelWidth, channels, depthMultiplier]. */
  depthwiseKernel!: Variable;
  /** [1, 1, channels · depthMultiplier, filters]. */
  pointwiseKernel!: Variable;

  constructor(given: SeparableConv2DOptions & LayerOptions) {
    super(given);
  }

  protected override outputChannels(): number {
    return this.options.filters;
  }

  override build(inputShape: BatchShape): void {
    const { filters, depthMultiplier, ...rest } = this.options;
    const channels = this.knownAxis(inputShape, -1);
    this.depthwiseKernel = this.addWeight({
      name: "depthwise_kernel",
      shape: [...this.kernelSize, channels, depthMultiplier],
      initializer: rest.depthwiseInitializer,
      regularizer: rest.depthwiseRegularizer,
      constraint: rest.depthwiseConstraint,
    });
    this.pointwiseKernel = this.addWeight({
      name: "pointwise_kernel",
      shape: [1, 1, channels * depthMultiplier, filters],
      initializer: rest.pointwiseInitializer,
      regularizer: rest.pointwiseRegularizer,
      constraint: rest.pointwiseConstraint,
    });
    this.addBias(filters);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return this.convolve(x, (image, window) =>
      conv2d(depthwiseConv2d(image, this.depthwiseKernel.read(), window), this.pointwiseKernel.read(), pointwise),
    );
  }

  override multiplyAdds(inputShape: readonly number[], outputShape: readonly number[]): number {
    const { filters, depthMultiplier } = this.options;
    const lanes = inputShape.at(-1)! * depthMultiplier;
    return sizeOf(outputShape.slice(0, -1)) * lanes * (sizeOf(this.kernelSize) + filters);
  }
}
