import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { conv2d } from "../../ops/conv2d.ts";
import type { CallOptions } from "../call-context.ts";
import type { ScaledAxes } from "../compact-form.ts";
import { constraint } from "../constraints/resolve.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { integer, type OptionsOf } from "../option-kinds.ts";
import { regularizer } from "../regularizers/resolve.ts";
import type { Variable } from "../variable.ts";
import type { SpatialRank } from "./arguments.ts";
import { Convolution, glorot, imageKernel, outputOptions, windowOptions, zeros } from "./convolution.ts";

/** Options of convolutions whose kernel reads all channels of a group. */
export const convOptions = <const Rank extends SpatialRank>(rank: Rank) => ({
  /** Number of output channels. */
  filters: integer({ min: 1 }),
  ...windowOptions(rank),
  /** Input and output channels are cut into so many independent groups. Default 1. */
  groups: integer({ min: 1, default: 1 }),
  ...outputOptions(),
  ...kernelOptions(),
});

/** How kernel and bias begin, what penalizes and what bounds them. */
export const kernelOptions = () => ({
  /** Default "glorot_uniform". */
  kernelInitializer: glorot(),
  /** Default "zeros". */
  biasInitializer: zeros(),
  /** Penalty of the kernel. Default none. */
  kernelRegularizer: regularizer(),
  /** Penalty of the bias. Default none. */
  biasRegularizer: regularizer(),
  /** Penalty of the output, divided by the rows. Default none. */
  activityRegularizer: regularizer(),
  /** Applied to the kernel after each update. Default none. */
  kernelConstraint: constraint(),
  /** Applied to the bias after each update. Default none. */
  biasConstraint: constraint(),
});

type BaseConvValues = Omit<OptionsOf<ReturnType<typeof convOptions<SpatialRank>>>, "padding"> & {
  readonly padding: "valid" | "same" | "causal";
};

/** A grouped convolution over `kernelSize.length` spatial axes. */
export abstract class BaseConv<O extends BaseConvValues> extends Convolution<O> {
  /** [...kernelSize, channels / groups, filters]. */
  kernel!: Variable;

  constructor(options: object) {
    super(options);
    const { filters, groups } = this.options;
    if (filters % groups !== 0)
      throw new ArgumentError(`${this.title}: ${filters} filters cannot be cut into ${groups} groups.`);
  }

  protected override channelsFor(channels: number): number {
    const { groups, filters } = this.options;
    if (channels % groups !== 0)
      throw new ShapeError(`${this.title}: ${channels} input channels cannot be cut into ${groups} groups.`);
    return filters;
  }

  override build(inputShape: BatchShape): void {
    const { filters, groups, kernelInitializer, kernelRegularizer, kernelConstraint } = this.options;
    this.kernel = this.addWeight({
      name: "kernel",
      shape: [...this.kernelSize, this.inputChannels(inputShape) / groups, filters],
      initializer: kernelInitializer,
      regularizer: kernelRegularizer,
      constraint: kernelConstraint,
    });
    this.addBias(filters);
  }

  /** Keras has no int8 for convolutions; here each filter is a channel. */
  override get int8Weights(): ReadonlyMap<Variable, ScaledAxes> {
    if (!this.built) return super.int8Weights;
    return new Map([[this.kernel, { axes: [this.kernel.shape.length - 1] }]]);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const { groups } = this.options;
    return this.convolve(x, (image, window) => conv2d(image, imageKernel(this.kernel), { ...window, groups }));
  }

  override multiplyAdds(inputShape: readonly number[], outputShape: readonly number[]): number {
    const channels = inputShape[this.channelAxis - 1]!;
    return sizeOf(outputShape) * sizeOf(this.kernelSize) * (channels / this.options.groups);
  }
}
