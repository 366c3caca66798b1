import type { Sym } from "../../ir/graph.ts";
import { add, clip, div, mul, sub } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { AugmentationLayer } from "./augmentation.ts";
import { factor, layoutOption, valueRangeOption } from "./augmentation-options.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** How much less, and how much more the contrast may be, 0 … 1: f stands for [0, f], a pair [less, more] for 1 − less … 1 + more. */
  factor: /* @__PURE__ */ factor({ bounds: [0, 1] }),
  .../* @__PURE__ */ valueRangeOption(),
  .../* @__PURE__ */ seedOption(),
};

export type RandomContrastOptions = GivenOptions<typeof options>;

interface Contrast {
  readonly contrastFactor: Sym;
}

/**
 * Moves the values of each image away from their mean over height and width, or towards it, in training, and keeps them within
 * `valueRange`. [batch, height, width, channels] → the same shape.
 * K: `layers/preprocessing/image_preprocessing/random_contrast.py`.
 *
 * @throws ArgumentError for an option out of range; ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { RandomContrast } from "fovea/layers";
 * new RandomContrast({ factor: 0.2, valueRange: [0, 1] });
 * ```
 */
export class RandomContrast extends AugmentationLayer<OptionsOf<typeof options>, Contrast> {
  static override readonly className = "RandomContrast";
  static override readonly options = options;

  constructor(given: RandomContrastOptions & LayerOptions) {
    super(given);
  }

  override getRandomTransformation(images: Sym): Contrast {
    const [less, more] = this.options.factor;
    return { contrastFactor: this.uniform(images, 0, [1 - less, 1 + more]) };
  }

  protected override transform(images: Sym, { contrastFactor }: Contrast): Sym {
    const [, height, width] = images.spec.shape as [number, number, number, number];
    const mean = div(reduceSum(images, [1, 2], true), height * width);
    return clip(add(mul(sub(images, mean), contrastFactor), mean), ...this.options.valueRange);
  }
}
