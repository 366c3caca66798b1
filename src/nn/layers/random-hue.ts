import type { Sym } from "../../ir/graph.ts";
import { turnHue } from "../../ops/colors.ts";
import { clip, mul } from "../../ops/elementwise.ts";
import { rescale } from "../../ops/value-range.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { ColorAugmentation } from "./augmentation.ts";
import { factor, layoutOption, valueRangeOption } from "./augmentation-options.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** How far the hue turns, 0 … 1 (1: half a turn), one way or the other: a pair, or f for [0, f]. */
  factor: /* @__PURE__ */ factor({ bounds: [0, 1] }),
  .../* @__PURE__ */ valueRangeOption(),
  .../* @__PURE__ */ seedOption(),
};

export type RandomHueOptions = GivenOptions<typeof options>;

/** In turns, −½ … ½. */
interface Hue {
  readonly factor: Sym;
}

/**
 * Turns the hue of each image, in training. [batch, height, width, 3] → the same shape.
 * K: `layers/preprocessing/image_preprocessing/random_hue.py`.
 *
 * @throws ArgumentError for an option out of range; ShapeError for inputs of another rank or without three channels
 * @example
 * ```ts
 * import { RandomHue } from "fovea/layers";
 * new RandomHue({ factor: 0.2, valueRange: [0, 1] });
 * ```
 */
export class RandomHue extends ColorAugmentation<OptionsOf<typeof options>, Hue> {
  static override readonly className = "RandomHue";
  static override readonly options = options;

  constructor(given: RandomHueOptions & LayerOptions) {
    super(given);
  }

  override getRandomTransformation(images: Sym): Hue {
    const [low, high] = this.options.factor;
    return { factor: mul(this.randomSign(images, 0), this.uniform(images, 1, [low / 2, high / 2])) };
  }

  protected override transform(images: Sym, { factor }: Hue): Sym {
    const { valueRange } = this.options;
    return rescale(clip(turnHue(rescale(images, valueRange, [0, 1]), factor), 0, 1), [0, 1], valueRange);
  }
}
