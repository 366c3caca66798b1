import { foldKey } from "../../base/random.ts";
import type { Sym } from "../../ir/graph.ts";
import { depthwiseConv2d } from "../../ops/depthwise-conv2d.ts";
import { add, clip, div, exp, mul, square, where } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import { randomUniformOf } from "../../ops/random-normal.ts";
import { broadcastTo, reduceSum } from "../../ops/reduce.ts";
import { reshape } from "../../ops/reshape.ts";
import { sliceAxis } from "../../ops/slice.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { currentTrace } from "../trace.ts";
import { AugmentationLayer } from "./augmentation.ts";
import { factor, kernelSize, layoutOption, valueRangeOption } from "./augmentation-options.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** The probability, or its range [low, high], that an image is blurred. Default 1, which stands for [0, 1]. */
  factor: /* @__PURE__ */ factor({ bounds: [0, 1], default: 1 }),
  /** Columns and rows of the kernel, odd numbers; one number stands for both. Default 3. */
  kernelSize: /* @__PURE__ */ kernelSize(),
  /** The range of the standard deviations, in pixels, 0 … 1: a pair, or f for [0, f]. Default 1. */
  sigma: /* @__PURE__ */ factor({ bounds: [0, 1], default: 1 }),
  .../* @__PURE__ */ valueRangeOption(),
  .../* @__PURE__ */ seedOption(),
};

export type RandomGaussianBlurOptions = GivenOptions<typeof options>;

interface Blur {
  /** [batch, 1, 1, 1] */
  readonly shouldApplyBlur: Sym;
  /** [2]: along columns and rows. */
  readonly blurFactor: Sym;
}

/**
 * Blurs images with a Gaussian, in training, and keeps the values within `valueRange`. The deviations along columns and rows are drawn
 * once for the batch, as in Keras. Outside of images is 0.
 * [batch, height, width, channels] → the same shape.
 * K: `layers/preprocessing/image_preprocessing/random_gaussian_blur.py`.
 *
 * @throws ArgumentError for an option out of range; ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { RandomGaussianBlur } from "fovea/layers";
 * new RandomGaussianBlur({ kernelSize: 5, sigma: [0.5, 1] });
 * ```
 */
export class RandomGaussianBlur extends AugmentationLayer<OptionsOf<typeof options>, Blur> {
  static override readonly className = "RandomGaussianBlur";
  static override readonly options = options;

  constructor(given: RandomGaussianBlurOptions & LayerOptions = {}) {
    super(given);
  }

  override getRandomTransformation(images: Sym): Blur {
    const [low, high] = this.options.sigma;
    const drawn = randomUniformOf(currentTrace(this.title).step, foldKey(this.randomKey!, 2), [2]);
    // A deviation of 0 would divide by 0.
    return {
      shouldApplyBlur: this.chosen(images, 0, this.options.factor),
      blurFactor: add(mul(drawn, high - low), low + 1e-6),
    };
  }

  protected override transform(images: Sym, { shouldApplyBlur, blurFactor }: Blur): Sym {
    const channels = images.spec.shape[3]!;
    const [columns, rows] = this.options.kernelSize;
    const weights = (size: number, which: number, shape: readonly number[]) => {
      const places = literal(
        images.builder,
        Array.from({ length: size }, (_, i) => i - (size - 1) / 2),
        [size],
      );
      const bell = exp(mul(square(div(places, sliceAxis(blurFactor, 0, which, which + 1))), -0.5));
      return reshape(div(bell, reduceSum(bell, [0], true)), shape);
    };
    const plane = mul(weights(rows, 1, [rows, 1, 1, 1]), weights(columns, 0, [1, columns, 1, 1]));
    const kernel = broadcastTo(plane, { ...plane.spec, shape: [rows, columns, channels, 1] });
    const [down, across] = [(rows - 1) / 2, (columns - 1) / 2];
    const pad = [
      [down, down],
      [across, across],
    ] as const;
    const blurred = depthwiseConv2d(images, kernel, { strides: [1, 1], pad, dilation: [1, 1] });
    return clip(where(0, shouldApplyBlur, blurred, images), ...this.options.valueRange);
  }
}
