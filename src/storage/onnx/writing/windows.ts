/** Convolutions and poolings: channels first, and the padding of a layer before them as their own. */
import { dilatedExtent, type Pad } from "../../../base/shape.ts";
import type { Node, Sym } from "../../../ir/graph.ts";
import type { Conv2dAttrs, Conv2dGradInputAttrs } from "../../../ops/conv2d.ts";
import type { DepthwiseConv2dAttrs } from "../../../ops/depthwise-conv2d.ts";
import { ops } from "../../../ops/index.ts";
import type { Pool2dAttrs } from "../../../ops/max-pool2d.ts";
import type { PadAttrs } from "../../../ops/pad.ts";
import { channelsFirst, permuted } from "../order.ts";
import type { Attributes, GraphWriter } from "./graph-writer.ts";
import { refuse, type Writer } from "./writer.ts";

const images = channelsFirst(4);

/** [top, left, bottom, right]. */
const padsOf = ([rows, columns]: readonly [Pad, Pad]) => [rows[0], columns[0], rows[1], columns[1]];

/** The addition of one number per channel that alone reads a value. */
export function biasAfter(writer: GraphWriter, y: Sym): { readonly node: Node; readonly bias: Sym } | undefined {
  const node = writer.onlyReader(y);
  if (node === undefined || node.op.name !== ops.add.name || node.inputs.length !== 2) return undefined;
  const bias = node.inputs[node.inputs[0] === y ? 1 : 0]!;
  const units = y.spec.shape.at(-1)!;
  const isRow = writer.isConstant(bias) && bias.spec.shape.at(-1) === units && writer.numbers(bias).length === units;
  return isRow && bias.spec.shape.length <= y.spec.shape.length ? { node, bias } : undefined;
}

/** Writes an operator that takes a bias as its last input; the value behind the bias is then its result. */
export function withBias(
  writer: GraphWriter,
  y: Sym,
  emit: (bias: readonly string[]) => string,
  order: readonly number[],
): void {
  const after = biasAfter(writer, y);
  if (after === undefined) {
    writer.define(y, { name: emit([]), order });
    return;
  }
  const { bias, node } = after;
  const name = writer.floats(bias, "as a row", [y.spec.shape.at(-1)!], () => writer.numbers(bias));
  writer.define(node.outputs[0]!, { name: emit([name]), order });
  writer.finish(node);
}

interface Convolution {
  readonly opType: string;
  readonly attributes: Attributes;
  /** The kernel's axes in ONNX's order, and their sizes there. */
  readonly permutation: readonly number[];
  readonly shape: readonly number[];
}

function writeConvolution(writer: GraphWriter, node: Node, x: string, { opType, ...rest }: Convolution): void {
  const kernel = node.inputs[1]!;
  if (!writer.isConstant(kernel)) refuse(node, "its kernel is computed from the inputs");
  const weights = writer.floats(kernel, `as kernel ${rest.permutation}`, rest.shape, () =>
    permuted(writer.numbers(kernel), kernel.spec.shape, rest.permutation),
  );
  withBias(writer, node.outputs[0]!, (bias) => writer.emit(opType, [x, weights, ...bias], rest.attributes), images);
}

/** The image, and the zeros that a node before it puts around it. */
function imageOf(writer: GraphWriter, x: Sym): { readonly name: string; readonly around: readonly [Pad, Pad] } {
  const padded = writer.paddingOf(x);
  const source = padded?.source ?? x;
  return {
    name: writer.real(source, writer.inOrder(source, images)),
    around: padded?.around ?? [
      [0, 0],
      [0, 0],
    ],
  };
}

const sumOf = (a: readonly [Pad, Pad], b: readonly [Pad, Pad]) =>
  a.map(([before, after], axis): Pad => [before + b[axis]![0], after + b[axis]![1]]) as unknown as readonly [Pad, Pad];

export const conv2d: Writer = (writer, node) => {
  const { strides, pad, dilation, inputDilation, groups } = node.attrs as Conv2dAttrs;
  const { name, around } = imageOf(writer, node.inputs[0]!);
  const pads = padsOf(sumOf(pad, around));
  if (pads.some((cells) => cells < 0) || inputDilation.some((step) => step !== 1))
    refuse(node, "it spreads or cuts its input");
  const [kh, kw, depth, filters] = node.inputs[1]!.spec.shape as [number, number, number, number];
  writeConvolution(writer, node, name, {
    opType: "Conv",
    attributes: { kernel_shape: [kh, kw], strides, pads, dilations: dilation, group: groups },
    permutation: [3, 2, 0, 1],
    shape: [filters, depth, kh, kw],
  });
};

