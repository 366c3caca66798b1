/** The base of the layers that change images with what belongs to them. K: `image_preprocessing/base_image_preprocessing_layer.py`. */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { checkKeys } from "../../base/options.ts";
import { formatShape } from "../../base/shape.ts";
import { mapNested, type Nested } from "../../base/structure.ts";
import type { Tensor, TensorLike } from "../../base/tensor.ts";
import type { Sym } from "../../ir/graph.ts";
import { logicalOr } from "../../ops/composed.ts";
import { abs, add, cast, equal, where } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { reshape } from "../../ops/reshape.ts";
import type { CallOptions } from "../call-context.ts";
import { checkSym } from "../doors.ts";
import { type BatchShape, isSym } from "../keras-tensor.ts";
import {
  areasOf,
  type BoundingBoxFormat,
  type Corners,
  clipBoxes,
  mapSides,
  readBoxes,
  writeBoxes,
} from "./bounding-boxes.ts";
import type { RunOptions } from "./layer-runs.ts";
import { SpatialLayer } from "./spatial-layer.ts";

/** Boxes in images. */
export interface BoundingBoxes<V = Sym> {
  /** [batch, count, 4], in the layer's `boundingBoxFormat`. A box of four 0 or of four −1 stands for none. */
  readonly boxes: V;
  /** [batch, count], or [batch, count, classes]; −1: none. */
  readonly labels: V;
}

/**
 * Images with what belongs to them: the layers of images take such a record in the place of images, and change all of it alike.
 *
 * @typeParam V values of a step, or numbers
 */
export interface ImageRecord<V = Sym> {
  /** [batch, height, width, channels] */
  readonly images: V;
  /** [batch, …] */
  readonly labels?: V;
  readonly boundingBoxes?: BoundingBoxes<V>;
  /** [batch, height, width, 1], or as many channels as there are classes. */
  readonly segmentationMasks?: V;
}

/** A record with tensors in the place of the numbers that were given. */
export type RecordTensors<R> = { readonly [K in keyof R]: R[K] extends TensorLike ? Tensor : RecordTensors<R[K]> };

const recordKeys = ["images", "labels", "boundingBoxes", "segmentationMasks"] as const;

/** Whole numbers become float32. */
const real = (x: Sym): Sym => (x.spec.dtype === "float32" ? x : cast(x));

const hasImages = <V>(x: unknown): x is { readonly images: V } =>
  typeof x === "object" && x !== null && !Array.isArray(x) && "images" in x;

/**
 * Images in, images out; or a record in, a record out, whose boxes and masks go where the images go.
 *
 * @typeParam T what is done to the images
 */
export abstract class ImageLayer<O extends object, T> extends SpatialLayer<O> {
  declare readonly ranks: { readonly in: 4; readonly out: 4 };

  constructor(options: object) {
    super(options);
    const { build } = this;
    // A layer is built for the images of a record.
    const value = (shape: Nested<BatchShape>) =>
      build(hasImages<BatchShape>(shape) ? shape.images : (shape as BatchShape));
    Object.defineProperty(this, "build", { value, configurable: true });
  }

  /** Pixels and their places. */
  protected override get precision(): "float32" {
    return "float32";
  }

  protected override get rank(): 2 {
    return 2;
  }

  /** What a step does to images; undefined: nothing. */
  protected abstract transformationOf(images: Sym, training: boolean): T | undefined;

  /** Writes the change of images whose channels are last. */
  protected abstract transform(images: Sym, transformation: T): Sym;

  /** The same for masks, which stay whole numbers. Default: masks stay as they are, for colours alone change. */
  protected transformMasks(masks: Sym, _transformation: T): Sym {
    return masks;
  }

  /** Where boxes in images of this size go. Default: they stay. */
  protected moveBoxes(
    _boxes: Corners,
    _transformation: T,
    _size: readonly [height: number, width: number],
  ): Corners | null {
    return null;
  }

  /** The labels of changed images. Default: as they were. */
  protected changeLabels(labels: Sym, _transformation: T): Sym {
    return labels;
  }

  /** @internal The change of images, without checks. */
  transformed(images: Sym, transformation: T): Sym {
    return this.withChannelsLast(images, (last) => this.transform(last, transformation));
  }

  /** Images, or a record of images with their labels, boxes and masks. */
  override call(x: Sym, context?: CallOptions): Sym;
  override call<R extends ImageRecord>(x: R, context?: CallOptions): R;
  override call(x: Sym | ImageRecord, { training = false }: CallOptions = {}): Sym | ImageRecord {
    if (!isSym(x)) this.checkRecord(`${this.title}.call`, x);
    const transformation = this.transformationOf(isSym(x) ? x : x.images, training);
    if (transformation === undefined) return x;
    return isSym(x) ? this.transformed(x, transformation) : this.changeRecord(x, transformation);
  }

