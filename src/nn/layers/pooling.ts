/** What pooling layers share: windows, and whole inputs. K: `layers/pooling/base_pooling.py`, `base_global_pooling.py`. */
import type { Sym } from "../../ir/graph.ts";
import type { Pool2dAttrs } from "../../ops/max-pool2d.ts";
import { reshape } from "../../ops/reshape.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { flag, type GivenOptions, type Kind, type OptionsOf, type SizesOf, sizes } from "../option-kinds.ts";
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
  /** Only "channels_last". */
  dataFormat: dataFormat(rank),
});

type Table<Rank extends SpatialRank, D extends number | undefined> = ReturnType<typeof poolingOptions<Rank, D>>;

/** What the constructor of a pooling layer takes. */
export type PoolingOptions<Rank extends SpatialRank, D extends number | undefined = undefined> = GivenOptions<
  Table<Rank, D>
>;

/** Pooling of each channel over windows. */
export abstract class Pooling<Rank extends SpatialRank = SpatialRank> extends UnaryLayer<
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

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const rank = this.window.size.length as SpatialRank;
    this.requireRank(inputShape, rank + 2, axisNames[rank]);
    const sizes = fittingSizes(this.title, "window", "poolSize", inputShape.slice(1, -1), this.window);
    return [inputShape[0]!, ...sizes, inputShape.at(-1)!];
  }

  /** Writes the pooling of images. */
  protected abstract pool(image: Sym, attrs: Pool2dAttrs): Sym;

  override call(x: Sym, _options?: CallOptions): Sym {
    const { size, strides } = this.window;
    const pads = windowPads(x.spec.shape.slice(1, -1), this.window);
    const attrs: Pool2dAttrs = { window: asPair(size, 1), strides: asPair(strides, 1), pad: asPair(pads, [0, 0]) };
    if (size.length === 2) return this.pool(x, attrs);
    const y = this.pool(reshape(x, x.spec.shape.toSpliced(1, 0, 1)), attrs);
    return reshape(y, y.spec.shape.toSpliced(1, 1));
  }

  override reading(inputShape: readonly number[]): Reading | undefined {
    return imageWindow(inputShape, this.window);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), strides: this.strides };
  }
}

/** Options of global pooling over `rank` spatial axes. */
export const globalPoolingOptions = (rank: SpatialRank) => ({
  /** Only "channels_last". */
  dataFormat: dataFormat(rank),
  /** Whether the spatial axes stay, with size 1. Default false. */
  keepdims: flag({ default: false }),
});

export type GlobalPoolingOptions = GivenOptions<ReturnType<typeof globalPoolingOptions>>;

/** Pooling of each channel over all spatial axes. */
export abstract class GlobalPooling extends UnaryLayer<OptionsOf<ReturnType<typeof globalPoolingOptions>>> {
  /** Number of spatial axes. */
  protected abstract readonly rank: SpatialRank;

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    this.requireRank(inputShape, this.rank + 2, axisNames[this.rank]);
    const ones = this.options.keepdims ? new Array<number>(this.rank).fill(1) : [];
    return [inputShape[0]!, ...ones, inputShape.at(-1)!];
  }

  /** The spatial axes of [batch, …, channels]. */
  protected get spatialAxes(): number[] {
    return Array.from({ length: this.rank }, (_, axis) => 1 + axis);
  }

  override reading(): Reading {
    return { kind: "all" };
  }
}
