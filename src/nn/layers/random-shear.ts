import type { Sym } from "../../ir/graph.ts";
import { mul } from "../../ops/elementwise.ts";
import type { Projection } from "../../ops/sample-images.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { GeometricAugmentation } from "./augmentation.ts";
import { factor, layoutOption, samplingOptions } from "./augmentation-options.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** Columns by which a row is moved against the next one, 0 … 1: a pair, or f for [−f, f]. Default 0. */
  xFactor: /* @__PURE__ */ factor({ bounds: [0, 1], from: "negative", strict: true, default: 0 }),
  /** Rows by which a column is moved against the next one. Default 0. */
  yFactor: /* @__PURE__ */ factor({ bounds: [0, 1], from: "negative", strict: true, default: 0 }),
  .../* @__PURE__ */ samplingOptions(),
  .../* @__PURE__ */ seedOption(),
};

export type RandomShearOptions = GivenOptions<typeof options>;

/** [batch, 1] each. */
interface Shear {
  readonly x: Sym;
  readonly y: Sym;
}

/**
 * Slants each image about its top left pixel, one half of them the other way, in training. [batch, height, width, channels] → the
 * same shape. K: `layers/preprocessing/image_preprocessing/random_shear.py`.
 *
 * @throws ArgumentError for a factor out of range; ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { RandomShear } from "fovea/layers";
 * new RandomShear({ xFactor: 0.2 });
 * ```
 */
export class RandomShear extends GeometricAugmentation<OptionsOf<typeof options>, Shear> {
  static override readonly className = "RandomShear";
  static override readonly options = options;

  constructor(given: RandomShearOptions & LayerOptions = {}) {
    super(given);
  }

  override getRandomTransformation(images: Sym): Shear {
    const sign = this.randomSign(images, 0, [1]);
    return {
      x: mul(this.uniform(images, 2, this.options.xFactor, [1]), sign),
      y: mul(this.uniform(images, 1, this.options.yFactor, [1]), sign),
    };
  }

  override projection({ x, y }: Shear): Projection {
    return { a: [1, x, 0], b: [y, 1, 0] };
  }
}
