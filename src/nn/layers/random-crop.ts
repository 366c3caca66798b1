import { foldKey } from "../../base/random.ts";
import type { Sym } from "../../ir/graph.ts";
import { floor, mul, type Operand, sub } from "../../ops/elementwise.ts";
import { randomUniformOf } from "../../ops/random-normal.ts";
import { centerWindow, cropAndResize, type ResizeMethod } from "../../ops/resize.ts";
import { cropImagesAt } from "../../ops/sample-images.ts";
import type { BatchShape } from "../keras-tensor.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { currentTrace } from "../trace.ts";
import { AugmentationLayer } from "./augmentation.ts";
import { type Corners, mapSides } from "./bounding-boxes.ts";
import { sizeOptions } from "./image-resizing.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";
import type { Reading } from "./reading.ts";

const options = {
  .../* @__PURE__ */ sizeOptions(),
  .../* @__PURE__ */ seedOption(),
};

export type RandomCropOptions = GivenOptions<typeof options>;

interface Crop {
  /** The first row and column. */
  readonly top: Operand;
  readonly left: Operand;
  /** Rows and columns of the part. Default: those of the output, as far as there are so many. */
  readonly size?: readonly [height: number, width: number];
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
    return this.#size;
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

  protected override transformationOf(images: Sym, training: boolean): Crop {
    if (training) return this.getRandomTransformation(images);
    const { start, size } = centerWindow(this.imageSize(images), this.#size);
    return { top: start[0], left: start[1], size };
  }

  get #size(): readonly [number, number] {
    return [this.options.height, this.options.width];
  }

  /** Rows and columns of the part. */
  #sizeOf({ top, left, size }: Crop, [rows, columns]: readonly [number, number]): readonly [number, number] {
    const { height, width } = this.options;
    if (size !== undefined || typeof top !== "number" || typeof left !== "number") return size ?? this.#size;
    return [Math.min(height, rows - top), Math.min(width, columns - left)];
  }

  #cut(images: Sym, transformation: Crop, method: ResizeMethod): Sym {
    const { top, left } = transformation;
    const [, rows, columns] = images.spec.shape as [number, number, number, number];
    const size = this.#sizeOf(transformation, [rows, columns]);
    if (typeof top !== "number" || typeof left !== "number") return cropImagesAt(images, top, left, size);
    return cropAndResize(images, { start: [top, left], size }, this.#size, method);
  }

  protected override transform(images: Sym, transformation: Crop): Sym {
    return this.#cut(images, transformation, "bilinear");
  }

  protected override transformMasks(masks: Sym, transformation: Crop): Sym {
    return this.#cut(masks, transformation, "nearest");
  }

  protected override moveBoxes(boxes: Corners, transformation: Crop, size: readonly [number, number]): Corners {
    const { top, left } = transformation;
    const [height, width] = this.#size;
    const [rows, columns] = this.#sizeOf(transformation, size);
    return mapSides(
      boxes,
      (x) => mul(sub(x, left), width / columns),
      (y) => mul(sub(y, top), height / rows),
    );
  }

  override reading(): Reading | undefined {
    return undefined;
  }
}
