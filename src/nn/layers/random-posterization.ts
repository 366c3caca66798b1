import type { Sym } from "../../ir/graph.ts";
import { clip, div, floor, mul, power, round, sub } from "../../ops/elementwise.ts";
import { rescale } from "../../ops/value-range.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { AugmentationLayer } from "./augmentation.ts";
import { factor, layoutOption, valueRangeOption } from "./augmentation-options.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** How many bits are kept, 1 … 8: a pair (the second one left out, as in Keras, unless both are equal), or f for [1, f]. */
  factor: /* @__PURE__ */ factor({ bounds: [1, 8] }),
  .../* @__PURE__ */ valueRangeOption(),
  .../* @__PURE__ */ seedOption(),
};

export type RandomPosterizationOptions = GivenOptions<typeof options>;

/** How many of eight bits are lost. */
interface Posterization {
  readonly shiftFactor: Sym;
}

/**
 * Keeps the highest bits of the values of each image, on a scale of 0 to 255, in training.
 * [batch, height, width, channels] → the same shape.
 * K: `layers/preprocessing/image_preprocessing/random_posterization.py`.
 *
 * @throws ArgumentError for an option out of range; ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { RandomPosterization } from "fovea/layers";
 * new RandomPosterization({ factor: [4, 8], valueRange: [0, 1] });
 * ```
 */
export class RandomPosterization extends AugmentationLayer<OptionsOf<typeof options>, Posterization> {
  static override readonly className = "RandomPosterization";
  static override readonly options = options;

  constructor(given: RandomPosterizationOptions & LayerOptions) {
    super(given);
  }

  override getRandomTransformation(images: Sym): Posterization {
    return { shiftFactor: sub(8, floor(this.uniform(images, 0, this.options.factor))) };
  }

  protected override transform(images: Sym, { shiftFactor }: Posterization): Sym {
    const { valueRange } = this.options;
    const bytes = floor(clip(rescale(images, valueRange, [0, 255]), 0, 255));
    const step = round(power(2, shiftFactor));
    return rescale(mul(floor(div(bytes, step)), step), [0, 255], valueRange);
  }
}
