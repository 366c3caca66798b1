/** Softmax, and ops over whole axes. */
import type { KerasTensor } from "../../../nn/keras-tensor.ts";
import { Activation } from "../../../nn/layers/activation.ts";
import { GlobalAveragePooling2D } from "../../../nn/layers/global-average-pooling2d.ts";
import * as reductions from "../../../nn/operations/reductions.ts";
import { channelsLast, plainOrder, sameOrder } from "../order.ts";
import type { Converter } from "./converter.ts";
import { type Flow, inOrder, rankOf, storedAxis, through, unscrambled } from "./flow.ts";
import type { NodeCall } from "./node-call.ts";

/** Over one axis, which is put last unless it is. */
const softmax =
  (name: "softmax" | "log_softmax"): Converter =>
  (call) => {
    const given = call.flow(0);
    const rank = rankOf(given);
    const axis = call.rowAxis(call.int("axis", call.opset < 13 ? 1 : -1), rank);
    // Before set 13 all axes from this one on were one.
    call.require(call.opset >= 13 || axis === rank - 1, `its axis is ${axis} of ${rank}, read in set 13 or newer only`);
    // Over all columns it does not matter in which order they are.
    const isWhole = given.scramble !== undefined;
    const x = isWhole || storedAxis(given, axis) === rank - 1 ? given : lastStored(given, axis);
    const layer = new Activation({ activation: name, name: call.layerName() });
    return [{ ...x, tensor: through(layer, x.tensor) }];
  };

function lastStored(flow: Flow, axis: number): Flow {
  return inOrder(flow, [...unscrambled(flow).order.filter((each) => each !== axis), axis]);
}

type Reduce = (x: KerasTensor, axis: readonly number[], options: { readonly keepdims: boolean }) => unknown;

/** The axes of a reduction: an attribute, or an input in newer sets. Default: all. */
function axesOf(call: NodeCall, rank: number): readonly number[] {
  const given = call.numbers("axes", 1) ?? [];
  if (given.length === 0 && call.int("noop_with_empty_axes", 0) === 1) return [];
  return (given.length === 0 ? plainOrder(rank) : given).map((axis) => call.rowAxis(axis, rank));
}

const reduction =
  (reduce: Reduce, average = false): Converter =>
  (call) => {
    const x = unscrambled(call.flow(0));
    const rank = rankOf(x);
    const axes = axesOf(call, rank);
    if (axes.length === 0) return [x];
    const keepdims = call.int("keepdims", 1) === 1;
    const kept = x.order.filter((axis) => !axes.includes(axis));
    const order = keepdims ? x.order : kept.map((axis) => axis - axes.filter((each) => each < axis).length);
    const isOverImage = rank === 4 && [2, 3].every((axis) => axes.includes(axis)) && axes.length === 2;
    if (average && isOverImage && sameOrder(x.order, channelsLast(4)))
      return [{ tensor: through(new GlobalAveragePooling2D({ keepdims, name: call.layerName() }), x.tensor), order }];
    const stored = axes.map((axis) => storedAxis(x, axis));
    return [{ tensor: reduce(x.tensor, stored, { keepdims }) as KerasTensor, order }];
  };

/** The place of the largest entry of an axis; the first one wins. */
const argMax: Converter = (call) => {
  const x = unscrambled(call.flow(0));
  const rank = rankOf(x);
  const axis = call.rowAxis(call.int("axis", 0), rank);
  call.only("select_last_index", 0);
  const keepdims = call.int("keepdims", 1) === 1;
  const order = keepdims
    ? x.order
    : x.order.filter((each) => each !== axis).map((each) => (each > axis ? each - 1 : each));
  return [{ tensor: reductions.argmax(x.tensor, storedAxis(x, axis), { keepdims }) as KerasTensor, order }];
};

export const reductionOps: Readonly<Record<string, Converter>> = {
  Softmax: softmax("softmax"),
  LogSoftmax: softmax("log_softmax"),
  ReduceMean: reduction(reductions.mean, true),
  ReduceSum: reduction(reductions.sum),
  ReduceMax: reduction(reductions.max),
  ReduceMin: reduction(reductions.min),
  ReduceProd: reduction(reductions.prod),
  ArgMax: argMax,
};
