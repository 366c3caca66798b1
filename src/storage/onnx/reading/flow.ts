/** Values of a graph while it is read: constants, and flows, which the model computes. */
import { sizeOf } from "../../../base/shape.ts";
import type { KerasTensor } from "../../../nn/keras-tensor.ts";
import type { Layer } from "../../../nn/layers/layer.ts";
import { Permute } from "../../../nn/layers/permute.ts";
import { Reshape } from "../../../nn/layers/reshape.ts";
import {
  between,
  channelsLast,
  fromStored,
  movesNothing,
  type Order,
  plainOrder,
  type Scramble,
  type Sizes,
  sameOrder,
  toStored,
} from "../order.ts";
import type { Constant } from "../tensors.ts";

/** A symbolic tensor, with the order in which it holds the axes of the graph. */
export interface Flow {
  readonly tensor: KerasTensor;
  readonly order: Order;
  /** Where the graph laid out axes one after the other that are stored in another order. */
  readonly scramble?: Scramble | undefined;
}

export type GraphValue = Flow | Constant;

export const isFlow = (value: GraphValue): value is Flow => "tensor" in value;

/** The shape that the graph sees. */
export function shapeOf({ tensor, order }: Flow): Sizes {
  return fromStored(tensor.shape, order);
}

export const rankOf = (flow: Flow): number => flow.order.length;

/** Applies a layer to a tensor. */
export function through(layer: Layer, tensor: KerasTensor): KerasTensor {
  return layer.apply(tensor) as KerasTensor;
}

/** The same numbers with the axes of a row in another order of storage. */
export function inOrder(given: Flow, order: Order): Flow {
  const flow = unscrambled(given);
  if (sameOrder(flow.order, order)) return flow;
  const permutation = between(flow.order, order);
  const { shape } = flow.tensor;
  const sizes = toStored(shape, permutation);
  if (movesNothing(shape, permutation) && !sizes.slice(1).includes(null))
    return { tensor: through(new Reshape({ targetShape: sizes.slice(1) as number[] }), flow.tensor), order };
  return { tensor: through(new Permute({ dims: permutation.slice(1) }), flow.tensor), order };
}

/** As the graph has it. */
export const plain = (flow: Flow): Flow => inOrder(flow, plainOrder(rankOf(flow)));

/** With channels last, where the graph has them behind the batch. */
export const image = (flow: Flow): Flow => inOrder(flow, channelsLast(rankOf(flow)));

/** Columns in the order of the graph. */
export function unscrambled(flow: Flow): Flow {
  if (flow.scramble === undefined) return flow;
  const { sizes, order } = flow.scramble;
  const apart = through(new Reshape({ targetShape: toStored(sizes, order) }), flow.tensor);
  const dims = between(order, plainOrder(order.length)).map((axis) => axis + 1);
  const inRow = through(new Permute({ dims }), apart);
  return { tensor: through(new Reshape({ targetShape: [sizeOf(sizes)] }), inRow), order: flow.order };
}

/** The flow of an op that takes each entry by itself. */
export function entrywise(flow: Flow, apply: (tensor: KerasTensor) => KerasTensor): Flow {
  return { ...flow, tensor: apply(flow.tensor) };
}

/** The place of an axis of the graph as it is stored. */
export function storedAxis({ order }: Flow, axis: number): number {
  return order.indexOf(axis);
}
