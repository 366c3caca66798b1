/** Datasets of tensors in memory: rows by index, batches gathered straight from the typed arrays. */
import { allocate } from "../base/dtype.ts";
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { keyOf } from "../base/random.ts";
import { formatShape, sizeOf } from "../base/shape.ts";
import { Tensor } from "../base/tensor.ts";
import { epochOrder, gatherRows } from "./batches.ts";
import { leavesOf, mapNest, type Nest } from "./nest.ts";
import type { Pass, Source } from "./source.ts";
import { countBatches } from "./stages.ts";

/** How often rows are shuffled: not at all, or all of them with a seed (undefined: the pass's key). */
export type RowOrder = { readonly seed: number | undefined } | null;

/** The order of the rows in a pass; null: as they lie. */
export function orderOf(order: RowOrder, rows: number, { key, epoch }: Pass): Int32Array | null {
  if (order === null) return null;
  return epochOrder(rows, order.seed === undefined ? key : keyOf(order.seed), epoch, true, 1);
}

/** The rows along axis 0 of tensors of equal length. */
export class TensorSource implements Source<Nest> {
  readonly parts: Nest;
  readonly length: number;
  readonly order: RowOrder;

  /** @throws ShapeError when a part is a scalar or the parts have different numbers of rows */
  constructor(parts: Nest, order: RowOrder = null) {
    this.parts = parts;
    this.order = order;
    const [first] = leavesOf(parts);
    if (first === undefined) throw new ArgumentError("Dataset.from: there is no tensor in what came.");
    for (const [path, { shape }] of leavesOf(parts)) {
      if (shape[0] === undefined)
        throw new ShapeError(`Dataset.from: ${path || "the tensor"} is a scalar, it has no rows.`);
      if (shape[0] !== first[1].shape[0])
        throw new ShapeError(
          `Dataset.from: ${first[0]} has shape ${formatShape(first[1].shape)} and ${path} ${formatShape(shape)}; all need the same number of rows. ` +
            "To iterate over the entries of a list of up to three arrays, pass () => list.",
        );
    }
    this.length = first[1].shape[0]!;
  }

  shuffled(seed: number | undefined): TensorSource {
    return new TensorSource(this.parts, { seed });
  }

  async *open(pass: Pass): AsyncGenerator<Nest, void, undefined> {
    const order = orderOf(this.order, this.length, pass);
    for (let i = 0; i < this.length; i++) {
      const row = order?.[i] ?? i;
      yield mapNest(this.parts, (leaf) => leaf.at(row));
    }
  }
}

/** Batches of the rows of a `TensorSource`. */
export class TensorBatchSource implements Source<Nest> {
  readonly rows: TensorSource;
  readonly batchSize: number;
  readonly dropRemainder: boolean;

  constructor(rows: TensorSource, batchSize: number, dropRemainder: boolean) {
    this.rows = rows;
    this.batchSize = batchSize;
    this.dropRemainder = dropRemainder;
  }

  get length(): number {
    return countBatches(this.rows.length, this.batchSize, this.dropRemainder);
  }

  async *open(pass: Pass): AsyncGenerator<Nest, void, undefined> {
    const { length, order, parts } = this.rows;
    const drawn = orderOf(order, length, pass);
    for (let batch = 0; batch < this.length; batch++) {
      const begin = batch * this.batchSize;
      const count = Math.min(this.batchSize, length - begin);
      yield gatherNest(parts, drawn, begin, count);
    }
  }
}

/** The same rows of each tensor, as tensors of their own. */
export function gatherNest(nest: Nest, order: Int32Array | null, begin: number, count: number): Nest {
  return mapNest(nest, (leaf) => gatherCopy(leaf, order, begin, count));
}

/** Rows order[begin] … order[begin + count - 1] as a tensor of their own. */
export function gatherCopy(source: Tensor, order: Int32Array | null, begin: number, count: number): Tensor {
  const shape = [count, ...source.shape.slice(1)];
  const into = allocate(source.dtype, sizeOf(shape));
  gatherRows(source, order, begin, count, into);
  return new Tensor(into, shape);
}