export const depthwiseConv2d: Writer = (writer, node) => {
  const { strides, pad, dilation } = node.attrs as DepthwiseConv2dAttrs;
  const { name, around } = imageOf(writer, node.inputs[0]!);
  const [kh, kw, channels, multiplier] = node.inputs[1]!.spec.shape as [number, number, number, number];
  const pads = padsOf(sumOf(pad, around));
  writeConvolution(writer, node, name, {
    opType: "Conv",
    attributes: { kernel_shape: [kh, kw], strides, pads, dilations: dilation, group: channels },
    permutation: [2, 3, 0, 1],
    shape: [channels * multiplier, 1, kh, kw],
  });
};

/** A transposed convolution: the gradient of one by its input. */
export const conv2dGradInput: Writer = (writer, node) => {
  const { strides, pad, dilation, inputDilation, groups, size } = node.attrs as Conv2dGradInputAttrs;
  if (groups !== 1 || inputDilation.some((step) => step !== 1)) refuse(node, "it has groups, or cuts its result");
  const [x, kernel] = node.inputs as [Sym, Sym];
  const [kh, kw, filters, channels] = kernel.spec.shape as [number, number, number, number];
  // What the result lacks at its end, or, below 0, has more.
  const ends = ([0, 1] as const).map((axis) => {
    const extent = dilatedExtent([kh, kw][axis]!, dilation[axis]);
    return (x.spec.shape[1 + axis]! - 1) * strides[axis] + extent - pad[axis][0] - size[axis];
  }) as [number, number];
  if (pad.some(([before]) => before < 0)) refuse(node, "it spreads its result");
  writeConvolution(writer, node, writer.inOrder(x, images), {
    opType: "ConvTranspose",
    attributes: {
      kernel_shape: [kh, kw],
      strides,
      dilations: dilation,
      pads: [pad[0][0], pad[1][0], Math.max(0, ends[0]), Math.max(0, ends[1])],
      output_padding: ends.map((cells) => Math.max(0, -cells)),
    },
    permutation: [3, 2, 0, 1],
    shape: [channels, filters, kh, kw],
  });
};

const pooling =
  (opType: "MaxPool" | "AveragePool"): Writer =>
  (writer, { inputs: [x], outputs: [y], attrs }) => {
    const { window, strides, pad } = attrs as Pool2dAttrs;
    const name = writer.real(x!, writer.inOrder(x!, images));
    const attributes = { kernel_shape: window, strides, pads: padsOf(pad) };
    writer.define(y!, { name: writer.emit(opType, [name], attributes), order: images });
  };

export const maxPool2d = pooling("MaxPool");
/** Padding does not count, which is ONNX's default, too. */
export const averagePool2d = pooling("AveragePool");

/** Zeros around rows: part of the convolutions that read them, where no other node does. */
export const pad: Writer = (writer, node) => {
  const { pads, strides } = node.attrs as PadAttrs;
  const [x] = node.inputs as [Sym];
  const [y] = node.outputs as [Sym];
  if (strides !== undefined) refuse(node, "it puts zeros between entries");
  const readers = writer.readersOf(y);
  const convolutions: readonly string[] = [ops.conv2d.name, ops.depthwiseConv2d.name];
  const isOfImages = pads.length === 4 && pads[3]!.every((cells) => cells === 0);
  const isTaken = readers.every(
    ({ op, inputs: [image, ...rest] }) => convolutions.includes(op.name) && image === y && !rest.includes(y),
  );
  if (isOfImages && isTaken && readers.length > 0 && !writer.isOutput(y)) {
    writer.notePadding(y, { source: x, around: [pads[1]!, pads[2]!] });
    return;
  }
  const { order } = writer.stored(x);
  const stored = order.map((axis) => pads[axis]!);
  const amounts = [...stored.map(([before]) => before), ...stored.map(([, after]) => after)];
  const name = writer.emit("Pad", [writer.real(x, writer.inOrder(x, order)), writer.whole(amounts)]);
  writer.define(y, { name, order });
};
