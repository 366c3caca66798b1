/** What SpatialDropout layers share. K: `layers/regularization/spatial_dropout.py`. */
import type { Sym } from "../../ir/graph.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { number, type OptionsOf } from "../option-kinds.ts";
import { axisNames, type DataFormat, dataFormat, type SpatialRank } from "./arguments.ts";
import { dropoutMask } from "./dropout-mask.ts";
import { Noise, seedOption } from "./noise.ts";

export const spatialDropoutOptions = () => ({
  /** Share of the channels that become 0 in training, 0 … 1. */
  rate: number({ min: 0, max: 1 }),
  ...seedOption(),
});

/** Where the channels are; SpatialDropout1D does not ask. */
export const spatialDropoutFormat = () => ({
  /** Where the channels are: "channels_last" (the default) or "channels_first". */
  dataFormat: dataFormat(),
});

type SpatialDropoutValues = OptionsOf<ReturnType<typeof spatialDropoutOptions>> & { readonly dataFormat?: DataFormat };

/** Drops whole channels of each row. */
export abstract class SpatialDropout extends Noise<SpatialDropoutValues> {
  /** Number of spatial axes. */
  protected abstract readonly rank: SpatialRank;

  protected override get strength(): number {
    return this.options.rate;
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    this.requireRank(inputShape, this.rank + 2, axisNames(this.rank, this.options.dataFormat ?? "channels_last"));
    return inputShape;
  }

  protected override disturb(x: Sym): Sym {
    const row = x.spec.shape.slice(1);
    const channels = this.options.dataFormat === "channels_first" ? 0 : this.rank;
    const mask = row.map((size, axis) => (axis === channels ? size : 1));
    return dropoutMask(this.title, this.options.rate, { like: x, key: this.randomKey!, row: mask })(x);
  }

  /** Keras leaves `trainable` out, and writes its own options first. */
  override getConfig(): Record<string, unknown> {
    const { name, trainable: _, dtype, rate, seed, ...own } = super.getConfig();
    return { rate, seed, name, dtype, ...own };
  }
}
