/** What convolutions share. K: `layers/convolutional/base_conv.py`. */
import { ArgumentError } from "../../base/errors.ts";
import type { Padding } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/reshape.ts";
import { type ActivationLike, activate, activation } from "../activations.ts";
import type { Constraint } from "../constraints/constraint.ts";
import type { Initializer } from "../initializers/initializer.ts";
import { initializer } from "../initializers/resolve.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { flag, sizes } from "../option-kinds.ts";
import type { Regularizer } from "../regularizers/regularizer.ts";
import type { Variable } from "../variable.ts";
import {
  asPair,
  axisNames,
  dataFormat,
  fittingSizes,
  padding,
  type SpatialRank,
  type WindowOptions,
  windowPads,
} from "./arguments.ts";
import { imageWindow, type Reading } from "./reading.ts";
import { UnaryLayer } from "./unary-layer.ts";

/** Options of a window over `rank` spatial axes, in the order of Keras's config. */
export const windowOptions = <const Rank extends SpatialRank>(rank: Rank) => ({
  /** Extent of the window along each spatial axis. */
  kernelSize: sizes(rank),
  /** Distance of neighbouring windows. Default 1. */
  strides: sizes(rank, { default: 1 }),
  /** "valid": windows inside the input only; "same": padded to ⌈size / stride⌉ outputs. Default "valid". */
  padding: padding(),
  /** Only "channels_last". */
  dataFormat: dataFormat(rank),
  /** Distance of the window's cells. Not together with strides. Default 1. */
  dilationRate: sizes(rank, { default: 1 }),
});

/** Options behind the product. */
export const outputOptions = () => ({
  /** Default none ("linear"). */
  activation: activation("linear"),
  /** Whether a bias is added. Default true. */
  useBias: flag({ default: true }),
});

export const glorot = () => initializer("glorot_uniform");
export const zeros = () => initializer("zeros");

/** The checked options that all convolutions have. */
interface ConvolutionValues {
  readonly kernelSize: readonly number[];
  readonly strides: readonly number[];
  readonly padding: Padding | "causal";
  readonly dilationRate: readonly number[];
  readonly activation: ActivationLike;
  readonly useBias: boolean;
  readonly biasInitializer: Initializer;
  readonly biasRegularizer: Regularizer | null;
  readonly biasConstraint: Constraint | null;
}

/** Attributes of a convolution of images; a sequence is an image of height 1. */
export interface ImageWindow {
  readonly strides: readonly [number, number];
  readonly pad: readonly [readonly [number, number], readonly [number, number]];
  readonly dilation: readonly [number, number];
}

/** A convolution over one or two spatial axes, with bias and activation. */
export abstract class Convolution<O extends ConvolutionValues> extends UnaryLayer<O> {
  /** [output channels], with `useBias`. */
  bias: Variable | undefined;

  constructor(options: object) {
    super(options);
    if (Math.max(...this.strides) > 1 && Math.max(...this.dilationRate) > 1)
      throw new ArgumentError(`${this.title}: strides and dilationRate cannot both be above 1.`);
  }

  get kernelSize(): O["kernelSize"] {
    return this.options.kernelSize;
  }

  get strides(): O["strides"] {
    return this.options.strides;
  }

  get padding(): O["padding"] {
    return this.options.padding;
  }

  get dilationRate(): O["dilationRate"] {
    return this.options.dilationRate;
  }

  protected get window(): WindowOptions {
    return { size: this.kernelSize, strides: this.strides, dilation: this.dilationRate, padding: this.padding };
  }

  /** Output channels for so many input channels. */
  protected abstract outputChannels(channels: number): number;

  protected outputSizes(inputSizes: BatchShape): BatchShape {
    return fittingSizes(this.title, "kernel", "kernelSize", inputSizes, this.window);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const rank = this.kernelSize.length as SpatialRank;
    this.requireRank(inputShape, rank + 2, axisNames[rank]);
    const channels = this.outputChannels(this.knownAxis(inputShape, -1));
    return [inputShape[0]!, ...this.outputSizes(inputShape.slice(1, -1)), channels];
  }

  protected addBias(channels: number): void {
    const { useBias, biasInitializer, biasRegularizer, biasConstraint } = this.options;
    if (!useBias) return;
    this.bias = this.addWeight({
      name: "bias",
      shape: [channels],
      initializer: biasInitializer,
      regularizer: biasRegularizer,
      constraint: biasConstraint,
    });
  }

  /** Writes `convolve` for images, then bias and activation. */
  protected convolve(x: Sym, convolve: (image: Sym, window: ImageWindow) => Sym): Sym {
    const single = this.kernelSize.length === 1;
    const image = single ? reshape(x, x.spec.shape.toSpliced(1, 0, 1)) : x;
    const pad = windowPads(x.spec.shape.slice(1, -1), this.window);
    const y = convolve(image, {
      strides: asPair(this.strides, 1),
      pad: asPair(pad, [0, 0]),
      dilation: asPair(this.dilationRate, 1),
    });
    const sized = single ? reshape(y, y.spec.shape.toSpliced(1, 1)) : y;
    return activate(this.options.activation, this.bias === undefined ? sized : add(sized, this.bias.read()));
  }

  override reading(inputShape: readonly number[]): Reading | undefined {
    return imageWindow(inputShape, this.window);
  }

  override get sharesWeights(): boolean {
    return true;
  }
}

/** A kernel for an image: a sequence's gets height 1. */
export function imageKernel(kernel: Variable): Sym {
  const { shape } = kernel;
  return shape.length === 3 ? reshape(kernel.read(), [1, ...shape]) : kernel.read();
}
