/** Products with what follows them, for every device that joins the two. */
import type { Trace } from "../../src/engine/session.ts";
import type { GraphBuilder, Sym } from "../../src/ir/graph.ts";
import { emitOne } from "../../src/ir/op.ts";
import { conv2d, conv2dGradInputOp } from "../../src/ops/conv2d.ts";
import { depthwiseConv2dOp } from "../../src/ops/depthwise-conv2d.ts";
import { add, mul, relu, tanh } from "../../src/ops/elementwise.ts";
import { matMul } from "../../src/ops/mat-mul.ts";
import { reduceSum } from "../../src/ops/reduce.ts";
import { reshape } from "../../src/ops/reshape.ts";

export const ROWS = 5;

const attrs = {
  strides: [1, 1],
  pad: [
    [1, 1],
    [1, 1],
  ],
  dilation: [1, 1],
  inputDilation: [1, 1],
  groups: 1,
} as const;

const depthwise = { strides: [1, 1], pad: attrs.pad, dilation: [1, 1] } as const;

const NONE = [
  [0, 0],
  [0, 0],
] as const;

export interface EpilogueCase {
  readonly name: string;
  /** The devices that make one call of it. */
  readonly joined: readonly ("cpu" | "gpu")[];
  /** Shapes of what is fed: batched where the first axis is ROWS. */
  readonly feeds: Readonly<Record<string, readonly number[]>>;
  write(feeds: Readonly<Record<string, Sym>>): readonly Sym[];
}

const image = [ROWS, 6, 7, 4];