  override run(images: TensorLike, options?: RunOptions): Promise<Tensor>;
  override run<const R extends ImageRecord<TensorLike>>(record: R, options?: RunOptions): Promise<RecordTensors<R>>;
  override run(x: unknown, options?: RunOptions): Promise<never> {
    return super.run(x as TensorLike, options) as Promise<never>;
  }

  /** Writes the change of a record that is checked. */
  protected changeRecord(record: ImageRecord, transformation: T): ImageRecord {
    const { images, labels, boundingBoxes, segmentationMasks } = mapNested(
      record as object as Nested<Sym>,
      isSym,
      real,
    ) as object as ImageRecord;
    return {
      images: this.transformed(images, transformation),
      ...(labels === undefined ? {} : { labels: this.changeLabels(labels, transformation) }),
      ...(boundingBoxes === undefined
        ? {}
        : { boundingBoxes: this.changeBoxes(boundingBoxes, transformation, images) }),
      ...(segmentationMasks === undefined
        ? {}
        : {
            segmentationMasks: this.withChannelsLast(segmentationMasks, (last) =>
              this.transformMasks(last, transformation),
            ),
          }),
    };
  }

  /** Boxes where they are now, as far as they are within the images; those of no area have the label −1. */
  protected changeBoxes({ boxes, labels }: BoundingBoxes, transformation: T, images: Sym): BoundingBoxes {
    const size = this.imageSize(images);
    const format = this.#format!;
    const moved = this.moveBoxes(readBoxes(boxes, format, size), transformation, size);
    if (moved === null) return { boxes, labels };
    const isEvery = (value: number) => equal(reduceSum(abs(add(boxes, -value)), [2]), 0);
    const isNone = logicalOr(isEvery(0), isEvery(-1));
    const drop = (side: Sym) => where(0, isNone, 0, side);
    const newSize = this.outputSizes(size) as readonly [number, number];
    const kept = mapSides(clipBoxes(moved, newSize), drop, drop);
    const [rows, count, ...classes] = labels.spec.shape as [number, number, ...number[]];
    const areas = reshape(areasOf(kept), [rows, count, ...classes.map(() => 1)]);
    return { boxes: writeBoxes(kept, format, newSize), labels: where(0, areas, labels, -1) };
  }

  get #format(): BoundingBoxFormat | null {
    return (this.options as { readonly boundingBoxFormat?: BoundingBoxFormat | null }).boundingBoxFormat ?? null;
  }

  /** Throws unless it is a record of values of the step that fit together. */
  protected checkRecord(who: string, given: unknown): asserts given is ImageRecord {
    checkKeys(`${who} of a record`, given as object, recordKeys);
    const { images, labels, boundingBoxes, segmentationMasks } = given as Partial<ImageRecord>;
    checkSym(who, "images", images);
    this.computeOutputShape(images.spec.shape);
    if (labels !== undefined) checkSym(who, "labels", labels);
    if (segmentationMasks !== undefined) {
      checkSym(who, "segmentationMasks", segmentationMasks);
      const { shape } = segmentationMasks.spec;
      const fits = shape.length === 4 && this.spatialAxes.every((axis) => shape[axis] === images.spec.shape[axis]);
      if (!fits)
        throw new ShapeError(
          `${who}: segmentationMasks have shape ${formatShape(shape)}, expected the rows and columns of the images, ${formatShape(images.spec.shape)}, and a channel.`,
        );
    }
    if (boundingBoxes !== undefined) this.#checkBoxes(who, boundingBoxes);
  }

  #checkBoxes(who: string, given: BoundingBoxes): void {
    checkKeys(`${who}: boundingBoxes`, given, ["boxes", "labels"]);
    const { boxes, labels } = given as Partial<BoundingBoxes>;
    checkSym(who, "boxes of boundingBoxes", boxes);
    checkSym(who, "labels of boundingBoxes", labels);
    const [shape, ofLabels] = [boxes.spec.shape, labels.spec.shape];
    if (shape.length !== 3 || shape[2] !== 4 || ![2, 3].includes(ofLabels.length) || ofLabels[1] !== shape[1])
      throw new ShapeError(
        `${who}: boundingBoxes have boxes ${formatShape(shape)} and labels ${formatShape(ofLabels)}, expected boxes [batch, count, 4] and labels [batch, count].`,
      );
    if (this.#format === null)
      throw new ArgumentError(
        `${who}: a record has boundingBoxes, and the layer's boundingBoxFormat is ${formatValue(null)}; say what their numbers are: new ${this.className}({ …, boundingBoxFormat: "xyxy" }).`,
      );
  }

  /** Rows and columns of the images. */
  protected imageSize({ spec: { shape } }: Sym): readonly [height: number, width: number] {
    const [rows, columns] = this.spatialAxes as [number, number];
    return [shape[rows]!, shape[columns]!];
  }
}
