import { foldKey } from "../../base/random.ts";
import type { Sym } from "../../ir/graph.ts";
import { logicalAnd } from "../../ops/composed.ts";
import { clip, mul, sqrt, where } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import { randomNormal } from "../../ops/random-normal.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { currentTrace } from "../trace.ts";
import { AugmentationLayer } from "./augmentation.ts";
import { colorOption, factor, layoutOption, valueRangeOption } from "./augmentation-options.ts";
import { boxMask } from "./box-mask.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** The probability, or its range [low, high], that a part of an image is erased. Default 1, which stands for [0, 1]. */
  factor: /* @__PURE__ */ factor({ bounds: [0, 1], default: 1 }),
  /** The range of the squares of height and width of the part, as shares of the image's, 0 … 1. Default [0.02, 0.33]. */
  scale: /* @__PURE__ */ factor({ bounds: [0, 1], default: [0.02, 0.33] }),
  /** What the part is filled with: a number, or one for each of three channels. Default null: normal noise times the highest value. */
  fillValue: /* @__PURE__ */ colorOption(),
  .../* @__PURE__ */ valueRangeOption(),
  .../* @__PURE__ */ seedOption(),
};

export type RandomErasingOptions = GivenOptions<typeof options>;

interface Erasing {
  /** [batch, 1, 1, 1] */
  readonly applyErasing: Sym;
  /** [batch, height, width, 1], 1 within the rectangle. */
  readonly batchMasks: Sym;
  /** Repeats to [batch, height, width, channels]. */
  readonly fillValue: Sym;
}

/**
 * Fills a rectangle of each image, in training.
 * [batch, height, width, channels] → the same shape.
 * K: `layers/preprocessing/image_preprocessing/random_erasing.py`.
 *
 * @throws ArgumentError for an option out of range; ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { RandomErasing } from "fovea/layers";
 * new RandomErasing({ factor: [0.5, 0.5], fillValue: 0 });
 * ```
 */
export class RandomErasing extends AugmentationLayer<OptionsOf<typeof options>, Erasing> {
  static override readonly className = "RandomErasing";
  static override readonly options = options;

  constructor(given: RandomErasingOptions & LayerOptions = {}) {
    super(given);
  }

  override getRandomTransformation(images: Sym): Erasing {
    const { factor, scale } = this.options;
    const draw = (which: number) => this.uniform(images, which, [0, 1]);
    const side = (which: number) => sqrt(this.uniform(images, which, scale));
    const [width, height] = [side(0), side(1)];
    return {
      batchMasks: boxMask(this.imageSize(images), { width, height, x: draw(2), y: draw(3) }).mask,
      applyErasing: this.chosen(images, 4, factor),
      fillValue: this.#fill(images),
    };
  }

  #fill(images: Sym): Sym {
    const { fillValue, valueRange } = this.options;
    const values = typeof fillValue === "number" ? [fillValue] : fillValue;
    if (values !== null)
      return literal(
        images.builder,
        values.map((each) => Math.min(Math.max(each, valueRange[0]), valueRange[1])),
        [values.length],
      );
    const shape = [...this.imageSize(images), images.spec.shape[this.channelAxis]!];
    const noise = randomNormal(currentTrace(this.title).step, images, foldKey(this.randomKey!, 6), shape);
    return clip(mul(noise, valueRange[1]), ...valueRange);
  }

  protected override transform(images: Sym, { applyErasing, batchMasks, fillValue }: Erasing): Sym {
    return where(0, logicalAnd(batchMasks, applyErasing), fillValue, images);
  }
}
