import { ArgumentError } from "../../base/errors.ts";
import type { Padding } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { conv2d } from "../../ops/conv2d.ts";
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

export interface SeparableConv2DOptions {
  /** Number of output channels. */
  readonly filters: number;
  /** Height and width of the depthwise window. */
  readonly kernelSize: Pair;
  /** Of the depthwise step. Default 1. */
  readonly strides?: Pair;
  /** "valid": windows inside the image only; "same": padded to ⌈size / stride⌉ outputs. Default "valid". */
  readonly padding?: Padding;
  readonly dataFormat?: "channels_last" | null;
  /** Gaps between the depthwise window's cells. Not together with strides. Default 1. */
  readonly dilationRate?: Pair;
  /** Depthwise kernels per input channel. Default 1. */
  readonly depthMultiplier?: number;
  /** Default none ("linear"). */
  readonly activation?: ActivationLike | null;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default "glorot_uniform". */
  readonly depthwiseInitializer?: InitializerLike;
  /** Default "glorot_uniform". */
  readonly pointwiseInitializer?: InitializerLike;
  /** Default "zeros". */
  readonly biasInitializer?: InitializerLike;
}

/**
 * A depthwise convolution, then a 1x1 convolution that mixes the channels, then bias and activation; nothing between the two.
 * Keras `layers/convolutional/separable_conv2d.py`.
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
export class SeparableConv2D extends Layer<SeparableConv2DOptions> {
  readonly kernelSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilationRate: readonly [number, number];
  readonly padding: Padding;
  #depthwiseKernel: Variable | undefined;
  #pointwiseKernel: Variable | undefined;
  #bias: Variable | undefined;

  constructor(options: SeparableConv2DOptions & LayerOptions) {
    super("SeparableConv2D", options, {
      depthMultiplier: 1,
      filters: missing,
      kernelSize: missing,
      strides: [1, 1],
      padding: "valid",
      dataFormat: "channels_last",
      dilationRate: [1, 1],
      activation: "linear",
      useBias: true,
      depthwiseInitializer: "glorot_uniform",
      pointwiseInitializer: "glorot_uniform",
      biasInitializer: "zeros",
    });
    const { filters, depthMultiplier, dataFormat, activation, useBias } = this.options;
    const { depthwiseInitializer, pointwiseInitializer, biasInitializer } = this.options;
    checkPositive(this.title, "filters", filters);
    checkPositive(this.title, "depthMultiplier", depthMultiplier);
    this.kernelSize = checkPair(this.title, "kernelSize", this.options.kernelSize);
    this.strides = checkPair(this.title, "strides", this.options.strides);
    this.dilationRate = checkPair(this.title, "dilationRate", this.options.dilationRate);
    this.padding = checkPadding(this.title, String(this.options.padding).toLowerCase());
    checkDataFormat(this.title, dataFormat);
    checkActivation(this.title, activation);
    checkFlag(this.title, "useBias", useBias);
    for (const initializer of [depthwiseInitializer, pointwiseInitializer, biasInitializer])
      resolveInitializer(initializer);
    if (Math.max(...this.strides) > 1 && Math.max(...this.dilationRate) > 1)
      throw new ArgumentError(`${this.title}: strides and dilationRate cannot both be above 1.`);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    this.requireRank(inputShape, 4, "[batch, height, width, channels]");
    this.knownAxis(inputShape, -1);
    const size = [this.knownAxis(inputShape, 1), this.knownAxis(inputShape, 2)] as const;
    return [inputShape[0]!, ...convolvedSize(this.title, size, this), this.options.filters];
  }

  protected override makeWeights(inputShape: BatchShape): void {
    const { filters, depthMultiplier, useBias } = this.options;
    const { depthwiseInitializer, pointwiseInitializer, biasInitializer } = this.options;
    const channels = this.knownAxis(inputShape, -1);
    this.#depthwiseKernel = this.addWeight({
      name: "depthwise_kernel",
      shape: [...this.kernelSize, channels, depthMultiplier],
      initializer: depthwiseInitializer,
    });
    this.#pointwiseKernel = this.addWeight({
      name: "pointwise_kernel",
      shape: [1, 1, channels * depthMultiplier, filters],
      initializer: pointwiseInitializer,
    });
    if (useBias) this.#bias = this.addWeight({ name: "bias", shape: [filters], initializer: biasInitializer });
  }

  override call(inputs: readonly Sym[], context: CallContext): Sym {
    const x = onlyInput(inputs);
    const { strides, dilationRate: dilation } = this;
    const pad = windowPads(x.spec.shape, this.kernelSize, strides, dilation, this.padding);
    const depthwise = depthwiseConv2d(x, context.read(this.#depthwiseKernel!), { strides, pad, dilation });
    const y = conv2d(depthwise, context.read(this.#pointwiseKernel!), {
      strides: [1, 1],
      pad: [
        [0, 0],
        [0, 0],
      ],
      dilation: [1, 1],
      groups: 1,
    });
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
      pointwiseInitializer: describeInitializer(this.options.pointwiseInitializer),
      biasInitializer: describeInitializer(this.options.biasInitializer),
      depthwiseRegularizer: null,
      pointwiseRegularizer: null,
      biasRegularizer: null,
      activityRegularizer: null,
      depthwiseConstraint: null,
      pointwiseConstraint: null,
      biasConstraint: null,
    };
  }
}
