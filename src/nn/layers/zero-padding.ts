/** What ZeroPadding layers share. */
import type { Pad } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { pad } from "../../ops/pad.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import type { OptionsOf } from "../option-kinds.ts";
import { dataFormat, type SpatialRank } from "./arguments.ts";
import { marginPairs, margins } from "./margins.ts";
import { movedImage, type Reading } from "./reading.ts";
import { SpatialLayer } from "./spatial-layer.ts";

export const zeroPaddingOptions = <const Rank extends SpatialRank>(rank: Rank) => ({
  /** Cells on every side, or on both sides of each axis, or on each side: for one axis [before, after], else such a pair for each. Default 1. */
  padding: margins(rank, 1),
  /** Where the channels are: "channels_last" (the default) or "channels_first". */
  dataFormat: dataFormat(),
});

/** Zeros around the spatial axes. */
export abstract class ZeroPadding<Rank extends SpatialRank> extends SpatialLayer<
  OptionsOf<ReturnType<typeof zeroPaddingOptions<Rank>>>
> {
  get #pads(): readonly Pad[] {
    return marginPairs(this.options.padding);
  }

  protected override get rank(): SpatialRank {
    return this.#pads.length as SpatialRank;
  }

  protected override outputSizes(inputSizes: BatchShape): BatchShape {
    const pads = this.#pads;
    return inputSizes.map((size, axis) => (size === null ? null : size + pads[axis]![0] + pads[axis]![1]));
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return pad(x, this.arrange<Pad>([0, 0], this.#pads, [0, 0]));
  }

  /** Each cell reads the one that it was before, if it was one. */
  override reading(): Reading | undefined {
    return movedImage(
      this.#pads.map(([before]) => before),
      this.dataFormat,
    );
  }
}
