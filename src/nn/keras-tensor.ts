/** Symbolic tensors of the functional API: they know which layer made them, and no numbers. */
import type { DType } from "../base/dtype.ts";
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { flatten, type IsLeaf, type Nested } from "../base/structure.ts";
import { GraphBuilder, type Sym } from "../ir/graph.ts";
import type { Layer } from "./layers/layer.ts";

/** Shape with the batch axis first; null for sizes that are not known yet. */
export type BatchShape = readonly (number | null)[];

export interface KerasTensorOptions {
  readonly shape: BatchShape;
  readonly dtype: DType;
  readonly layer: Layer;
  readonly nodeIndex: number;
  readonly tensorIndex: number;
}

/**
 * A symbolic tensor of the functional API: output `tensorIndex` of call `nodeIndex` of a layer. `input({ shape })` and
 * `layer.apply(x)` make them.
 *
 * @typeParam R the number of axes, batch included, where it is known
 */
export class KerasTensor<R extends number = number> {
  readonly shape: BatchShape;
  readonly dtype: DType;
  readonly layer: Layer;
  readonly nodeIndex: number;
  readonly tensorIndex: number;

  /** Made by `input({ shape })` and `layer.apply`. */
  constructor(options: KerasTensorOptions) {
    if (typeof options?.layer !== "object" || !isBatchShape(options.shape))
      throw new ArgumentError(
        `A KerasTensor is what input({ shape }) and layer.apply(x) give; it cannot be made of ${formatValue(options)}.`,
      );
    const { shape, dtype, layer, nodeIndex, tensorIndex } = options;
    this.shape = shape;
    this.dtype = dtype;
    this.layer = layer;
    this.nodeIndex = nodeIndex;
    this.tensorIndex = tensorIndex;
  }

  /** Number of axes, batch included. */
  get rank(): R {
    return this.shape.length as R;
  }

  /** Name of the layer that made it. */
  get name(): string {
    return this.layer.name;
  }
}

export const isKerasTensor: IsLeaf<KerasTensor> = (value): value is KerasTensor => value instanceof KerasTensor;

export const isSym: IsLeaf<Sym> = (value): value is Sym =>
  typeof value === "object" && value !== null && (value as Partial<Sym>).builder instanceof GraphBuilder;

export const isBatchShape: IsLeaf<BatchShape> = (value): value is BatchShape =>
  Array.isArray(value) && value.every((axis) => axis === null || typeof axis === "number");

/** The KerasTensors of a structure in order; anything else is left out. */
export function kerasTensorsOf(structure: Nested<KerasTensor>): KerasTensor[] {
  return flatten(structure, isKerasTensor);
}
