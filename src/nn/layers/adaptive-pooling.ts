/** What adaptive pooling layers share: as many windows as the output shall have cells. K: `layers/pooling/base_adaptive_pooling.py`. */
import type { Sym } from "../../ir/graph.ts";
import type { Pool2dAttrs } from "../../ops/max-pool2d.ts";
import { adaptivePool } from "../../ops/pool3d.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type GivenOptions, type OptionsOf, sizes } from "../option-kinds.ts";
import { dataFormat, type SpatialRank } from "./arguments.ts";
import { SpatialLayer } from "./spatial-layer.ts";

export const adaptivePoolingOptions = <const Rank extends SpatialRank>(rank: Rank) => ({
  /** Cells of the output along each spatial axis. */
  outputSize: sizes(rank),
  /** Where the channels are: "channels_last" (the default) or "channels_first". */
  dataFormat: dataFormat(),
});

type Table<Rank extends SpatialRank> = ReturnType<typeof adaptivePoolingOptions<Rank>>;

/** What the constructor of an adaptive pooling layer takes. */
export type AdaptivePoolingOptions<Rank extends SpatialRank> = GivenOptions<Table<Rank>>;

/** Pooling of each channel over windows that share an axis of n out among m cells: cell i reads ⌊i·n/m⌋ … ⌈(i+1)·n/m⌉ − 1. */
export abstract class AdaptivePooling<Rank extends SpatialRank> extends SpatialLayer<OptionsOf<Table<Rank>>> {
  get outputSize(): readonly number[] {
    return this.options.outputSize;
  }

  protected override get rank(): SpatialRank {
    return this.outputSize.length as SpatialRank;
  }

  protected override outputSizes(): BatchShape {
    return this.outputSize;
  }

  /** Writes the pooling of images. */
  protected abstract pool(image: Sym, attrs: Pool2dAttrs): Sym;

  override call(x: Sym, _options?: CallOptions): Sym {
    return this.withChannelsLast(x, (last) => adaptivePool(last, this.outputSize, this.pool));
  }
}
