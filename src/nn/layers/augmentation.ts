/** The base of the layers that change images at random in training. K: `layers/preprocessing/image_preprocessing/base_image_preprocessing_layer.py`. */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { foldKey } from "../../base/random.ts";
import { formatShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, less, mul, where } from "../../ops/elementwise.ts";
import { randomUniform } from "../../ops/random-uniform.ts";
import { type Projection, projectImages, type Sampling } from "../../ops/sample-images.ts";
import { checkSym, guard } from "../doors.ts";
import { type BatchShape, isSym } from "../keras-tensor.ts";
import { keyOfSeed } from "../process-state.ts";
import { currentTrace } from "../trace.ts";
import { axisNames } from "./arguments.ts";
import type { Range } from "./augmentation-options.ts";
import { type Corners, projectBoxes } from "./bounding-boxes.ts";
import { ImageLayer, type ImageRecord } from "./image-layer.ts";
import type { Reading } from "./reading.ts";

/**
 * Images [batch, height, width, channels] in, the same shape out, unless a subclass says otherwise. In training each image is changed by
 * what is drawn for it; in evaluation and prediction nothing happens. Draws depend on the seed, the step and the row alone.
 *
 * @typeParam T what is drawn: Keras's names, values [batch, 1, 1, 1], or [batch, 1] for layers of geometry
 */
export abstract class AugmentationLayer<O extends object, T> extends ImageLayer<O, T> {
  constructor(options: object) {
    super(options);
    const { seed } = this.options as { readonly seed?: number | null };
    if (seed !== undefined) this.randomKey = keyOfSeed(seed);
    guard(this, "getRandomTransformation", (images) => this.#checkImages("getRandomTransformation", images));
  }

  #checkImages(method: string, images: unknown): asserts images is Sym {
    const who = `${this.title}.${method}`;
    checkSym(who, "images", images);
    this.requireRank(images.spec.shape, 4, axisNames(2, this.dataFormat));
    if (images.builder !== currentTrace(who).builder)
      throw new ArgumentError(`${who}: images are a value of another step than the one that is being written.`);
    this.checkInputShape(images.spec.shape);
  }

  /** Throws unless there is a value of the step for each one that `getRandomTransformation` would draw, or a number. */
  protected checkTransformation(who: string, drawn: T, given: unknown): asserts given is T {
    const values = (typeof given === "object" && given !== null ? given : {}) as Readonly<Record<string, unknown>>;
    for (const [name, value] of Object.entries(drawn ?? {})) {
      if (!isSym(value)) continue;
      const each = values[name];
      if (typeof each === "number") continue;
      checkSym(who, `${name} of the transformation`, each);
      if (each.builder !== value.builder)
        throw new ArgumentError(`${who}: ${name} of the transformation is a value of another step than the images.`);
    }
  }

  protected override outputSizes(inputSizes: BatchShape): BatchShape {
    return inputSizes;
  }

  /** Draws what is done to each image. Within a step that is being written. */
  abstract getRandomTransformation(images: Sym): T;

  protected override transformationOf(images: Sym, training: boolean): T | undefined {
    return training ? this.getRandomTransformation(images) : undefined;
  }

  /** Changes images by a transformation that is stated. Within a step that is being written. */
  transformImages(images: Sym, transformation: T): Sym {
    this.#checkImages("transformImages", images);
    const who = `${this.title}.transformImages`;
    this.checkTransformation(who, this.getRandomTransformation(images), transformation);
    return this.transformed(images, transformation);
  }

  /** Changes images with their labels, boxes and masks by a transformation that is stated. Within a step that is being written. */
  transformRecord<R extends ImageRecord>(record: R, transformation: T): R {
    const who = `${this.title}.transformRecord`;
    this.checkRecord(who, record);
    this.#checkImages("transformRecord", record.images);
    this.checkTransformation(who, this.getRandomTransformation(record.images), transformation);
    return this.changeRecord(record, transformation) as R;
  }

  /** Uniform numbers of each image; draws of one layer are told apart by `which`. */
  protected uniform(images: Sym, which: number, [low, high]: Range, shape: readonly number[] = [1, 1, 1]): Sym {
    const drawn = randomUniform(currentTrace(this.title).step, images, foldKey(this.randomKey!, which), shape);
    return low === 0 && high === 1 ? drawn : add(mul(drawn, high - low), low);
  }

  /** 1 for as many images as a probability says, that is drawn for each of them; else 0. Takes `which` and the next number. */
  protected chosen(images: Sym, which: number, probability: Range): Sym {
    return less(this.uniform(images, which, [0, 1]), this.uniform(images, which + 1, probability));
  }

  /** 1 or −1, as likely as each other. */
  protected randomSign(images: Sym, which: number, shape?: readonly number[]): Sym {
    return where(0.5, this.uniform(images, which, [0, 1], shape), -1, 1);
  }

  override reading(): Reading | undefined {
    return { kind: "same" };
  }
}

/** Reads images at other places. */
export abstract class GeometricAugmentation<O extends Sampling, T> extends AugmentationLayer<O, T> {
  /** @internal Where pixels are read. */
  abstract projection(transformation: T, size: readonly [height: number, width: number]): Projection;

  #read(images: Sym, transformation: T, interpolation: Sampling["interpolation"]): Sym {
    const [, height, width] = images.spec.shape as [number, number, number, number];
    return projectImages(images, this.projection(transformation, [height, width]), { ...this.options, interpolation });
  }

  protected override transform(images: Sym, transformation: T): Sym {
    return this.#read(images, transformation, this.options.interpolation);
  }

  protected override transformMasks(masks: Sym, transformation: T): Sym {
    return this.#read(masks, transformation, "nearest");
  }

  protected override moveBoxes(boxes: Corners, transformation: T, size: readonly [number, number]): Corners {
    return projectBoxes(boxes, this.projection(transformation, size));
  }
}

/** Changes the colours of RGB images. */
export abstract class ColorAugmentation<O extends object, T> extends AugmentationLayer<O, T> {
  protected fitsChannels(channels: number): boolean {
    return channels === 3;
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const output = super.computeOutputShape(inputShape);
    const channels = inputShape[this.channelAxis]!;
    if (channels !== null && !this.fitsChannels(channels))
      throw new ShapeError(
        `${this.title} takes images of 3 channels (red, green, blue), got ${channels}: ${formatShape(inputShape)}.`,
      );
    return output;
  }
}
