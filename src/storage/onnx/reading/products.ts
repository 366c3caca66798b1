/** Products with matrices: Dense layers where one operand is a constant. */
import type { KerasTensor } from "../../../nn/keras-tensor.ts";
import { Dense } from "../../../nn/layers/dense.ts";
import { Embedding } from "../../../nn/layers/embedding.ts";
import { matmul } from "../../../nn/operations/products.ts";
import { columnsOf, plainOrder } from "../order.ts";
import type { Constant } from "../tensors.ts";
import type { Converter } from "./converter.ts";
import { weights } from "./convolutions.ts";
import { type Flow, type GraphValue, inOrder, isFlow, plain, rankOf, shapeOf, through } from "./flow.ts";
import type { NodeCall } from "./node-call.ts";
import { tensorOfConstant } from "./operands.ts";

/** A Dense layer whose kernel [inputs, units] has its rows in the order in which the flow stores its columns. */
function dense(call: NodeCall, x: Flow, kernel: Float32Array, units: number, bias: Float32Array | undefined): Flow {
  const inputs = kernel.length / units;
  call.require(
    x.tensor.shape.at(-1) === inputs && inputs >= 1,
    `its matrix of ${inputs} rows does not fit an input [${shapeOf(x).slice(1).join(", ")}]`,
  );
  const layer = new Dense({ units, useBias: bias !== undefined, name: call.layerName(1) });
  const tensor = through(layer, x.tensor);
  let rows = kernel;
  if (x.scramble !== undefined) {
    rows = new Float32Array(kernel.length);
    columnsOf(x.scramble).forEach((column, at) => {
      rows.set(kernel.subarray(column * units, (column + 1) * units), at * units);
    });
  }
  layer.kernel.value = rows;
  if (bias !== undefined) layer.bias!.value = bias;
  return { tensor, order: x.order };
}

/** A constant [units], [1, units] or of one number, as `units` of them. */
function biasOf(call: NodeCall, constant: Constant | undefined, units: number, scale: number) {
  if (constant === undefined) return undefined;
  const { values, shape } = constant;
  const fits = values.length === 1 || (values.length === units && (shape.at(-1) ?? 1) === units);
  call.require(fits, `its addend [${shape}] is not one row of ${units}`);
  return Float32Array.from({ length: units }, (_, i) => scale * values[values.length === 1 ? 0 : i]!);
}

export const gemm: Converter = (call) => {
  const x = call.flow(0, [2]);
  call.only("transA", 0);
  const matrix = call.constant(1, "matrix");
  call.require(matrix.shape.length === 2, `its matrix has the shape [${matrix.shape}]`);
  const isTurned = call.int("transB", 0) === 1;
  const units = matrix.shape[isTurned ? 0 : 1]!;
  call.require(units >= 1, "its matrix is empty");
  const alpha = call.float("alpha", 1);
  const kernel = weights(matrix, isTurned ? [1, 0] : [0, 1]);
  const scaled = alpha === 1 ? kernel : kernel.map((each) => alpha * each);
  return [dense(call, x, scaled, units, biasOf(call, call.optional(2, "addend"), units, call.float("beta", 1)))];
};

export const matMul: Converter = (call) => {
  const [a, b] = call.inputs as [GraphValue, GraphValue | undefined];
  if (b !== undefined && !isFlow(b) && b.shape.length === 2 && isFlow(a) && rankOf(a) >= 2) {
    // Only a matrix may have its columns in another order.
    const last = rankOf(a) === 2 ? a : plain(a);
    const units = b.shape[1]!;
    call.require(units >= 1, "its matrix is empty");
    return [dense(call, last, weights(b), units, call.graph.takeBias(call.node, units))];
  }
  const operand = (i: number): KerasTensor | ReturnType<typeof tensorOfConstant> => {
    const value = call.inputs[i] ?? call.fail(`its input ${i} is missing`);
    return isFlow(value) ? plain(value).tensor : tensorOfConstant(call, value);
  };
  const tensor = matmul(operand(0), operand(1)) as KerasTensor;
  return [{ tensor, order: plainOrder(tensor.shape.length) }];
};

/** Rows of a constant table by numbers that the model is given. */
export function embedding(call: NodeCall, table: Constant, indices: Flow): Flow {
  call.require(
    table.shape.length === 2 && !table.whole,
    `its table has the shape [${table.shape}], read with two axes`,
  );
  const [inputDim, outputDim] = table.shape as [number, number];
  call.require(inputDim >= 1 && outputDim >= 1, "its table is empty");
  const layer = new Embedding({ inputDim, outputDim, name: call.layerName(0) });
  const tensor = through(layer, inOrder(indices, plainOrder(rankOf(indices))).tensor);
  layer.embeddings.value = weights(table);
  return { tensor, order: plainOrder(tensor.shape.length) };
}
