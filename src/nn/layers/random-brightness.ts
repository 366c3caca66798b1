import type { Sym } from "../../ir/graph.ts";
import { add, clip } from "../../ops/elementwise.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { AugmentationLayer } from "./augmentation.ts";
import { factor, layoutOption, valueRangeOption } from "./augmentation-options.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** What is added, as a share of the value range, −1 … 1: a pair, or f for [−f, f]. */
  factor: /* @__PURE__ */ factor({ bounds: [-1, 1] }),
  .../* @__PURE__ */ valueRangeOption(),
  .../* @__PURE__ */ seedOption(),
};

export type RandomBrightnessOptions = GivenOptions<typeof options>;

interface Brightness {
  readonly rgbDelta: Sym;
}

/**
 * Adds a number to each image, in training, and keeps the values within `valueRange`.
 * [batch, height, width, channels] → the same shape.
 * K: `layers/preprocessing/image_preprocessing/random_brightness.py`.
 *
 * @throws ArgumentError for an option out of range; ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { RandomBrightness } from "fovea/layers";
 * new RandomBrightness({ factor: 0.2 });
 * ```
 */
export class RandomBrightness extends AugmentationLayer<OptionsOf<typeof options>, Brightness> {
  static override readonly className = "RandomBrightness";
  static override readonly options = options;

  constructor(given: RandomBrightnessOptions & LayerOptions) {
    super(given);
  }

  override getRandomTransformation(images: Sym): Brightness {
    const { factor, valueRange } = this.options;
    const span = valueRange[1] - valueRange[0];
    return { rgbDelta: this.uniform(images, 0, [factor[0] * span, factor[1] * span]) };
  }

  protected override transform(images: Sym, { rgbDelta }: Brightness): Sym {
    return clip(add(images, rgbDelta), ...this.options.valueRange);
  }
}
