import { sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { conv2d } from "../../ops/conv2d.ts";
import { depthwiseConv2d } from "../../ops/depthwise-conv2d.ts";
import type { CallOptions } from "../call-context.ts";
import type { ScaledAxes } from "../compact-form.ts";
import { constraint } from "../constraints/resolve.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { integer, type OptionsOf } from "../option-kinds.ts";
import { regularizer } from "../regularizers/resolve.ts";
import type { Variable } from "../variable.ts";
import type { SpatialRank } from "./arguments.ts";
import { Convolution, glorot, imageKernel, outputOptions, windowOptions, zeros } from "./convolution.ts";

/** Options of a depthwise convolution with a pointwise one behind it, in the order of Keras's config. */
export const separableOptions = <const Rank extends SpatialRank>(rank: Rank) => ({
  /** Depthwise kernels per input channel. Default 1. */
  depthMultiplier: integer({ min: 1, default: 1 }),
  /** Number of output channels. */
  filters: integer({ min: 1 }),
  // The window is that of the depthwise step.
  ...windowOptions(rank),
  ...outputOptions(),
  /** Default "glorot_uniform". */
  depthwiseInitializer: glorot(),
  /** Default "glorot_uniform". */
  pointwiseInitializer: glorot(),
  /** Default "zeros". */
  biasInitializer: zeros(),
  /** Penalty of the depthwise kernel. Default none. */
  depthwiseRegularizer: regularizer(),
  /** Penalty of the pointwise kernel. Default none. */
  pointwiseRegularizer: regularizer(),
  /** Penalty of the bias. Default none. */
  biasRegularizer: regularizer(),
  /** Penalty of the output, divided by the rows. Default none. */
  activityRegularizer: regularizer(),
  /** Applied to the depthwise kernel after each update. Default none. */
  depthwiseConstraint: constraint(),
  /** Applied to the pointwise kernel after each update. Default none. */
  pointwiseConstraint: constraint(),
  /** Applied to the bias after each update. Default none. */
  biasConstraint: constraint(),
});

type BaseSeparableConvValues = OptionsOf<ReturnType<typeof separableOptions<SpatialRank>>>;

const NO_PAD = [0, 0] as const;
/** A 1x1 convolution. */
const pointwise = { strides: [1, 1], pad: [NO_PAD, NO_PAD], dilation: [1, 1], groups: 1 } as const;

/** A depthwise and a pointwise convolution, over one or two spatial axes. K: `layers/convolutional/base_separable_conv.py`. */
export abstract class BaseSeparableConv<O extends BaseSeparableConvValues> extends Convolution<O> {
  /** [...kernelSize, channels, depthMultiplier]. */
  depthwiseKernel!: Variable;
  /** [1, …, channels · depthMultiplier, filters]. */
  pointwiseKernel!: Variable;

  protected override channelsFor(): number {
    return this.options.filters;
  }

  override build(inputShape: BatchShape): void {
    const { filters, depthMultiplier, ...rest } = this.options;
    const channels = this.inputChannels(inputShape);
    this.depthwiseKernel = this.addWeight({
      name: "depthwise_kernel",
      shape: [...this.kernelSize, channels, depthMultiplier],
      initializer: rest.depthwiseInitializer,
      regularizer: rest.depthwiseRegularizer,
      constraint: rest.depthwiseConstraint,
    });
    this.pointwiseKernel = this.addWeight({
      name: "pointwise_kernel",
      shape: [...this.kernelSize.map(() => 1), channels * depthMultiplier, filters],
      initializer: rest.pointwiseInitializer,
      regularizer: rest.pointwiseRegularizer,
      constraint: rest.pointwiseConstraint,
    });
    this.addBias(filters);
  }

  /** Keras has no int8 for convolutions; here each channel that a step makes is one. */
  override get int8Weights(): ReadonlyMap<Variable, ScaledAxes> {
    if (!this.built) return super.int8Weights;
    const rank = this.depthwiseKernel.shape.length;
    return new Map([
      [this.depthwiseKernel, { axes: [rank - 2, rank - 1] }],
      [this.pointwiseKernel, { axes: [rank - 1] }],
    ]);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return this.convolve(x, (image, window) => {
      const lanes = depthwiseConv2d(image, imageKernel(this.depthwiseKernel), window);
      return conv2d(lanes, imageKernel(this.pointwiseKernel), pointwise);
    });
  }

  override multiplyAdds(inputShape: readonly number[], outputShape: readonly number[]): number {
    const { filters, depthMultiplier } = this.options;
    const lanes = inputShape[this.channelAxis - 1]! * depthMultiplier;
    return (sizeOf(outputShape) / filters) * lanes * (sizeOf(this.kernelSize) + filters);
  }
}
