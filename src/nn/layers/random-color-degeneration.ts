import type { Sym } from "../../ir/graph.ts";
import { rgbToGray } from "../../ops/colors.ts";
import { add, clip, mul, sub } from "../../ops/elementwise.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { ColorAugmentation } from "./augmentation.ts";
import { factor, layoutOption, valueRangeOption } from "./augmentation-options.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** The share of grey, 0 … 1: a pair, or f for [−f, f] (a negative share makes colours stronger). */
  factor: /* @__PURE__ */ factor({ bounds: [-1, 1] }),
  .../* @__PURE__ */ valueRangeOption(),
  .../* @__PURE__ */ seedOption(),
};

export type RandomColorDegenerationOptions = GivenOptions<typeof options>;

interface Degeneration {
  readonly factor: Sym;
}

/**
 * Mixes each image with its grey one, in training, and keeps the values within `valueRange`.
 * [batch, height, width, 3] → the same shape.
 * K: `layers/preprocessing/image_preprocessing/random_color_degeneration.py`.
 *
 * @throws ArgumentError for an option out of range; ShapeError for inputs of another rank or without three channels
 * @example
 * ```ts
 * import { RandomColorDegeneration } from "fovea/layers";
 * new RandomColorDegeneration({ factor: [0, 0.5] });
 * ```
 */
export class RandomColorDegeneration extends ColorAugmentation<OptionsOf<typeof options>, Degeneration> {
  static override readonly className = "RandomColorDegeneration";
  static override readonly options = options;

  constructor(given: RandomColorDegenerationOptions & LayerOptions) {
    super(given);
  }

  override getRandomTransformation(images: Sym): Degeneration {
    return { factor: this.uniform(images, 0, this.options.factor) };
  }

  protected override transform(images: Sym, { factor }: Degeneration): Sym {
    return clip(add(images, mul(factor, sub(rgbToGray(images), images))), ...this.options.valueRange);
  }
}
