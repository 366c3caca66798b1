/** Operands of ops that work entry by entry: brought to one order of axes, constants too. */
import { Tensor } from "../../../base/tensor.ts";
import type { KerasTensor } from "../../../nn/keras-tensor.ts";
import { channelsLast, isPlain, type Order, permuted, type Scramble, sameOrder, toStored } from "../order.ts";
import type { Constant } from "../tensors.ts";
import { type Flow, type GraphValue, inOrder, isFlow, rankOf, unscrambled } from "./flow.ts";
import type { NodeCall } from "./node-call.ts";

export type Operand = KerasTensor | Tensor | number;

/** Operands that can be broadcast to each other as they are stored, and the order of what comes of them. */
export interface Aligned {
  readonly operands: readonly Operand[];
  readonly order: Order;
  readonly scramble?: Scramble | undefined;
}

/** A constant as float32. @throws FormatError where it holds the size of the batch */
export function tensorOfConstant(call: NodeCall, { shape, values, whole }: Constant): Tensor {
  if (whole && values.some(Number.isNaN)) call.fail("it computes with the size of the batch, which is not read");
  return new Tensor(values instanceof Float32Array ? values : Float32Array.from(values), [...shape]);
}

/** The inputs from `first` on, `count` of them. */
export function align(call: NodeCall, first = 0, count = call.inputs.length): Aligned {
  const values = Array.from({ length: count }, (_, i): GraphValue => {
    return call.inputs[first + i] ?? call.fail(`its input ${first + i} is missing`);
  });
  const given = values.filter(isFlow);
  const rank = rankOf(given[0]!);
  for (const value of values)
    call.require(
      isFlow(value) ? rankOf(value) === rank : value.shape.length <= rank,
      "its inputs have different numbers of axes, so that rows of the batch would meet other rows",
    );
  const keepsScramble = values.every((value) =>
    isFlow(value) ? value.scramble === given[0]!.scramble : value.values.length === 1,
  );
  const flows = keepsScramble ? given : given.map(unscrambled);
  const order = commonOrder(flows);
  let next = 0;
  const operands = values.map((value) =>
    isFlow(value)
      ? (keepsScramble ? flows[next++]! : inOrder(flows[next++]!, order)).tensor
      : constantOperand(call, value, order),
  );
  return { operands, order, scramble: keepsScramble ? given[0]!.scramble : undefined };
}

/** The order that all have, or else channels last where one has them there. */
function commonOrder(flows: readonly Flow[]): Order {
  const [first] = flows;
  if (flows.every(({ order }) => sameOrder(order, first!.order))) return first!.order;
  const last = channelsLast(rankOf(first!));
  return flows.some(({ order }) => sameOrder(order, last)) ? last : first!.order;
}

function constantOperand(call: NodeCall, constant: Constant, order: Order): Operand {
  const { data } = tensorOfConstant(call, constant);
  if (data.length === 1) return data[0]!;
  const shape = [...new Array<number>(order.length - constant.shape.length).fill(1), ...constant.shape];
  call.require(shape[0] === 1, `its constant [${constant.shape}] has a value for each row of a batch`);
  const values = isPlain(order) ? data : permuted(data as Float32Array, shape, order);
  return new Tensor(values as Float32Array, toStored(shape, order));
}
