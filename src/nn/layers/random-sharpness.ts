import type { Sym } from "../../ir/graph.ts";
import { depthwiseConv2d } from "../../ops/depthwise-conv2d.ts";
import { add, clip, mul, sub } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { AugmentationLayer } from "./augmentation.ts";
import { factor, layoutOption, valueRangeOption } from "./augmentation-options.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** 0 smoothes images, ½ leaves them as they are, 1 sharpens them, 0 … 1: a pair, or f for [0, f]. */
  factor: /* @__PURE__ */ factor({ bounds: [0, 1] }),
  .../* @__PURE__ */ valueRangeOption(),
  .../* @__PURE__ */ seedOption(),
};

export type RandomSharpnessOptions = GivenOptions<typeof options>;

interface Sharpness {
  readonly factor: Sym;
}

/**
 * Moves each image away from a smooth one, or towards it, in training, and keeps the values within `valueRange`.
 * [batch, height, width, channels] → the same shape.
 * K: `layers/preprocessing/image_preprocessing/random_sharpness.py`.
 *
 * @throws ArgumentError for an option out of range; ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { RandomSharpness } from "fovea/layers";
 * new RandomSharpness({ factor: 0.8 });
 * ```
 */
export class RandomSharpness extends AugmentationLayer<OptionsOf<typeof options>, Sharpness> {
  static override readonly className = "RandomSharpness";
  static override readonly options = options;

  constructor(given: RandomSharpnessOptions & LayerOptions) {
    super(given);
  }

  override getRandomTransformation(images: Sym): Sharpness {
    return { factor: this.uniform(images, 0, this.options.factor) };
  }

  protected override transform(images: Sym, { factor }: Sharpness): Sym {
    const channels = images.spec.shape[3]!;
    // The mean of 3x3 pixels, the middle one five times.
    const weights = [1, 1, 1, 1, 5, 1, 1, 1, 1].flatMap((weight) => new Array<number>(channels).fill(weight / 13));
    const kernel = literal(images.builder, weights, [3, 3, channels, 1]);
    const window = {
      strides: [1, 1],
      pad: [
        [1, 1],
        [1, 1],
      ],
      dilation: [1, 1],
    } as const;
    const smooth = depthwiseConv2d(images, kernel, window);
    return clip(add(images, mul(sub(1, mul(factor, 2)), sub(smooth, images))), ...this.options.valueRange);
  }
}
