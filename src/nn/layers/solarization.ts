import type { Sym } from "../../ir/graph.ts";
import { add, clip, sub, where } from "../../ops/elementwise.ts";
import { rescale } from "../../ops/value-range.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { AugmentationLayer } from "./augmentation.ts";
import { factor, layoutOption, valueRangeOption } from "./augmentation-options.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** What is added first, as a share of the value range, 0 … 1: a pair, or f for [0, f]. Default 0. */
  additionFactor: /* @__PURE__ */ factor({ bounds: [0, 1], from: "zero", strict: true, default: 0 }),
  /** From which share of the value range on values are turned round, 0 … 1: a pair, or f for [0, f]. Default 0. */
  thresholdFactor: /* @__PURE__ */ factor({ bounds: [0, 1], from: "zero", strict: true, default: 0 }),
  .../* @__PURE__ */ valueRangeOption(),
  .../* @__PURE__ */ seedOption(),
};

export type SolarizationOptions = GivenOptions<typeof options>;

/** Both on a scale of 0 to 255. */
interface Solar {
  readonly additions: Sym;
  readonly thresholds: Sym;
}

/**
 * Adds a number to each image and turns the high values into their negatives, in training.
 * [batch, height, width, channels] → the same shape.
 * Of a pair [low, high] the draw is from low to 255 · high on a scale of 0 to 255, as in Keras.
 * K: `layers/preprocessing/image_preprocessing/solarization.py`.
 *
 * @throws ArgumentError for an option out of range; ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { Solarization } from "fovea/layers";
 * new Solarization({ thresholdFactor: 0.6 });
 * ```
 */
export class Solarization extends AugmentationLayer<OptionsOf<typeof options>, Solar> {
  static override readonly className = "Solarization";
  static override readonly options = options;

  constructor(given: SolarizationOptions & LayerOptions = {}) {
    super(given);
  }

  override getRandomTransformation(images: Sym): Solar {
    const { additionFactor, thresholdFactor } = this.options;
    return {
      additions: this.uniform(images, 0, [additionFactor[0], additionFactor[1] * 255]),
      thresholds: this.uniform(images, 1, [thresholdFactor[0], thresholdFactor[1] * 255]),
    };
  }

  protected override transform(images: Sym, { additions, thresholds }: Solar): Sym {
    const { valueRange } = this.options;
    const moved = clip(add(rescale(images, valueRange, [0, 255]), additions), 0, 255);
    return rescale(where(moved, thresholds, moved, sub(255, moved)), [0, 255], valueRange);
  }
}
