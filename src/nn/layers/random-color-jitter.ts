import type { Sym } from "../../ir/graph.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { factor, layoutOption, type Range, valueRangeOption } from "./augmentation-options.ts";
import { type Augmentation, ComposedAugmentation } from "./composed-augmentation.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";
import { RandomBrightness } from "./random-brightness.ts";
import { RandomContrast } from "./random-contrast.ts";
import { RandomHue } from "./random-hue.ts";
import { RandomSaturation } from "./random-saturation.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  .../* @__PURE__ */ valueRangeOption(),
  /** As the factor of RandomBrightness. Default null: the brightness stays. */
  brightnessFactor: /* @__PURE__ */ factor({ bounds: [-1, 1], default: null }),
  /** As the factor of RandomContrast. Default null: the contrast stays. */
  contrastFactor: /* @__PURE__ */ factor({ bounds: [0, 1], default: null }),
  /** As the factor of RandomSaturation. Default null: the saturation stays. */
  saturationFactor: /* @__PURE__ */ factor({ bounds: [-1, 1], default: null }),
  /** As the factor of RandomHue. Default null: the hue stays. */
  hueFactor: /* @__PURE__ */ factor({ bounds: [0, 1], default: null }),
  .../* @__PURE__ */ seedOption(),
};

export type RandomColorJitterOptions = GivenOptions<typeof options>;

/**
 * Changes brightness, contrast, saturation and hue of each image, in this order, in training.
 * [batch, height, width, channels] → the same shape; saturation and hue need 3 channels.
 * K: `layers/preprocessing/image_preprocessing/random_color_jitter.py`.
 *
 * @throws ArgumentError for a factor out of range; ShapeError for inputs of another rank or number of channels
 * @example
 * ```ts
 * import { RandomColorJitter } from "fovea/layers";
 * new RandomColorJitter({ brightnessFactor: 0.2, hueFactor: 0.1, valueRange: [0, 1] });
 * ```
 */
export class RandomColorJitter extends ComposedAugmentation<OptionsOf<typeof options>, readonly unknown[]> {
  static override readonly className = "RandomColorJitter";
  static override readonly options = options;
  readonly #steps: readonly Augmentation[];

  constructor(given: RandomColorJitterOptions & LayerOptions = {}) {
    super(given);
    const { valueRange, seed, brightnessFactor, contrastFactor, saturationFactor, hueFactor } = this.options;
    const step = (
      Made: new (options: { factor: Range; valueRange: Range; seed: number | null }) => object,
      range: Range | null,
    ) => (range === null ? [] : [new Made({ factor: range, valueRange, seed }) as Augmentation]);
    this.#steps = [
      ...step(RandomBrightness, brightnessFactor),
      ...step(RandomContrast, contrastFactor),
      ...step(RandomSaturation, saturationFactor),
      ...step(RandomHue, hueFactor),
    ];
  }

  protected override fitsChannels(channels: number): boolean {
    const { saturationFactor, hueFactor } = this.options;
    return (saturationFactor === null && hueFactor === null) || super.fitsChannels(channels);
  }

  /** What each step draws; those that are left out draw nothing. */
  override getRandomTransformation(images: Sym): readonly unknown[] {
    return this.#steps.map((step, i) => this.drawOf(step, i, images));
  }

  protected override transform(images: Sym, transformation: readonly unknown[]): Sym {
    return this.#steps.reduce((changed, step, i) => step.transformed(changed, transformation[i]), images);
  }
}
