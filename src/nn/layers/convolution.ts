/** What convolutions share. K: `layers/convolutional/base_conv.py`. */
import { ArgumentError } from "../../base/errors.ts";
import type { Pad, Padding } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/reshape.ts";
import { type ActivationLike, activate, activation, readsLastAxis } from "../activations.ts";
import type { Constraint } from "../constraints/constraint.ts";
import type { Initializer } from "../initializers/initializer.ts";
import { initializer } from "../initializers/resolve.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { flag, sizes } from "../option-kinds.ts";
import type { Regularizer } from "../regularizers/regularizer.ts";
import type { Variable } from "../variable.ts";
import {
  asPair,
  type DataFormat,
  dataFormat,
  fittingSizes,
  padding,
  type SpatialRank,
  type WindowOptions,
  windowPads,
} from "./arguments.ts";
import { imageWindow, type Reading } from "./reading.ts";
import { SpatialLayer } from "./spatial-layer.ts";

/** Options of a window over `rank` spatial axes, in the order of Keras's config. */
export const windowOptions = <const Rank extends SpatialRank>(rank: Rank) => ({
  /** Extent of the window along each spatial axis. */
  kernelSize: sizes(rank),
  /** Distance of neighbouring windows. Default 1. */
  strides: sizes(rank, { default: 1 }),
  /** "valid": windows inside the input only; "same": padded to ⌈size / stride⌉ outputs. Default "valid". */
  padding: padding(),
  /** Where the channels are: "channels_last" (the default) or "channels_first". */
  dataFormat: dataFormat(),
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
  readonly dataFormat: DataFormat;
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

/** A convolution with bias and activation. */
export abstract class Convolution<O extends ConvolutionValues> extends SpatialLayer<O> {
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

  protected override get rank(): SpatialRank {
    return this.kernelSize.length as SpatialRank;
  }

  /** Output channels for so many input channels. */
  protected abstract channelsFor(inputChannels: number): number;

  /** Channels of the input, which must be known. */
  protected inputChannels(inputShape: BatchShape): number {
    return this.knownAxis(inputShape, this.channelsFirst ? 1 : -1);
  }

  protected override outputChannels(inputShape: BatchShape): number {
    return this.channelsFor(this.inputChannels(inputShape));
  }

  protected override outputSizes(inputSizes: BatchShape): BatchShape {
    return fittingSizes(this.title, "kernel", "kernelSize", inputSizes, this.window);
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

  /** Writes the product where channels are last, then bias and activation. */
  protected finish(x: Sym, product: (x: Sym) => Sym): Sym {
    const { activation } = this.options;
    const early = !this.channelsFirst || readsLastAxis(activation) === false;
    const made = this.withChannelsLast(x, (last) => {
      const y = product(last);
      const biased = this.bias === undefined ? y : add(y, this.bias.read());
      return early ? activate(activation, biased) : biased;
    });
    return early ? made : activate(activation, made);
  }

  /** Padding of values whose channels are last. */
  protected padsOf(x: Sym): Pad[] {
    return windowPads(x.spec.shape.slice(1, -1), this.window);
  }

  /** Writes `convolve` for images, of which sequences are those of height 1, then bias and activation. */
  protected convolve(x: Sym, convolve: (image: Sym, window: ImageWindow) => Sym): Sym {
    return this.finish(x, (last) => {
      const single = this.rank === 1;
      const image = single ? reshape(last, last.spec.shape.toSpliced(1, 0, 1)) : last;
      const y = convolve(image, {
        strides: asPair(this.strides, 1),
        pad: asPair(this.padsOf(last), [0, 0]),
        dilation: asPair(this.dilationRate, 1),
      });
      return single ? reshape(y, y.spec.shape.toSpliced(1, 1)) : y;
    });
  }

  override reading(inputShape: readonly number[]): Reading | undefined {
    return imageWindow(inputShape, this.window, this.dataFormat);
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
