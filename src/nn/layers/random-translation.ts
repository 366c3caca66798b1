import type { Sym } from "../../ir/graph.ts";
import { neg } from "../../ops/elementwise.ts";
import type { Projection } from "../../ops/sample-images.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { GeometricAugmentation } from "./augmentation.ts";
import { factor, layoutOption, samplingOptions } from "./augmentation-options.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** How far images move down, as a share of the height, −1 … 1: a pair, or f for [−f, f]. */
  heightFactor: /* @__PURE__ */ factor({ bounds: [-1, 1], from: "negative", strict: true }),
  /** How far images move to the right, as a share of the width. */
  widthFactor: /* @__PURE__ */ factor({ bounds: [-1, 1], from: "negative", strict: true }),
  .../* @__PURE__ */ samplingOptions(),
  .../* @__PURE__ */ seedOption(),
};

export type RandomTranslationOptions = GivenOptions<typeof options>;

/** Pixels to the right and down, [batch, 1] each. */
interface Shift {
  readonly x: Sym;
  readonly y: Sym;
}

/**
 * Moves each image, in training. [batch, height, width, channels] → the same shape.
 * K: `layers/preprocessing/image_preprocessing/random_translation.py`.
 *
 * @throws ArgumentError for a factor out of range; ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { RandomTranslation } from "fovea/layers";
 * new RandomTranslation({ heightFactor: 0.1, widthFactor: 0.1, fillMode: "constant" });
 * ```
 */
export class RandomTranslation extends GeometricAugmentation<OptionsOf<typeof options>, Shift> {
  static override readonly className = "RandomTranslation";
  static override readonly options = options;

  constructor(given: RandomTranslationOptions & LayerOptions) {
    super(given);
  }

  override getRandomTransformation(images: Sym): Shift {
    const [height, width] = this.imageSize(images);
    const { heightFactor: down, widthFactor: right } = this.options;
    return {
      x: this.uniform(images, 1, [right[0] * width, right[1] * width], [1]),
      y: this.uniform(images, 0, [down[0] * height, down[1] * height], [1]),
    };
  }

  override projection({ x, y }: Shift): Projection {
    return { a: [1, 0, neg(x)], b: [0, 1, neg(y)] };
  }
}
