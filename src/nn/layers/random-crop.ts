import { foldKey } from "../../base/random.ts";
import type { Sym } from "../../ir/graph.ts";
import { floor, mul, type Operand } from "../../ops/elementwise.ts";
import { randomUniformOf } from "../../ops/random-normal.ts";
import { centerCrop, resizeImages } from "../../ops/resize.ts";
import { cropImagesAt } from "../../ops/sample-images.ts";
import { slice } from "../../ops/slice.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { currentTrace } from "../trace.ts";
import { AugmentationLayer } from "./augmentation.ts";
import { sizeOptions } from "./image-resizing.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";
import type { Reading } from "./reading.ts";

const options = {
  .../* @__PURE__ */ sizeOptions(),
  .../* @__PURE__ */ seedOption(),
};

export type RandomCropOptions = GivenOptions<typeof options>;

/** The first row and column. */
interface Crop {
  readonly top: Operand;
  readonly left: Operand;
}

/**
 * A part of the images, in training at a place that is drawn for each batch, else their middle. Images that are not larger than the part in
 * both directions are cut to its ratio and resized (bilinear). [batch, rows, columns, channels] → [batch, height, width, channels].
 * K: `layers/preprocessing/image_preprocessing/random_crop.py`.
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { RandomCrop } from "fovea/layers";
 * new RandomCrop({ height: 24, width: 24 }).computeOutputShape([null, 28, 28, 1]); // [null, 24, 24, 1]
 * ```
 */
export class RandomCrop extends AugmentationLayer<OptionsOf<typeof options>, Crop> {
  static override readonly className = "RandomCrop";
  static override readonly options = options;

  constructor(given: RandomCropOptions & LayerOptions) {
    super(given);
  }

  protected override outputSizes(_inputSizes: BatchShape): BatchShape {
    return [this.options.height, this.options.width];
  }

  override getRandomTransformation(images: Sym): Crop {
    const { height, width } = this.options;
    const [rows, columns] = this.imageSize(images);
    if (rows > height && columns > width) {
      const draw = (which: number, places: number) =>
        floor(mul(randomUniformOf(currentTrace(this.title).step, foldKey(this.randomKey!, which), []), places));
      return { top: draw(0, rows - height + 1), left: draw(1, columns - width + 1) };
    }
    const fitted = (size: number, wanted: number) => Math.max(Math.min(size, Math.trunc(wanted)), 1);
    const middle = (size: number, wanted: number) => Math.trunc((size - fitted(size, wanted)) / 2);
    return { top: middle(rows, (columns * height) / width), left: middle(columns, (rows * width) / height) };
  }

  protected override transform(images: Sym, { top, left }: Crop): Sym {
    const { height, width } = this.options;
    if (typeof top !== "number" || typeof left !== "number") return cropImagesAt(images, top, left, [height, width]);
    const [n, rows, columns, channels] = images.spec.shape as [number, number, number, number];
    const size = [Math.min(height, rows - top), Math.min(width, columns - left)] as const;
    const part = slice(images, [0, top, left, 0], [n, ...size, channels]);
    return size[0] === height && size[1] === width ? part : resizeImages(part, [height, width], "bilinear");
  }

  override call(x: Sym, context: CallOptions = {}): Sym {
    const { height, width } = this.options;
    return context.training
      ? super.call(x, context)
      : this.withChannelsLast(x, (images) => centerCrop(images, [height, width]));
  }

  override reading(): Reading | undefined {
    return undefined;
  }
}
