import type { Sym } from "../../ir/graph.ts";
import { sub, where } from "../../ops/elementwise.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { AugmentationLayer } from "./augmentation.ts";
import { factor, layoutOption, valueRangeOption } from "./augmentation-options.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** The probability, or its range [low, high], that an image is turned into its negative. Default 1, which stands for [0, 1]. */
  factor: /* @__PURE__ */ factor({ bounds: [0, 1], default: 1 }),
  .../* @__PURE__ */ valueRangeOption(),
  .../* @__PURE__ */ seedOption(),
};

export type RandomInvertOptions = GivenOptions<typeof options>;

interface Invert {
  readonly applyInversion: Sym;
}

/**
 * Turns images into their negatives: the highest value − x, in training.
 * [batch, height, width, channels] → the same shape.
 * K: `layers/preprocessing/image_preprocessing/random_invert.py`.
 *
 * @throws ArgumentError for an option out of range; ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { RandomInvert } from "fovea/layers";
 * new RandomInvert({ factor: [0.1, 0.1] });
 * ```
 */
export class RandomInvert extends AugmentationLayer<OptionsOf<typeof options>, Invert> {
  static override readonly className = "RandomInvert";
  static override readonly options = options;

  constructor(given: RandomInvertOptions & LayerOptions = {}) {
    super(given);
  }

  override getRandomTransformation(images: Sym): Invert {
    return { applyInversion: this.chosen(images, 0, this.options.factor) };
  }

  protected override transform(images: Sym, { applyInversion }: Invert): Sym {
    return where(0, applyInversion, sub(this.options.valueRange[1], images), images);
  }
}
