import { ArgumentError } from "../../base/errors.ts";
import type { Padding } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { depthwiseConv2d } from "../../ops/depthwise-conv2d.ts";
import { add } from "../../ops/elementwise.ts";
import { type ActivationLike, activate, checkActivation } from "../activations.ts";
import type { CallContext } from "../call-context.ts";
import { describeInitializer, type InitializerLike, resolveInitializer } from "../initializers.ts";
import { checkFlag, missing } from "../options.ts";
import type { Variable } from "../variable.ts";
import {
  checkDataFormat,
  checkPadding,
  checkPair,
  checkPositive,
  convolvedSize,
  type Pair,
  windowPads,
} from "./arguments.ts";
import { type BatchShape, Layer, type LayerOptions, onlyInput } from "./layer.ts";

export interface DepthwiseConv2DOptions {
  /** Height and width of the window. */
  readonly kernelSize: Pair;
  /** Default 1. */
  readonly strides?: Pair;
  /** "valid": windows inside the image only; "same": padded to ⌈size / stride⌉ outputs. Default "valid". */
  readonly padding?: Padding;
  /** Kernels, and so output channels, per input channel. Default 1. */
  readonly depthMultiplier?: number;
  readonly dataFormat?: "channels_last" | null;
  /** Gaps between the window's cells. Not together with strides. Default 1. */
  readonly dilationRate?: Pair;
  /** Default none ("linear"). */
  readonly activation?: ActivationLike | null;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default "glorot_uniform". */
  readonly depthwiseInitializer?: InitializerLike;
  /** Default "zeros". */
  readonly biasInitializer?: InitializerLike;
}

/**
 * 2-D convolution of each channel by itself, with bias and activation. Keras `layers/convolutional/depthwise_conv2d.py`.
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
export class DepthwiseConv2D extends Layer<DepthwiseConv2DOptions> {
  readonly kernelSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilationRate: readonly [number, number];
  readonly padding: Padding;
  #kernel: Variable | undefined;
  #bias: Variable | undefined;

  constructor(options: DepthwiseConv2DOptions & LayerOptions) {
    super("DepthwiseConv2D", options, {
      depthMultiplier: 1,
      kernelSize: missing,
      strides: [1, 1],
      padding: "valid",
      dataFormat: "channels_last",
      dilationRate: [1, 1],
      activation: "linear",
      useBias: true,
      depthwiseInitializer: "glorot_uniform",
      biasInitializer: "zeros",
    });
    const { depthMultiplier, dataFormat, activation, useBias, depthwiseInitializer, biasInitializer } = this.options;
    checkPositive(this.title, "depthMultiplier", depthMultiplier);
    this.kernelSize = checkPair(this.title, "kernelSize", this.options.kernelSize);
    this.strides = checkPair(this.title, "strides", this.options.strides);
    this.dilationRate = checkPair(this.title, "dilationRate", this.options.dilationRate);
    this.padding = checkPadding(this.title, String(this.options.padding).toLowerCase());
    checkDataFormat(this.title, dataFormat);
    checkActivation(this.title, activation);
    checkFlag(this.title, "useBias", useBias);
    for (const initializer of [depthwiseInitializer, biasInitializer]) resolveInitializer(initializer);
    if (Math.max(...this.strides) > 1 && Math.max(...this.dilationRate) > 1)
      throw new ArgumentError(`${this.title}: strides and dilationRate cannot both be above 1.`);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    this.requireRank(inputShape, 4, "[batch, height, width, channels]");
    const channels = this.knownAxis(inputShape, -1) * this.options.depthMultiplier;
    const size = [this.knownAxis(inputShape, 1), this.knownAxis(inputShape, 2)] as const;
    return [inputShape[0]!, ...convolvedSize(this.title, size, this), channels];
  }

  protected override makeWeights(inputShape: BatchShape): void {
    const { depthMultiplier, useBias, depthwiseInitializer, biasInitializer } = this.options;
    const channels = this.knownAxis(inputShape, -1);
    const shape = [...this.kernelSize, channels, depthMultiplier];
    this.#kernel = this.addWeight({ name: "kernel", shape, initializer: depthwiseInitializer });
    if (useBias)
      this.#bias = this.addWeight({ name: "bias", shape: [channels * depthMultiplier], initializer: biasInitializer });
  }

  override call(inputs: readonly Sym[], context: CallContext): Sym {
    const x = onlyInput(inputs);
    const { strides, dilationRate: dilation } = this;
    const pad = windowPads(x.spec.shape, this.kernelSize, strides, dilation, this.padding);
    const y = depthwiseConv2d(x, context.read(this.#kernel!), { strides, pad, dilation });
    return activate(this.options.activation, this.#bias === undefined ? y : add(y, context.read(this.#bias)));
  }

  override getConfig(): Record<string, unknown> {
    const { kernelSize, strides, padding, dilationRate } = this;
    return {
      ...super.getConfig(),
      kernelSize,
      strides,
      padding,
      dataFormat: "channels_last",
      dilationRate,
      activation: this.options.activation ?? "linear",
      depthwiseInitializer: describeInitializer(this.options.depthwiseInitializer),
      biasInitializer: describeInitializer(this.options.biasInitializer),
      depthwiseRegularizer: null,
      biasRegularizer: null,
      activityRegularizer: null,
      depthwiseConstraint: null,
      biasConstraint: null,
    };
  }
}
