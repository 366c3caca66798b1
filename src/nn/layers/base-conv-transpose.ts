import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { dilatedExtent, sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { transposedSize } from "../../ops/conv2d-transpose.ts";
import type { CallOptions } from "../call-context.ts";
import type { ScaledAxes } from "../compact-form.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { integer, type Kind, type OptionsOf, type SizesOf, sizes, value } from "../option-kinds.ts";
import type { Variable } from "../variable.ts";
import { padding, type SpatialRank } from "./arguments.ts";
import { kernelOptions } from "./base-conv.ts";
import { Convolution, outputOptions, windowOptions } from "./convolution.ts";
import type { Reading } from "./reading.ts";

const spaceNames = { 1: "one [length]", 2: "two of them [height, width]", 3: "three of them [depth, height, width]" };

/** A whole number of 0 or more for each spatial axis, or null. */
function extraCells<const Rank extends SpatialRank>(rank: Rank): Kind<SizesOf<Rank>, null, number | SizesOf<Rank>> {
  return value<SizesOf<Rank>, null, number | SizesOf<Rank>>(
    (given, owner, name) => {
      const list: unknown = typeof given === "number" ? Array.from({ length: rank }, () => given) : given;
      if (!Array.isArray(list) || list.length !== rank || !list.every((cells) => Number.isInteger(cells) && cells >= 0))
        throw new ArgumentError(
          `${owner}: ${name} is ${formatValue(given)}, expected a whole number of 0 or more, ${spaceNames[rank]}, or null.`,
        );
      return list as unknown as SizesOf<Rank>;
    },
    { default: null },
  );
}

/** Options of transposed convolutions, in the order of Keras's config. */
export const convTransposeOptions = <const Rank extends SpatialRank>(rank: Rank) => {
  const { dataFormat, dilationRate } = windowOptions(rank);
  return {
    /** Number of output channels. */
    filters: integer({ min: 1 }),
    /** Extent of the window. */
    kernelSize: sizes(rank),
    /** Distance of neighbouring windows in the output. Default 1. */
    strides: sizes(rank, { default: 1 }),
    /** "valid": all that the windows cover; "same": size · stride outputs. Default "valid". */
    padding: padding(),
    /** Cells that are added at the end of each axis, fewer than its stride. Default null: by Keras's rule. */
    outputPadding: extraCells(rank),
    dataFormat,
    dilationRate,
    ...outputOptions(),
    ...kernelOptions(),
  };
};

type BaseConvTransposeValues = OptionsOf<ReturnType<typeof convTransposeOptions<SpatialRank>>>;

/** What a transposed convolution of values with channels last is given; a list has an entry for each spatial axis. */
export interface TransposedWindow {
  readonly strides: readonly number[];
  readonly padding: "valid" | "same";
  readonly outputPadding?: readonly number[];
  readonly dilation: readonly number[];
}

/** A transposed convolution over `kernelSize.length` spatial axes. K: `layers/convolutional/base_conv_transpose.py`. */
export abstract class BaseConvTranspose<O extends BaseConvTransposeValues> extends Convolution<O> {
  /** [...kernelSize, filters, channels]. */
  kernel!: Variable;

  constructor(options: object) {
    super(options);
    const outputPadding: readonly number[] | null = this.options.outputPadding;
    if (outputPadding?.some((cells, axis) => cells >= this.strides[axis]!))
      throw new ArgumentError(
        `${this.title}: outputPadding is ${formatValue(outputPadding)}, expected less than strides, ${formatValue(this.strides)}.`,
      );
  }

  protected override channelsFor(): number {
    return this.options.filters;
  }

  protected override outputSizes(inputSizes: BatchShape): BatchShape {
    const { outputPadding, padding } = this.options;
    return inputSizes.map((cells, axis) => {
      const extent = dilatedExtent(this.kernelSize[axis]!, this.dilationRate[axis]!);
      if (cells === null) return null;
      return transposedSize(cells, extent, this.strides[axis]!, padding, outputPadding?.[axis]);
    });
  }

  override build(inputShape: BatchShape): void {
    const { filters, kernelInitializer, kernelRegularizer, kernelConstraint } = this.options;
    this.kernel = this.addWeight({
      name: "kernel",
      shape: [...this.kernelSize, filters, this.inputChannels(inputShape)],
      initializer: kernelInitializer,
      regularizer: kernelRegularizer,
      constraint: kernelConstraint,
    });
    this.addBias(filters);
  }

  /** Writes the transposed convolution of values whose channels are last. */
  protected abstract convolveBack(x: Sym, kernel: Sym, window: TransposedWindow): Sym;

  /** Keras has no int8 for convolutions; here each filter is a channel. */
  override get int8Weights(): ReadonlyMap<Variable, ScaledAxes> {
    if (!this.built) return super.int8Weights;
    return new Map([[this.kernel, { axes: [this.kernel.shape.length - 2] }]]);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const { outputPadding, strides, padding, dilationRate: dilation } = this.options;
    const window = { strides, padding, dilation, ...(outputPadding === null ? {} : { outputPadding }) };
    return this.finish(x, (last) => this.convolveBack(last, this.kernel.read(), window));
  }

  /** How many input pixels reach an output differs from place to place. */
  override reading(): Reading | undefined {
    return undefined;
  }

  override multiplyAdds(inputShape: readonly number[]): number {
    return sizeOf(inputShape) * sizeOf(this.kernelSize) * this.options.filters;
  }
}
