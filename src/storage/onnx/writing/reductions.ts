/** Ops over whole axes, and softmax; the axes are those of the stored value. */
import type { Node, Sym } from "../../../ir/graph.ts";
import type { ElementwiseAttrs } from "../../../ops/elementwise.ts";
import { ops } from "../../../ops/index.ts";
import type { ReduceAttrs } from "../../../ops/reduce.ts";
import { dataTypes } from "../messages.ts";
import type { Order } from "../order.ts";
import type { GraphWriter } from "./graph-writer.ts";
import { refuse, type Writer } from "./writer.ts";

/** The order that is left where axes vanish. */
function without(order: Order, axes: readonly number[]): number[] {
  return order.filter((axis) => !axes.includes(axis)).map((axis) => axis - axes.filter((each) => each < axis).length);
}

function operandOf(writer: GraphWriter, node: Node) {
  const x = node.inputs[0]!;
  const { axes, keepDims } = node.attrs as ReduceAttrs;
  if (x.spec.batched && axes.includes(0)) refuse(node, "it sums over the rows of a batch");
  const { order } = writer.stored(x);
  const stored = axes.map((axis) => order.indexOf(axis)).sort((a, b) => a - b);
  const name = writer.real(x, writer.inOrder(x, order));
  return { name, stored, keepdims: keepDims ? 1 : 0, order: keepDims ? order : without(order, axes) };
}

export const reduceSum: Writer = (writer, node) => {
  const [y] = node.outputs as readonly [Sym];
  if (meanAfter(writer, node) !== undefined) return;
  const { name, stored, keepdims, order } = operandOf(writer, node);
  writer.define(y, { name: writer.emit("ReduceSum", [name, writer.whole(stored)], { keepdims }), order });
};

export const reduceMax: Writer = (writer, node) => {
  const { name, stored, keepdims, order } = operandOf(writer, node);
  writer.define(node.outputs[0]!, { name: writer.emit("ReduceMax", [name], { axes: stored, keepdims }), order });
};

/** The division of a sum by the number of its terms that alone reads it. */
function meanAfter(writer: GraphWriter, sum: Node): Node | undefined {
  const [x] = sum.inputs as [Sym];
  const [y] = sum.outputs as [Sym];
  const reader = writer.onlyReader(y);
  if (reader?.op.name !== ops.div.name) return undefined;
  const { axes } = sum.attrs as ReduceAttrs;
  const terms = axes.reduce((product, axis) => product * x.spec.shape[axis]!, 1);
  const [first, second] = (reader.attrs as ElementwiseAttrs).operands;
  return first === null && second === terms && !(x.spec.batched && axes.includes(0)) ? reader : undefined;
}

/** Writes a division that makes a mean of a sum as one operator. @returns whether it is one */
export function writeMean(writer: GraphWriter, node: Node): boolean {
  if (node.op.name !== ops.div.name) return false;
  const sum = writer.makerOf(node.inputs[0]!);
  if (sum?.op.name !== ops.reduceSum.name || meanAfter(writer, sum) !== node) return false;
  const { name, stored, keepdims, order } = operandOf(writer, sum);
  const made = writer.emit("ReduceMean", [name], { axes: stored, keepdims });
  writer.define(node.outputs[0]!, { name: made, order });
  return true;
}

const softmaxOf =
  (opType: "Softmax" | "LogSoftmax"): Writer =>
  (writer, { inputs: [x], outputs: [y] }) => {
    const stored = writer.stored(x!);
    const axis = stored.order.indexOf(x!.spec.shape.length - 1);
    const name = writer.emit(opType, [writer.real(x!, stored.name)], { axis });
    writer.define(y!, { ...stored, name });
  };

export const softmax = softmaxOf("Softmax");
export const logSoftmax = softmaxOf("LogSoftmax");

export const argMax: Writer = (writer, { inputs: [x], outputs: [y] }) => {
  const last = x!.spec.shape.length - 1;
  const { order } = writer.stored(x!);
  const place = writer.emit("ArgMax", [writer.inOrder(x!, order)], { axis: order.indexOf(last), keepdims: 0 });
  const name = writer.emit("Cast", [place], { to: dataTypes.float });
  writer.define(y!, { name, order: without(order, [last]) });
};
