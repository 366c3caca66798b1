/** What layers share that mix each image with another one of the batch. */
import { ShapeError } from "../../base/errors.ts";
import { foldKey } from "../../base/random.ts";
import { formatShape, sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, less, mul, sub } from "../../ops/elementwise.ts";
import { gather } from "../../ops/gather.ts";
import { literal } from "../../ops/literal.ts";
import { randomUniformOf } from "../../ops/random-normal.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { reshape } from "../../ops/reshape.ts";
import { rowNumber, wholeBatch } from "../../ops/row-number.ts";
import { checkSym } from "../doors.ts";
import { currentTrace } from "../trace.ts";
import { AugmentationLayer } from "./augmentation.ts";
import type { Reading } from "./reading.ts";

export interface Mix {
  /** [batch, 1]: for each image the number of the one that it is mixed with. */
  readonly permutationOrder: Sym;
  /** [batch, 1, 1, 1]: the share of the image itself, 0 … 1. */
  readonly mixWeight: Sym;
}

/** weight · a + (1 − weight) · b */
export const mix = (weight: Sym, a: Sym, b: Sym): Sym => add(mul(weight, a), mul(sub(1, weight), b));

export abstract class MixingAugmentation<O extends object, T extends Mix> extends AugmentationLayer<O, T> {
  /** A permutation of the batch's live rows, [batch, 1]: the rank that each row's random number has among all. */
  protected permutation(images: Sym, which: number): Sym {
    const rows = images.spec.shape[0]!;
    // The same counters: row i of the batch has number i of the list.
    const own = this.uniform(images, which, [0, 1], [1]);
    const all = randomUniformOf(currentTrace(this.title).step, foldKey(this.randomKey!, which), [1, rows]);
    const places = literal(images.builder, [...Array(rows).keys()], [1, rows]);
    const live = less(places, images.builder.localRows());
    const number = reshape(rowNumber(images), [rows, 1]);
    const tied = mul(sub(1, less(own, all)), less(places, number));
    const before = add(less(all, own), mul(sub(1, less(all, own)), tied));
    return reduceSum(mul(before, live), [1], true);
  }

  /** The rows with these numbers. */
  protected rowsAt(x: Sym, order: Sym): Sym {
    const rows = x.spec.shape[0]!;
    return gather(wholeBatch(x, rowNumber(x)), reshape(order, [rows]), 0);
  }

  /** Mixes labels [batch, …] as the images are, by the same transformation. Within a step that is being written. */
  transformLabels(labels: Sym, transformation: T): Sym {
    const who = `${this.title}.transformLabels`;
    checkSym(who, "labels", labels);
    const { shape } = labels.spec;
    const { permutationOrder, mixWeight } = (transformation ?? {}) as Partial<T>;
    checkSym(who, "permutationOrder of the transformation", permutationOrder);
    checkSym(who, "mixWeight of the transformation", mixWeight);
    for (const [name, value] of Object.entries({ permutationOrder, mixWeight }))
      if (shape.length === 0 || value.builder !== labels.builder || sizeOf(value.spec.shape) !== shape[0])
        throw new ShapeError(
          `${who}: ${name} has shape ${formatShape(value.spec.shape)} and labels ${formatShape(shape)}; both have a value for each image, of one step.`,
        );
    const weight = reshape(
      mixWeight,
      shape.map((size, axis) => (axis === 0 ? size : 1)),
    );
    return mix(weight, labels, this.rowsAt(labels, permutationOrder));
  }

  protected override changeLabels(labels: Sym, transformation: T): Sym {
    return this.transformLabels(labels, transformation);
  }

  protected override transformMasks(masks: Sym, transformation: T): Sym {
    return this.transform(masks, transformation);
  }

  override reading(): Reading | undefined {
    return undefined;
  }
}
