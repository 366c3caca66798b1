import type { Sym } from "../../ir/graph.ts";
import { scaleSaturation } from "../../ops/colors.ts";
import { add, div, sub } from "../../ops/elementwise.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { ColorAugmentation } from "./augmentation.ts";
import { factor, layoutOption, valueRangeOption } from "./augmentation-options.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** 0 makes grey, ½ leaves images as they are, 1 saturates them fully, 0 … 1: a pair, or f for [0, f]. */
  factor: /* @__PURE__ */ factor({ bounds: [-1, 1] }),
  .../* @__PURE__ */ valueRangeOption(),
  .../* @__PURE__ */ seedOption(),
};

export type RandomSaturationOptions = GivenOptions<typeof options>;

/** What the saturation is multiplied by. */
interface Saturation {
  readonly factor: Sym;
}

/** Keras's `epsilon()`. */
const EPSILON = 1e-7;

/**
 * Multiplies the saturation of each image by f / (1 − f), in training. [batch, height, width, 3] → the same shape.
 * K: `layers/preprocessing/image_preprocessing/random_saturation.py`.
 *
 * @throws ArgumentError for an option out of range; ShapeError for inputs of another rank or without three channels
 * @example
 * ```ts
 * import { RandomSaturation } from "fovea/layers";
 * new RandomSaturation({ factor: [0.3, 0.7] });
 * ```
 */
export class RandomSaturation extends ColorAugmentation<OptionsOf<typeof options>, Saturation> {
  static override readonly className = "RandomSaturation";
  static override readonly options = options;

  constructor(given: RandomSaturationOptions & LayerOptions) {
    super(given);
  }

  override getRandomTransformation(images: Sym): Saturation {
    const share = this.uniform(images, 0, this.options.factor);
    return { factor: div(share, add(sub(1, share), EPSILON)) };
  }

  protected override transform(images: Sym, { factor }: Saturation): Sym {
    return scaleSaturation(images, factor, this.options.valueRange);
  }
}
