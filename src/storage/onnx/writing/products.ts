/** Products of matrices, rows of tables, and batch normalisation. */
import type { Node, Sym } from "../../../ir/graph.ts";
import type { BatchMatMulAttrs } from "../../../ops/batch-mat-mul.ts";
import type { MatMulAttrs } from "../../../ops/mat-mul.ts";
import { dataTypes } from "../messages.ts";
import { channelsFirst, columnsOf, permuted, plainOrder, sameOrder } from "../order.ts";
import { elementwise } from "./elementwise.ts";
import type { GraphWriter } from "./graph-writer.ts";
import { biasAfter, withBias } from "./windows.ts";
import { refuse, type Writer } from "./writer.ts";

export const matMul: Writer = (writer, node) => {
  if ((node.attrs as MatMulAttrs).transposeA) refuse(node, "it sums products over the rows of a batch");
  const [a, b] = node.inputs as [Sym, Sym];
  const [y] = node.outputs as [Sym];
  const rank = a.spec.shape.length;
  const isMatrix = writer.isConstant(b);
  if (rank === 2 && isMatrix) {
    writeGemm(writer, a, b, y);
    return;
  }
  const images = channelsFirst(4);
  if (rank === 4 && isMatrix && !writer.isConstant(a) && sameOrder(writer.stored(a).order, images)) {
    // A Dense layer on images is a convolution of one pixel, and needs no other order.
    const [depth, units] = b.spec.shape as [number, number];
    const kernel = writer.floats(b, "as pixels", [units, depth, 1, 1], () =>
      permuted(writer.numbers(b), [depth, units], [1, 0]),
    );
    const x = writer.inOrder(a, images);
    withBias(writer, y, (bias) => writer.emit("Conv", [x, kernel, ...bias], { kernel_shape: [1, 1] }), images);
    return;
  }
  const name = writer.emit("MatMul", [writer.real(a, writer.plain(a)), writer.plain(b)]);
  writer.define(y, { name, order: plainOrder(rank) });
};

/** With a bias it is a Gemm, as exports of PyTorch have it. */
function writeGemm(writer: GraphWriter, a: Sym, b: Sym, y: Sym): void {
  const [depth, units] = b.spec.shape as [number, number];
  const scramble = writer.isConstant(a) ? undefined : writer.stored(a).scramble;
  const x = scramble === undefined ? writer.real(a, writer.plain(a)) : writer.stored(a).name;
  const how = scramble === undefined ? "as it is" : `rows ${scramble.sizes} in ${scramble.order}`;
  const matrix = writer.floats(b, how, [depth, units], () => {
    const values = writer.numbers(b);
    if (scramble === undefined) return values;
    const rows = new Float32Array(values.length);
    columnsOf(scramble).forEach((column, at) => {
      rows.set(values.subarray(column * units, (column + 1) * units), at * units);
    });
    return rows;
  });
  const opType = biasAfter(writer, y) === undefined ? "MatMul" : "Gemm";
  withBias(writer, y, (bias) => writer.emit(opType, [x, matrix, ...bias]), [0, 1]);
}

export const batchMatMul: Writer = (writer, { inputs, outputs: [y], attrs }) => {
  const { transposeA, transposeB } = attrs as BatchMatMulAttrs;
  const operands = inputs.map((input, i) => {
    const order = plainOrder(input.spec.shape.length);
    const isTurned = i === 0 ? transposeA : transposeB;
    return writer.inOrder(input, isTurned ? [...order.slice(0, -2), order.at(-1)!, order.at(-2)!] : order);
  });
  writer.define(y!, { name: writer.emit("MatMul", operands), order: plainOrder(y!.spec.shape.length) });
};

/** Rows of a table; ONNX has no word for what lies outside of it. */
export const gather: Writer = (writer, { inputs, outputs: [y] }) => {
  const [table, indices] = inputs as readonly [Sym, Sym];
  const name = writer.plain(indices);
  const places = indices.spec.dtype === "int32" ? name : writer.emit("Cast", [name], { to: dataTypes.int64 });
  const made = writer.emit("Gather", [writer.plain(table), places], { axis: 0 });
  writer.define(y!, { name: made, order: plainOrder(y!.spec.shape.length) });
};

/** (x − mean) · scale; with the layer's own statistics where they are known, so that a reader finds the layer again. */
export const normalize: Writer = (writer, node) => {
  const [x, mean] = node.inputs as [Sym, Sym, Sym];
  const [y] = node.outputs as [Sym];
  const layer = writer.normOf(mean);
  const channels = x.spec.shape.at(-1)!;
  const isOfChannels = mean.spec.shape.at(-1) === channels && layer?.movingMean.size === channels;
  if (layer === undefined || !isOfChannels || writer.isConstant(x)) {
    elementwise(writer, node);
    return;
  }
  const order = channelsFirst(x.spec.shape.length);
  const shift = layer.beta === undefined ? undefined : betaAfter(writer, node, layer.beta.value);
  const { gamma, beta, movingMean, movingVariance } = layer;
  const all = (value: number) => new Float32Array(channels).fill(value);
  const parts: readonly [string, Float32Array][] = [
    [gamma?.path ?? `${layer.name}/gamma`, gamma?.value ?? all(1)],
    [beta?.path ?? `${layer.name}/beta`, (shift === undefined ? undefined : beta?.value) ?? all(0)],
    [movingMean.path, movingMean.value],
    [movingVariance.path, movingVariance.value],
  ];
  const names = parts.map(([path, values], i) => writer.vector(`norm ${mean.id} ${i}`, path, values));
  const made = writer.emit(
    "BatchNormalization",
    [writer.real(x, writer.inOrder(x, order)), ...names],
    {},
    {
      epsilon: layer.options.epsilon,
      momentum: layer.options.momentum,
    },
  );
  writer.define(shift?.outputs[0] ?? y, { name: made, order });
  if (shift !== undefined) writer.finish(shift);
};

/** The addition of `beta` behind a normalisation. */
function betaAfter(writer: GraphWriter, node: Node, beta: Float32Array): Node | undefined {
  const after = biasAfter(writer, node.outputs[0]!);
  if (after === undefined) return undefined;
  const values = writer.numbers(after.bias);
  return values.length === beta.length && values.every((value, i) => value === beta[i]) ? after.node : undefined;
}
