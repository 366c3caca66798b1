import type { Sym } from "../../ir/graph.ts";
import { rgbToGray } from "../../ops/colors.ts";
import { less, where } from "../../ops/elementwise.ts";
import { type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { ColorAugmentation } from "./augmentation.ts";
import { layoutOption } from "./augmentation-options.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** The probability that an image becomes grey, 0 … 1. Default 0.5. */
  factor: /* @__PURE__ */ number({ min: 0, max: 1, default: 0.5 }),
  .../* @__PURE__ */ seedOption(),
};

export type RandomGrayscaleOptions = GivenOptions<typeof options>;

interface Grayscale {
  readonly shouldApply: Sym;
}

/**
 * Makes images grey, in three equal channels, in training. [batch, height, width, 3] → the same shape.
 * K: `layers/preprocessing/image_preprocessing/random_grayscale.py`.
 *
 * @throws ArgumentError for an option out of range; ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { RandomGrayscale } from "fovea/layers";
 * new RandomGrayscale({ factor: 0.2 });
 * ```
 */
export class RandomGrayscale extends ColorAugmentation<OptionsOf<typeof options>, Grayscale> {
  static override readonly className = "RandomGrayscale";
  static override readonly options = options;

  constructor(given: RandomGrayscaleOptions & LayerOptions = {}) {
    super(given);
  }

  protected override fitsChannels(channels: number): boolean {
    return channels === 1 || super.fitsChannels(channels);
  }

  override getRandomTransformation(images: Sym): Grayscale {
    return { shouldApply: less(this.uniform(images, 0, [0, 1]), this.options.factor) };
  }

  protected override transform(images: Sym, { shouldApply }: Grayscale): Sym {
    return where(0, shouldApply, rgbToGray(images), images);
  }
}
