/** What Cropping layers share. */
import { ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Pad } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { crop } from "../../ops/pad.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import type { OptionsOf } from "../option-kinds.ts";
import { dataFormat, type SpatialRank } from "./arguments.ts";
import { marginPairs, margins } from "./margins.ts";
import { movedImage, type Reading } from "./reading.ts";
import { SpatialLayer } from "./spatial-layer.ts";

export const croppingOptions = <const Rank extends SpatialRank>(rank: Rank, cropping: number) => ({
  /** Cells off every side, or off both sides of each axis, or off each side: for one axis [before, after], else such a pair for each. */
  cropping: margins(rank, cropping),
});

/** Where the channels are; Cropping1D does not ask. */
export const croppingFormat = () => ({
  /** Where the channels are: "channels_last" (the default) or "channels_first". */
  dataFormat: dataFormat(),
});

/** The middle of the spatial axes. */
export abstract class Cropping<Rank extends SpatialRank> extends SpatialLayer<
  OptionsOf<ReturnType<typeof croppingOptions<Rank>>>
> {
  get #margins(): readonly Pad[] {
    return marginPairs(this.options.cropping);
  }

  protected override get rank(): SpatialRank {
    return this.#margins.length as SpatialRank;
  }

  protected override outputSizes(inputSizes: BatchShape): BatchShape {
    return inputSizes.map((size, axis) => {
      if (size === null) return null;
      const [before, after] = this.#margins[axis]!;
      if (before + after >= size)
        throw new ShapeError(
          `${this.title}: cropping is ${formatValue(this.options.cropping)}, which leaves nothing of the ${size} cells of axis ${this.spatialAxes[axis]}; crop fewer.`,
        );
      return size - before - after;
    });
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const { shape } = x.spec;
    const starts = this.#margins.map(([before]) => before);
    const sizes = this.outputSizes(this.spatialAxes.map((axis) => shape[axis]!)) as number[];
    return crop(x, this.arrange(0, starts, 0), this.arrange(shape[0]!, sizes, shape[this.channelAxis]!));
  }

  /** Each cell reads the one that it was before. */
  override reading(): Reading | undefined {
    return movedImage(
      this.#margins.map(([before]) => -before),
      this.dataFormat,
    );
  }
}
