import type { Sym } from "../../ir/graph.ts";
import { add, clip, div, floor, lessEqual, maximum, mul, round, sub, where } from "../../ops/elementwise.ts";
import { gather, scatterAdd } from "../../ops/gather.ts";
import { literal } from "../../ops/literal.ts";
import { broadcastTo, reduceSum } from "../../ops/reduce.ts";
import { cumulativeSum, reduceMin } from "../../ops/reductions.ts";
import { reshape } from "../../ops/reshape.ts";
import { sliceAxis } from "../../ops/slice.ts";
import { rescale } from "../../ops/value-range.ts";
import { type GivenOptions, integer, type OptionsOf } from "../option-kinds.ts";
import { AugmentationLayer } from "./augmentation.ts";
import { layoutOption, valueRangeOption } from "./augmentation-options.ts";
import type { LayerOptions } from "./layer.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  .../* @__PURE__ */ valueRangeOption(),
  /** How many levels are told apart. Default 256. */
  bins: /* @__PURE__ */ integer({ min: 2, default: 256 }),
};

export type EqualizationOptions = GivenOptions<typeof options>;

/**
 * Spreads the values of each channel so that all levels are as frequent, in training. Levels are counted over the whole batch, as in
 * Keras; a channel of one level stays as it is. [batch, height, width, channels] → the same shape.
 * K: `layers/preprocessing/image_preprocessing/equalization.py`.
 *
 * @throws ArgumentError for an option out of range; ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { Equalization } from "fovea/layers";
 * new Equalization({ valueRange: [0, 1] });
 * ```
 */
export class Equalization extends AugmentationLayer<OptionsOf<typeof options>, null> {
  static override readonly className = "Equalization";
  static override readonly options = options;

  constructor(given: EqualizationOptions & LayerOptions = {}) {
    super(given);
  }

  override getRandomTransformation(_images: Sym): null {
    return null;
  }

  protected override transform(images: Sym): Sym {
    const { bins, valueRange } = this.options;
    const { shape } = images.spec;
    const channels = shape[3]!;
    const bytes = rescale(images, valueRange, [0, 255]);
    const level = clip(floor(mul(bytes, (bins - 1) / 255)), 0, bins - 1);
    const starts = literal(
      images.builder,
      Array.from({ length: channels }, (_, i) => i * bins),
      [channels],
    );
    const places = add(level, starts);
    const one = broadcastTo(literal(images.builder, [1], []), places.spec);
    const counts = reshape(scatterAdd(places, one, channels * bins), [channels, bins]);
    const sums = cumulativeSum(counts, 1);
    const total = sliceAxis(sums, 1, bins - 1, bins);
    const first = reduceMin(where(0, sums, sums, Number.POSITIVE_INFINITY), [1], true);
    const steps = div(mul(sub(sums, first), 255), maximum(sub(total, first), 1));
    const levels = gather(reshape(clip(round(steps), 0, 255), [channels * bins]), places);
    const used = reshape(reduceSum(where(0, counts, 1, 0), [1]), [channels]);
    return rescale(where(lessEqual(used, 1), 1, levels, bytes), [0, 255], valueRange);
  }
}
