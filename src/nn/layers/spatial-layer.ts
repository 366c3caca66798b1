/** The base of the layers that see space: [batch, …space, channels], or with "channels_first" [batch, channels, …space]. */
import type { Sym } from "../../ir/graph.ts";
import { transpose } from "../../ops/mat-mul.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { axisNames, type DataFormat, type SpatialRank } from "./arguments.ts";
import { UnaryLayer } from "./unary-layer.ts";

/** A layer over one, two or three spatial axes. Subclasses state how sizes change, and compute where channels are last. */
export abstract class SpatialLayer<O extends object> extends UnaryLayer<O> {
  /** Number of spatial axes. */
  protected abstract get rank(): SpatialRank;

  /** Sizes of the output's spatial axes; null where the input's is not known. Throws where the input is too small. */
  protected abstract outputSizes(inputSizes: BatchShape): BatchShape;

  /** Where the channels are; a layer that has no such option takes them last. */
  protected get dataFormat(): DataFormat {
    return (this.options as { readonly dataFormat?: DataFormat }).dataFormat ?? "channels_last";
  }

  protected get channelsFirst(): boolean {
    return this.dataFormat === "channels_first";
  }

  /** One entry for each axis, from that of the batch, those of space and that of the channels. */
  protected arrange<T>(batch: T, space: readonly T[], channels: T): T[] {
    return this.channelsFirst ? [batch, channels, ...space] : [batch, ...space, channels];
  }

  /** The spatial axes of an input. */
  protected get spatialAxes(): number[] {
    return Array.from({ length: this.rank }, (_, axis) => axis + (this.channelsFirst ? 2 : 1));
  }

  /** The axis of the channels. */
  protected get channelAxis(): number {
    return this.channelsFirst ? 1 : this.rank + 1;
  }

  /** Channels of the output. Default: the input's. */
  protected outputChannels(inputShape: BatchShape): number | null {
    return inputShape[this.channelAxis]!;
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    this.requireRank(inputShape, this.rank + 2, axisNames(this.rank, this.dataFormat));
    const channels = this.outputChannels(inputShape);
    const sizes = this.outputSizes(this.spatialAxes.map((axis) => inputShape[axis]!));
    return this.arrange(inputShape[0]!, sizes, channels);
  }

  /** The value with its channels last. */
  protected toChannelsLast(x: Sym): Sym {
    return this.channelsFirst ? transpose(x, [0, ...this.spatialAxes, 1]) : x;
  }

  /** Writes what takes and gives values whose channels are last. */
  protected withChannelsLast(x: Sym, write: (x: Sym) => Sym): Sym {
    const y = write(this.toChannelsLast(x));
    const axes = this.spatialAxes;
    return this.channelsFirst ? transpose(y, [0, axes.length + 1, ...axes.map((axis) => axis - 1)]) : y;
  }
}