export const epilogueCases: readonly EpilogueCase[] = [
  {
    name: "bias and activation, whole vectors",
    joined: ["cpu", "gpu"],
    feeds: { x: image, w: [3, 3, 4, 8], b: [8] },
    write: ({ x, w, b }) => [relu(add(conv2d(x!, w!, attrs), b!))],
  },
  {
    name: "bias and activation, odd channels",
    joined: ["cpu", "gpu"],
    feeds: { x: [ROWS, 6, 7, 3], w: [3, 3, 3, 9], b: [9] },
    write: ({ x, w, b }) => [tanh(add(conv2d(x!, w!, attrs), b!))],
  },
  {
    name: "bias of groups",
    joined: ["cpu", "gpu"],
    feeds: { x: image, w: [3, 3, 2, 12], b: [12] },
    write: ({ x, w, b }) => [relu(add(conv2d(x!, w!, { ...attrs, groups: 2 }), b!))],
  },
  {
    name: "bias and activation of depthwise convolutions, pairs of vectors",
    joined: ["cpu"],
    feeds: { x: [ROWS, 6, 19, 16], w: [3, 3, 16, 1], b: [16] },
    write: ({ x, w, b }) => [relu(add(emitOne(depthwiseConv2dOp, [x!, w!], depthwise), b!))],
  },
  {
    name: "bias and activation of depthwise convolutions, odd channels, two kernels each",
    joined: ["cpu"],
    feeds: { x: [ROWS, 6, 7, 7], w: [3, 3, 7, 2], b: [14], scale: [] },
    write: ({ x, w, b, scale }) => [tanh(mul(add(emitOne(depthwiseConv2dOp, [x!, w!], depthwise), b!), scale!))],
  },
  {
    name: "a value beside each of a convolution of single pixels, with strides",
    joined: ["cpu", "gpu"],
    feeds: { x: [ROWS, 6, 7, 20], w: [1, 1, 20, 37], b: [37], beside: [ROWS, 3, 4, 37] },
    write: ({ x, w, b, beside }) => [
      relu(add(add(conv2d(x!, w!, { ...attrs, strides: [2, 2], pad: NONE }), b!), beside!)),
    ],
  },
  {
    name: "a value beside each of a convolution of single pixels, whole images",
    joined: ["cpu", "gpu"],
    feeds: { x: [ROWS, 9, 7, 16], w: [1, 1, 16, 48], beside: [ROWS, 9, 7, 48], more: [ROWS, 9, 7, 48] },
    write: ({ x, w, beside, more }) => [add(mul(conv2d(x!, w!, { ...attrs, pad: NONE }), beside!), more!)],
  },
  {
    name: "a residual block, whose sum overwrites what it adds",
    joined: ["cpu", "gpu"],
    feeds: { x: [ROWS, 9, 7, 8], w: [1, 1, 8, 24], u: [1, 1, 24, 40], v: [1, 1, 40, 24], b: [24], c: [40] },
    write: ({ x, w, u, v, b, c }) => {
      const single = { ...attrs, pad: NONE };
      const first = relu(add(conv2d(x!, w!, single), b!));
      const wide = relu(add(conv2d(first, u!, single), c!));
      return [relu(add(first, add(conv2d(wide, v!, single), b!)))];
    },
  },
  {
    name: "a long sum, cut into parts",
    joined: ["cpu", "gpu"],
    feeds: { x: [ROWS, 1800], w: [1800, 10], b: [10], scale: [] },
    write: ({ x, w, b, scale }) => [mul(add(matMul(x!, w!), b!), scale!)],
  },
  {
    name: "one value and a value for each",
    joined: ["gpu"],
    feeds: { x: image, w: [3, 3, 4, 8], mask: [ROWS, 6, 7, 8], scale: [1] },
    write: ({ x, w, mask, scale }) => [mul(mul(conv2d(x!, w!, attrs), mask!), scale!)],
  },
  {
    name: "the product twice, two results",
    joined: ["gpu"],
    feeds: { x: [ROWS, 12], w: [12, 6], b: [6] },
    write: ({ x, w, b }) => {
      const y = matMul(x!, w!);
      return [add(mul(y, y), b!), relu(y)];
    },
  },
  {
    name: "seen under another shape",
    joined: ["gpu"],
    feeds: { x: [ROWS, 12], w: [12, 96], mask: [ROWS, 4, 4, 6] },
    write: ({ x, w, mask }) => [mul(reshape(matMul(x!, w!), [ROWS, 4, 4, 6]), mask!)],
  },
  {
    name: "a convolution made flat",
    joined: ["cpu", "gpu"],
    feeds: { x: [ROWS, 6, 7, 3], w: [3, 3, 3, 8] },
    write: ({ x, w }) => [relu(reshape(conv2d(x!, w!, attrs), [ROWS, 6 * 7 * 8]))],
  },
  {
    name: "the gradient by an input, made flat",
    joined: ["cpu", "gpu"],
    feeds: { dy: [ROWS, 6, 7, 8], w: [3, 3, 4, 8], mask: [ROWS, 6 * 7 * 4] },
    write: ({ dy, w, mask }) => [
      mul(reshape(emitOne(conv2dGradInputOp, [dy!, w!], { ...attrs, size: [6, 7] }), [ROWS, 6 * 7 * 4]), mask!),
    ],
  },
  {
    name: "the gradient by an image of many channels and a mask over it",
    joined: ["cpu", "gpu"],
    feeds: { dy: [ROWS, 12, 13, 16], w: [3, 3, 8, 16], mask: [ROWS, 14, 15, 8], scale: [] },
    write: ({ dy, w, mask, scale }) => [
      mul(mul(emitOne(conv2dGradInputOp, [dy!, w!], { ...attrs, pad: NONE, size: [14, 15] }), mask!), scale!),
    ],
  },
  {
    name: "the same, padded",
    joined: ["cpu", "gpu"],
    feeds: { dy: [ROWS, 14, 15, 16], w: [3, 3, 12, 16], mask: [ROWS, 14, 15, 12] },
    write: ({ dy, w, mask }) => [mul(emitOne(conv2dGradInputOp, [dy!, w!], { ...attrs, size: [14, 15] }), mask!)],
  },
  {
    name: "a short sum and a value for each",
    joined: ["cpu", "gpu"],
    feeds: { x: [ROWS, 9], w: [9, 600], mask: [ROWS, 600], b: [600] },
    write: ({ x, w, mask, b }) => [mul(add(matMul(x!, w!), b!), mask!)],
  },
  {
    name: "a sum of two terms",
    joined: ["cpu", "gpu"],
    feeds: { x: [ROWS, 2], w: [2, 72], b: [72] },
    write: ({ x, w, b }) => [relu(add(matMul(x!, w!), b!))],
  },
  {
    name: "its own input beside it",
    joined: [],
    feeds: { x: [ROWS, 12], w: [12, 12] },
    write: ({ x, w }) => [add(matMul(x!, w!), x!)],
  },
  {
    name: "a product that others read too",
    joined: [],
    feeds: { x: [ROWS, 12], w: [12, 6], b: [6] },
    write: ({ x, w, b }) => {
      const y = matMul(x!, w!);
      return [relu(add(y, b!)), reduceSum(y, [1])];
    },
  },
  {
    name: "a value for each row",
    joined: [],
    feeds: { x: [ROWS, 12], w: [12, 6], scale: [ROWS, 1] },
    write: ({ x, w, scale }) => [mul(matMul(x!, w!), scale!)],
  },
];

export const traceOf =
  ({ feeds, write }: EpilogueCase): Trace =>
  (builder: GraphBuilder) => {
    const inputs = Object.entries(feeds).map(([name, shape]) => {
      const spec = { shape, dtype: "float32", batched: shape[0] === ROWS } as const;
      return [name, builder.input(name, spec)];
    });
    write(Object.fromEntries(inputs)).forEach((output, i) => {
      builder.output(`y${i}`, output);
    });
  };

export const drawFeeds = ({ feeds }: EpilogueCase) =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, shape]) => {
      const size = shape.reduce((product, axis) => product * axis, 1);
      return [name, Float32Array.from({ length: size }, () => 2 * Math.random() - 1)];
    }),
  );
