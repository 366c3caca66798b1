import { sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
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

/** Options of convolutions of each channel by itself, in the order of Keras's config. */
export const depthwiseOptions = <const Rank extends SpatialRank>(rank: Rank) => ({
  /** Kernels, and so output channels, per input channel. Default 1. */
  depthMultiplier: integer({ min: 1, default: 1 }),
  ...windowOptions(rank),
  ...outputOptions(),
  /** Default "glorot_uniform". */
  depthwiseInitializer: glorot(),
  /** Default "zeros". */
  biasInitializer: zeros(),
  /** Penalty of the kernel. Default none. */
  depthwiseRegularizer: regularizer(),
  /** Penalty of the bias. Default none. */
  biasRegularizer: regularizer(),
  /** Penalty of the output, divided by the rows. Default none. */
  activityRegularizer: regularizer(),
  /** Applied to the kernel after each update. Default none. */
  depthwiseConstraint: constraint(),
  /** Applied to the bias after each update. Default none. */
  biasConstraint: constraint(),
});

type BaseDepthwiseConvValues = OptionsOf<ReturnType<typeof depthwiseOptions<SpatialRank>>>;

/** A convolution of each channel by itself, over one or two spatial axes. K: `layers/convolutional/base_depthwise_conv.py`. */
export abstract class BaseDepthwiseConv<O extends BaseDepthwiseConvValues> extends Convolution<O> {
  /** [...kernelSize, channels, depthMultiplier]. */
  kernel!: Variable;

  protected override channelsFor(channels: number): number {
    return channels * this.options.depthMultiplier;
  }

  override build(inputShape: BatchShape): void {
    const { depthMultiplier, depthwiseInitializer, depthwiseRegularizer, depthwiseConstraint } = this.options;
    const channels = this.inputChannels(inputShape);
    this.kernel = this.addWeight({
      name: "kernel",
      shape: [...this.kernelSize, channels, depthMultiplier],
      initializer: depthwiseInitializer,
      regularizer: depthwiseRegularizer,
      constraint: depthwiseConstraint,
    });
    this.addBias(channels * depthMultiplier);
  }

  /** Keras has no int8 for convolutions; here each channel of the output is one. */
  override get int8Weights(): ReadonlyMap<Variable, ScaledAxes> {
    if (!this.built) return super.int8Weights;
    const rank = this.kernel.shape.length;
    return new Map([[this.kernel, { axes: [rank - 2, rank - 1] }]]);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return this.convolve(x, (image, window) => depthwiseConv2d(image, imageKernel(this.kernel), window));
  }

  override multiplyAdds(_inputShape: readonly number[], outputShape: readonly number[]): number {
    return sizeOf(outputShape) * sizeOf(this.kernelSize);
  }
}
