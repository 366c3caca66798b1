/** What pooling layers share: windows, and whole inputs. K: `layers/pooling/base_pooling.py`, `base_global_pooling.py`. */
import type { Pad } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import type { Pool2dAttrs } from "../../ops/max-pool2d.ts";
import { reshape } from "../../ops/reshape.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { flag, type GivenOptions, type Kind, type OptionsOf, type SizesOf, sizes } from "../option-kinds.ts";
import {
  asPair,
  dataFormat,
  fittingSizes,
  padding,
  type SpatialRank,
  type WindowOptions,
  windowPads,
} from "./arguments.ts";
import { imageWindow, type Reading } from "./reading.ts";
import { SpatialLayer } from "./spatial-layer.ts";

/** Options of pooling over `rank` spatial axes; `poolSize` is required where Keras has no default. */
export const poolingOptions = <const Rank extends SpatialRank, D extends number | undefined = undefined>(
  rank: Rank,
  poolSize?: D,
) => ({
  /** Extent of the window along each spatial axis. */
  poolSize: sizes(rank, poolSize === undefined ? {} : { default: poolSize }) as unknown as Kind<
    SizesOf<Rank>,
    D,
    number | SizesOf<Rank>
  >,
  /** "valid": windows inside the input only; "same": ⌈size / stride⌉ outputs, padding never counts. Default "valid". */
  padding: padding(),
  /** Distance of neighbouring windows. Default null: the window's size. */
  strides: sizes(rank, { default: null }),
  /** Where the channels are: "channels_last" (the default) or "channels_first". */
  dataFormat: dataFormat(),
});

type Table<Rank extends SpatialRank, D extends number | undefined> = ReturnType<typeof poolingOptions<Rank, D>>;

/** What the constructor of a pooling layer takes. */
export type PoolingOptions<Rank extends SpatialRank, D extends number | undefined = undefined> = GivenOptions<
  Table<Rank, D>
>;

/** Pooling of each channel over windows. */
export abstract class Pooling<Rank extends SpatialRank = SpatialRank> extends SpatialLayer<
  OptionsOf<Table<Rank, undefined>>
> {
  get poolSize(): SizesOf<Rank> {
    return this.options.poolSize;
  }

  get strides(): SizesOf<Rank> {
    return (this.options.strides as SizesOf<Rank> | null) ?? this.poolSize;
  }

  get padding(): "valid" | "same" {
    return this.options.padding;
  }

  protected get window(): WindowOptions {
    const size: readonly number[] = this.poolSize;
    return { size, strides: this.strides, dilation: size.map(() => 1), padding: this.padding };
  }

  protected override get rank(): SpatialRank {
    return this.poolSize.length;
  }

  protected override outputSizes(inputSizes: BatchShape): BatchShape {
    return fittingSizes(this.title, "window", "poolSize", inputSizes, this.window);
  }

  /** Writes the pooling of images. */
  protected abstract pool(image: Sym, attrs: Pool2dAttrs): Sym;

  /** Writes the pooling of values whose channels are last. Sequences are images of height 1. */
  protected poolSpace(x: Sym, pads: readonly Pad[]): Sym {
    const { size, strides } = this.window;
    const attrs: Pool2dAttrs = { window: asPair(size, 1), strides: asPair(strides, 1), pad: asPair(pads, [0, 0]) };
    if (size.length === 2) return this.pool(x, attrs);
    const y = this.pool(reshape(x, x.spec.shape.toSpliced(1, 0, 1)), attrs);
    return reshape(y, y.spec.shape.toSpliced(1, 1));
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return this.withChannelsLast(x, (last) =>
      this.poolSpace(last, windowPads(last.spec.shape.slice(1, -1), this.window)),
    );
  }

  override reading(inputShape: readonly number[]): Reading | undefined {
    return imageWindow(inputShape, this.window, this.dataFormat);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), strides: this.strides };
  }
}

/** Options of global pooling over `rank` spatial axes. */
export const globalPoolingOptions = () => ({
  /** Where the channels are: "channels_last" (the default) or "channels_first". */
  dataFormat: dataFormat(),
  /** Whether the spatial axes stay, with size 1. Default false. */
  keepdims: flag({ default: false }),
});

export type GlobalPoolingOptions = GivenOptions<ReturnType<typeof globalPoolingOptions>>;

/** Pooling of each channel over all spatial axes. */
export abstract class GlobalPooling extends SpatialLayer<OptionsOf<ReturnType<typeof globalPoolingOptions>>> {
  protected override outputSizes(inputSizes: BatchShape): BatchShape {
    return this.options.keepdims ? inputSizes.map(() => 1) : [];
  }

  override reading(): Reading {
    return { kind: "all" };
  }
}
