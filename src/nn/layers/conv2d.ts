import { ArgumentError, ShapeError } from "../../base/errors.ts";
import type { Padding } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { conv2d } from "../../ops/conv2d.ts";
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

export interface Conv2DOptions {
  /** Number of output channels. */
  readonly filters: number;
  /** Height and width of the window. */
  readonly kernelSize: Pair;
  /** Default 1. */
  readonly strides?: Pair;
  /** "valid": windows inside the image only; "same": padded to ⌈size / stride⌉ outputs. Default "valid". */
  readonly padding?: Padding;
  readonly dataFormat?: "channels_last" | null;
  /** Gaps between the window's cells. Not together with strides. Default 1. */
  readonly dilationRate?: Pair;
  /** Input and output channels are cut into so many independent groups. Default 1. */
  readonly groups?: number;
  /** Default none ("linear"). */
  readonly activation?: ActivationLike | null;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default "glorot_uniform". */
  readonly kernelInitializer?: InitializerLike;
  /** Default "zeros". */
  readonly biasInitializer?: InitializerLike;
}

/**
 * 2-D convolution (cross-correlation) with bias and activation. Keras `layers/convolutional/conv2d.py`.
 *
 * [batch, height, width, channels] → [batch, newHeight, newWidth, filters]. Weights: `kernel`
 * [kernelHeight, kernelWidth, channels / groups, filters], `bias` [filters].
 *
 * @throws ArgumentError for options that make no sense; ShapeError when the kernel does not fit into the input
 * @example
 * ```ts
 * import { Conv2D } from "fovea/layers";
 * new Conv2D({ filters: 32, kernelSize: 3 }).computeOutputShape([null, 28, 28, 1]); // [null, 26, 26, 32]
 * ```
 */
export class Conv2D extends Layer<Conv2DOptions> {
  readonly kernelSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilationRate: readonly [number, number];
  readonly padding: Padding;
  #kernel: Variable | undefined;
  #bias: Variable | undefined;

  constructor(options: Conv2DOptions & LayerOptions) {
    super("Conv2D", options, {
      filters: missing,
      kernelSize: missing,
      strides: [1, 1],
      padding: "valid",
      dataFormat: "channels_last",
      dilationRate: [1, 1],
      groups: 1,
      activation: "linear",
      useBias: true,
      kernelInitializer: "glorot_uniform",
      biasInitializer: "zeros",
    });
    const { filters, groups, dataFormat, activation, useBias, kernelInitializer, biasInitializer } = this.options;
    checkPositive(this.title, "filters", filters);
    checkPositive(this.title, "groups", groups);
    this.kernelSize = checkPair(this.title, "kernelSize", this.options.kernelSize);
    this.strides = checkPair(this.title, "strides", this.options.strides);
    this.dilationRate = checkPair(this.title, "dilationRate", this.options.dilationRate);
    this.padding = checkPadding(this.title, String(this.options.padding).toLowerCase());
    checkDataFormat(this.title, dataFormat);
    checkActivation(this.title, activation);
    checkFlag(this.title, "useBias", useBias);
    resolveInitializer(kernelInitializer);
    resolveInitializer(biasInitializer);
    if (filters % groups !== 0)
      throw new ArgumentError(`${this.title}: ${filters} filters cannot be cut into ${groups} groups.`);
    if (Math.max(...this.strides) > 1 && Math.max(...this.dilationRate) > 1)
      throw new ArgumentError(`${this.title}: strides and dilationRate cannot both be above 1.`);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    this.requireRank(inputShape, 4, "[batch, height, width, channels]");
    const channels = this.knownAxis(inputShape, -1);
    const { groups, filters } = this.options;
    if (channels % groups !== 0)
      throw new ShapeError(`${this.title}: ${channels} input channels cannot be cut into ${groups} groups.`);
    const size = [this.knownAxis(inputShape, 1), this.knownAxis(inputShape, 2)] as const;
    return [inputShape[0]!, ...convolvedSize(this.title, size, this), filters];
  }

  protected override makeWeights(inputShape: BatchShape): void {
    const { filters, groups, useBias, kernelInitializer, biasInitializer } = this.options;
    const shape = [...this.kernelSize, inputShape[3]! / groups, filters];
    this.#kernel = this.addWeight({ name: "kernel", shape, initializer: kernelInitializer });
    if (useBias) this.#bias = this.addWeight({ name: "bias", shape: [filters], initializer: biasInitializer });
  }

  override call(inputs: readonly Sym[], context: CallContext): Sym {
    const x = onlyInput(inputs);
    const { strides, dilationRate: dilation } = this;
    const pad = windowPads(x.spec.shape, this.kernelSize, strides, dilation, this.padding);
    const y = conv2d(x, context.read(this.#kernel!), { strides, pad, dilation, groups: this.options.groups });
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
      kernelInitializer: describeInitializer(this.options.kernelInitializer),
      biasInitializer: describeInitializer(this.options.biasInitializer),
      kernelRegularizer: null,
      biasRegularizer: null,
      activityRegularizer: null,
      kernelConstraint: null,
      biasConstraint: null,
    };
  }
}
