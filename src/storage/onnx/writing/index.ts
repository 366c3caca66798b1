/** How each op is written: a table by op, nothing else. Ops without a form in a file say why. */
import { elementwiseOps } from "../../../ops/elementwise.ts";
import type { OpName } from "../../../ops/index.ts";
import { elementwise, ownForms } from "./elementwise.ts";
import { batchMatMul, gather, matMul, normalize } from "./products.ts";
import { argMax, logSoftmax, reduceMax, reduceSum, softmax } from "./reductions.ts";
import { repeat, resize } from "./resizing.ts";
import { broadcastTo, concatenate, crop, reshape, split, transpose } from "./shapes.ts";
import { averagePool2d, conv2d, conv2dGradInput, depthwiseConv2d, maxPool2d, pad } from "./windows.ts";
import { refuse, type Writer } from "./writer.ts";

const gradient: Writer = (_writer, node) => refuse(node, `"${node.op.name}" is the gradient of another op`);
const random: Writer = (_writer, node) => refuse(node, "it draws random numbers");
const numbering: Writer = (_writer, node) => refuse(node, "it numbers the rows of a batch");
const training: Writer = (_writer, node) => refuse(node, `"${node.op.name}" is of training in several processes`);
const augmentation: Writer = (_writer, node) =>
  refuse(node, `"${node.op.name}" is of augmentation, for training alone`);

const others = {
  map: elementwise,
  broadcastTo,
  matMul,
  batchMatMul,
  transpose,
  gather,
  scatterAdd: gradient,
  gatherRows: augmentation,
  scatterRows: gradient,
  conv2d,
  conv2dGradInput,
  conv2dGradKernel: gradient,
  rotateKernel: gradient,
  depthwiseConv2d,
  depthwiseConv2dGradInput: gradient,
  depthwiseConv2dGradKernel: gradient,
  averagePool2d,
  averagePool2dGrad: gradient,
  maxPool2d,
  maxPool2dGrad: gradient,
  maxPool2dPick: gradient,
  normalize,
  reduceSum,
  shareSum: training,
  reduceMax,
  argMax,
  softmax,
  logSoftmax,
  pad,
  crop,
  concatenate,
  split,
  repeat,
  resize,
  randomUniform: random,
  rowNumber: numbering,
  reshape,
  // A literal that the batch does not reach is a constant; the file holds its numbers.
  literal: () => {},
} satisfies Record<Exclude<OpName, keyof typeof elementwiseOps>, Writer>;

/** The writer of an op. */
export function writerOf(name: string): Writer {
  const own = ownForms.get(name);
  if (own !== undefined) return own;
  if (Object.hasOwn(elementwiseOps, name)) return elementwise;
  return Object.hasOwn(others, name)
    ? others[name as keyof typeof others]
    : (_writer, node) => refuse(node, `its op "${name}" is not known to ONNX`);
}
