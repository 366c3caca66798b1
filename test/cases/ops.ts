/** Every op with the shapes that break kernels: ones, primes, no multiples of a register tile, batched and not. Data only. */

import { e } from "../../src/ir/expr.ts";
import type { OpName, ops } from "../../src/ops/index.ts";
import { batchMatMulCases } from "./batch-products.ts";
import {
  concatenateCases,
  cropCases,
  padCases,
  repeatCases,
  resizeCases,
  splitCases,
  steppedCropCases,
  steppedPadCases,
} from "./blocks.ts";
import { conv2dCases, conv2dGradInputCases, conv2dGradKernelCases } from "./convolutions.ts";
import {
  depthwiseConv2dCases,
  depthwiseConv2dGradInputCases,
  depthwiseConv2dGradKernelCases,
} from "./depthwise-convolutions.ts";
import { binary, brief, briefBinary, one, special, two, unary, zeroKink } from "./elementwise.ts";
import { gatherCases, gatherRowsCases, scatterAddCases, scatterRowsCases } from "./gathers.ts";
import { type AttrsOf, type Draw, type OpCase, rows, whole } from "./op-case.ts";
import {
  averagePool2dCases,
  averagePool2dGradCases,
  maxPool2dCases,
  maxPool2dGradCases,
  maxPool2dPickCases,
} from "./poolings.ts";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const bytes: Draw = [0, 1, 2, 3, 127, 128, 254, 255];

const { input, mul, add, tanh, select, max, sqrt, div, sub } = e;
const [x0, x1, x2, x3] = [input(0), input(1), input(2), input(3)];

export const opCases = {
  add: binary(),
  sub: binary(),
  mul: [
    ...binary(),
    { name: "bytes", inputs: [rows([3, 11], bytes, "uint8")], attrs: { operands: [null, 1 / 255] }, gradients: [] },
  ],
  div: binary("normal", "positive"),
  neg: unary(),
  abs: unary(zeroKink),
  square: unary(),
  squaredDifference: binary(),
  exp: unary(),
  log: unary("positive"),
  sqrt: unary("positive"),
  sin: [
    ...brief(),
    {
      name: "far from 0",
      inputs: [rows([3, 8], [3.2, -7.9, 100, -1000.5, 8000, 1e-9, 1.6, 3.2])],
      attrs: one,
      gradients: [],
    },
  ],
  cos: [
    ...brief(),
    {
      name: "far from 0",
      inputs: [rows([3, 8], [3.2, -7.9, 100, -1000.5, 8000, 1e-9, 1.6, 3.2])],
      attrs: one,
      gradients: [],
    },
  ],
  atan2: [
    ...briefBinary("normal", "normal"),
    {
      name: "round the circle",
      inputs: [whole([8], [0, 1, 2, 1, 0.5, -1, -2, -1]), whole([8], [2, 1, 0, -1, -2, -1, 0, 1])],
      attrs: two,
      gradients: [0, 1],
    },
    {
      name: "hardly above and below the axis",
      inputs: [whole([4], [1e-9, -1e-9, 1e-9, -1e-9]), whole([4], [1, 1, -1, -1])],
      attrs: two,
      gradients: [],
    },
  ],
  erf: [
    ...brief(),
    {
      name: "both tails",
      inputs: [whole([8], [-5, -2.5, -1.5, -0.999, 0.001, 1.1, 1.999, 2.1])],
      attrs: one,
      gradients: [0],
    },
  ],
  log1p: [
    ...brief("positive"),
    { name: "near 0", inputs: [whole([5], [1e-6, -1e-6, 1e-3, -0.01, 1e-9])], attrs: one, gradients: [] },
  ],
  expm1: [
    ...brief("normal", [0], [nan, infinity, -infinity, 0, -0, 1, -1, 88, -88, 0.5]),
    { name: "near 0", inputs: [whole([5], [1e-6, -1e-6, 1e-3, -0.01, 1e-9])], attrs: one, gradients: [] },
  ],
  power: [
    { name: "column", inputs: [rows([5, 11], "positive"), rows([5, 1])], attrs: two, gradients: [0, 1] },
    {
      name: "negative bases",
      inputs: [whole([7, 1], [-2, -1.5, -1, -0.5, 0.5, 1, 3]), whole([1, 6], [-3, -2, -1, 0, 1, 4])],
      attrs: two,
      gradients: [0],
    },
    {
      name: "special numbers",
      inputs: [whole([8, 1], [nan, infinity, 0, -2, -0.5, 1, 0.5, 3]), whole([1, 6], [nan, 0, 0.5, -1.5, 2, 3])],
      attrs: two,
      gradients: [],
    },
    { name: "number second", inputs: [rows([3, 5], "positive")], attrs: { operands: [null, 2.5] }, gradients: [0] },
    { name: "number first", inputs: [rows([3, 5])], attrs: { operands: [2, null] }, gradients: [0] },
  ],
  maximum: briefBinary("distinct", [0.02]),
  minimum: briefBinary("distinct", [0.02]),
  relu: unary(zeroKink),
  sigmoid: unary(),
  tanh: unary(),
  clip: [
    ...unary({ kinks: [-0.5, 1] }).map((each) => ({ ...each, attrs: { operands: [null, -0.5, 1] } })),
    {
      name: "limits as values",
      inputs: [rows([3, 5], { kinks: [-0.5, 1] }), whole([], [-0.5]), whole([5], [1])],
      attrs: { operands: [null, null, null] },
      gradients: [0, 1, 2],
    },
  ],
  equal: [
    ...binary("integers", "integers", []),
    {
      name: "whole numbers",
      inputs: [rows([7, 1], "integers", "int32"), whole([1, 7], [-3, -2, -1, 0, 1, 2, 3])],
      attrs: two,
      gradients: [],
    },
  ],
  less: binary("integers", "integers", []),
  lessEqual: briefBinary("integers", "integers", []),
  where: [
    {
      name: "all values",
      inputs: [rows([5, 3], "distinct"), whole([3], [0.02]), rows([5, 3]), rows([5, 1])],
      attrs: { operands: [null, null, null, null] },
      gradients: [2, 3],
    },
    {
      name: "numbers",
      inputs: [rows([2, 7], zeroKink), whole([7])],
      attrs: { operands: [0, null, null, -1] },
      gradients: [1],
    },
    { name: "NaN is not less", inputs: [whole([10], special)], attrs: { operands: [null, 0, 1, 2] }, gradients: [] },
  ],
  floor: unary(zeroKink, []),
  round: brief([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4, -2.6, 0.3], []),
  sign: brief("integers", []),
  stopGradient: unary("normal", []),
  cast: [
    ...unary(),
    { name: "bytes", inputs: [rows([3, 7], bytes, "uint8")], attrs: one, gradients: [] },
    { name: "whole numbers", inputs: [rows([5, 3], "integers", "int32")], attrs: one, gradients: [] },
    { name: "labels", inputs: [rows([7], "integers", "int32")], attrs: one, gradients: [] },
  ],
  map: [
    { name: "one", inputs: [rows([3, 7])], attrs: { exprs: [mul(tanh(x0), x0)] }, gradients: [0] },
    {
      name: "Adam",
      inputs: [whole([5, 7]), whole([5, 7]), whole([5, 7]), whole([5, 7], "positive")],
      attrs: {
        exprs: [
          sub(
            x0,
            mul(
              0.01,
              div(add(mul(0.9, x2), mul(0.1, x1)), add(sqrt(add(mul(0.99, x3), mul(0.01, mul(x1, x1)))), 1e-7)),
            ),
          ),
          add(mul(0.9, x2), mul(0.1, x1)),
          add(mul(0.99, x3), mul(0.01, mul(x1, x1))),
        ],
      },
      gradients: [0, 1, 2, 3],
    },
    {
      name: "broadcast, three outputs",
      inputs: [rows([3, 2, 5], "distinct"), rows([3, 1, 1]), whole([5])],
      attrs: { exprs: [max(x0, x2), select("lt", x0, x1, x2, 0), sub(x2, mul(x1, x0))] },
      gradients: [0, 2],
    },
  ],
  broadcastTo: [
    { name: "new axes", inputs: [whole([3])], attrs: { shape: [2, 5, 3], batched: false }, gradients: [0] },
    { name: "scalar to rows", inputs: [whole([])], attrs: { shape: [3, 7], batched: true }, gradients: [0] },
    { name: "row to rows", inputs: [whole([1, 5])], attrs: { shape: [4, 5], batched: true }, gradients: [0] },
    { name: "inner axis", inputs: [rows([3, 1, 5])], attrs: { shape: [3, 7, 5], batched: true }, gradients: [0] },
    { name: "last axis", inputs: [rows([2, 5, 1])], attrs: { shape: [2, 5, 6], batched: true }, gradients: [0] },
  ],
  matMul: [
    { name: "rows", inputs: [rows([5, 7]), whole([7, 3])], attrs: { transposeA: false }, gradients: [0, 1] },
    { name: "one of all", inputs: [rows([1, 1]), whole([1, 1])], attrs: { transposeA: false }, gradients: [0, 1] },
    { name: "one column", inputs: [rows([3, 11]), whole([11, 1])], attrs: { transposeA: false }, gradients: [0, 1] },
    { name: "inner 1", inputs: [rows([7, 1]), whole([1, 13])], attrs: { transposeA: false }, gradients: [0, 1] },
    { name: "leading axes", inputs: [rows([3, 2, 5]), whole([5, 9])], attrs: { transposeA: false }, gradients: [0, 1] },
    { name: "not batched", inputs: [whole([7, 13]), whole([13, 17])], attrs: { transposeA: false }, gradients: [0, 1] },
    {
      name: "tiles and a rest",
      inputs: [rows([13, 50]), whole([50, 29])],
      attrs: { transposeA: false },
      gradients: [0],
    },
    { name: "transposed", inputs: [whole([5, 7]), whole([5, 3])], attrs: { transposeA: true }, gradients: [0, 1] },
    { name: "sum over rows, small", inputs: [rows([5, 2]), rows([5, 3])], attrs: { transposeA: true }, gradients: [] },
    {
      name: "sum over rows, large",
      inputs: [rows([7, 19]), rows([7, 23])],
      attrs: { transposeA: true },
      gradients: [],
    },
    {
      name: "sum over rows and axes",
      inputs: [rows([3, 5, 2]), rows([3, 5, 7])],
      attrs: { transposeA: true },
      gradients: [],
    },
    { name: "sum to one", inputs: [rows([5, 1]), rows([5, 1])], attrs: { transposeA: true }, gradients: [] },
  ],
  batchMatMul: batchMatMulCases,
  transpose: [
    { name: "matrix", inputs: [whole([5, 7])], attrs: { permutation: [1, 0] }, gradients: [0] },
    { name: "vector", inputs: [whole([7])], attrs: { permutation: [0] }, gradients: [0] },
    { name: "large matrix", inputs: [whole([33, 41])], attrs: { permutation: [1, 0] }, gradients: [] },
    { name: "rows", inputs: [rows([3, 2, 5])], attrs: { permutation: [0, 2, 1] }, gradients: [0] },
    { name: "images", inputs: [rows([2, 3, 4, 5])], attrs: { permutation: [0, 3, 1, 2] }, gradients: [0] },
    { name: "four axes", inputs: [whole([2, 3, 4, 5])], attrs: { permutation: [3, 1, 0, 2] }, gradients: [0] },
  ],
  gather: gatherCases,
  scatterAdd: scatterAddCases,
  gatherRows: gatherRowsCases,
  scatterRows: scatterRowsCases,
  pad: [...padCases, ...steppedPadCases],
  crop: [...cropCases, ...steppedCropCases],
  concatenate: concatenateCases,
  split: splitCases,
  repeat: repeatCases,
  resize: resizeCases,
  conv2d: conv2dCases,
  conv2dGradInput: conv2dGradInputCases,
  conv2dGradKernel: conv2dGradKernelCases,
  rotateKernel: [
    { name: "3x3", inputs: [whole([3, 3, 2, 5])], attrs: { groups: 1 }, gradients: [0] },
    { name: "oblong", inputs: [whole([2, 3, 1, 7])], attrs: { groups: 1 }, gradients: [0] },
    { name: "groups", inputs: [whole([3, 2, 3, 4])], attrs: { groups: 2 }, gradients: [0] },
    { name: "depthwise", inputs: [whole([3, 3, 1, 6])], attrs: { groups: 3 }, gradients: [0] },
  ],
  depthwiseConv2d: depthwiseConv2dCases,
  depthwiseConv2dGradInput: depthwiseConv2dGradInputCases,
  depthwiseConv2dGradKernel: depthwiseConv2dGradKernelCases,
  averagePool2d: averagePool2dCases,
  averagePool2dGrad: averagePool2dGradCases,
  maxPool2d: maxPool2dCases,
  maxPool2dGrad: maxPool2dGradCases,
  maxPool2dPick: maxPool2dPickCases,
  normalize: [
    {
      name: "channels",
      inputs: [rows([3, 4, 5, 7]), whole([1, 1, 1, 7]), whole([1, 1, 1, 7])],
      attrs: {},
      gradients: [0, 1, 2],
    },
    { name: "vectors", inputs: [rows([5, 3]), whole([1, 3]), whole([1, 3])], attrs: {}, gradients: [0, 1, 2] },
    {
      name: "middle axis",
      inputs: [rows([2, 3, 5]), whole([1, 3, 1]), whole([1, 3, 1])],
      attrs: {},
      gradients: [0, 1, 2],
    },
    { name: "one of all", inputs: [rows([1, 1]), whole([1, 1]), whole([1, 1])], attrs: {}, gradients: [0, 1, 2] },
    {
      name: "special numbers",
      inputs: [rows([2, 10], special), whole([1, 10], [nan, 1]), whole([1, 10])],
      attrs: {},
      gradients: [],
    },
  ],
  reduceSum: [
    { name: "last axis", inputs: [rows([3, 7])], attrs: { axes: [1], keepDims: false }, gradients: [0] },
    { name: "kept", inputs: [rows([3, 2, 11])], attrs: { axes: [2], keepDims: true }, gradients: [0] },
    { name: "inner axes", inputs: [rows([3, 5, 2, 7])], attrs: { axes: [1, 2], keepDims: false }, gradients: [0] },
    { name: "scattered axes", inputs: [rows([3, 5, 2, 7])], attrs: { axes: [1, 3], keepDims: false }, gradients: [0] },
    { name: "over rows", inputs: [rows([5, 3])], attrs: { axes: [0], keepDims: false }, gradients: [0] },
    { name: "over rows, kept", inputs: [rows([5, 3, 2])], attrs: { axes: [0, 2], keepDims: true }, gradients: [0] },
    { name: "channels", inputs: [rows([3, 5, 4, 7])], attrs: { axes: [0, 1, 2], keepDims: false }, gradients: [0] },
    { name: "to a scalar", inputs: [rows([5, 7])], attrs: { axes: [0, 1], keepDims: false }, gradients: [0] },
    { name: "rows of scalars", inputs: [rows([7])], attrs: { axes: [0], keepDims: false }, gradients: [0] },
    { name: "not batched, first", inputs: [whole([13, 5])], attrs: { axes: [0], keepDims: false }, gradients: [0] },
    {
      name: "not batched, all",
      inputs: [whole([3, 5, 7])],
      attrs: { axes: [0, 1, 2], keepDims: false },
      gradients: [0],
    },
    { name: "no axis", inputs: [whole([3, 5])], attrs: { axes: [], keepDims: false }, gradients: [0] },
  ],
  reduceMax: [
    { name: "last axis", inputs: [rows([3, 7], "distinct")], attrs: { axes: [1], keepDims: false }, gradients: [0] },
    { name: "kept", inputs: [rows([3, 2, 5], "distinct")], attrs: { axes: [2], keepDims: true }, gradients: [0] },
    { name: "one wide", inputs: [rows([3, 1], "distinct")], attrs: { axes: [1], keepDims: false }, gradients: [0] },
    {
      name: "images",
      inputs: [rows([2, 3, 4, 5], "distinct")],
      attrs: { axes: [1, 2], keepDims: false },
      gradients: [0],
    },
    { name: "not batched", inputs: [whole([5, 3], "distinct")], attrs: { axes: [0], keepDims: false }, gradients: [0] },
    {
      name: "NaN wins",
      inputs: [rows([3, 4], [1, nan, 2, 3, nan, 1, 2, 3, 1, 2, 3, nan])],
      attrs: { axes: [1], keepDims: false },
      gradients: [],
    },
    { name: "−∞ alone", inputs: [rows([2, 3], [-infinity])], attrs: { axes: [1], keepDims: false }, gradients: [] },
  ],
  argMax: [
    { name: "rows", inputs: [rows([5, 7])], attrs: {}, gradients: [] },
    { name: "ties", inputs: [rows([11, 13], "integers")], attrs: {}, gradients: [] },
    { name: "one wide", inputs: [rows([3, 1])], attrs: {}, gradients: [] },
    { name: "leading axes", inputs: [rows([2, 3, 5], "integers")], attrs: {}, gradients: [] },
    { name: "not batched", inputs: [whole([3, 10])], attrs: {}, gradients: [] },
    { name: "all the same", inputs: [rows([2, 9], [4])], attrs: {}, gradients: [] },
  ],
  softmax: [
    { name: "classes", inputs: [rows([5, 10])], attrs: {}, gradients: [0] },
    { name: "two", inputs: [rows([3, 2])], attrs: {}, gradients: [0] },
    { name: "one wide", inputs: [rows([3, 1])], attrs: {}, gradients: [0] },
    { name: "leading axes", inputs: [rows([2, 3, 7])], attrs: {}, gradients: [0] },
    { name: "not batched", inputs: [whole([2, 13])], attrs: {}, gradients: [0] },
    { name: "far apart", inputs: [rows([2, 5], [1000, -1000, 999, 0, 1000])], attrs: {}, gradients: [] },
  ],
  logSoftmax: [
    { name: "classes", inputs: [rows([5, 10])], attrs: {}, gradients: [0] },
    { name: "one wide", inputs: [rows([3, 1])], attrs: {}, gradients: [0] },
    { name: "leading axes", inputs: [rows([2, 3, 7])], attrs: {}, gradients: [0] },
    { name: "not batched", inputs: [whole([2, 13])], attrs: {}, gradients: [0] },
    { name: "far apart", inputs: [rows([2, 5], [1000, -1000, 999, 0, 1000])], attrs: {}, gradients: [] },
  ],
  randomUniform: [
    { name: "rows", inputs: [whole([], [3]), rows([5, 2])], attrs: { key: [7, 11], rowShape: [7] }, gradients: [] },
    { name: "scalars", inputs: [whole([], [0]), rows([5, 2])], attrs: { key: [1, 2], rowShape: [] }, gradients: [] },
    {
      name: "images",
      inputs: [whole([], [1e6]), rows([3, 1])],
      attrs: { key: [-1, 5], rowShape: [3, 5, 2] },
      gradients: [],
    },
    {
      name: "not batched",
      inputs: [whole([], [1]), whole([4, 2])],
      attrs: { key: [0, 0], rowShape: [3] },
      gradients: [],
    },
  ],
  shareSum: [
    { name: "rows", inputs: [rows([5, 2])], attrs: {}, gradients: [0] },
    { name: "rows of scalars", inputs: [rows([9])], attrs: {}, gradients: [0] },
    { name: "rows of images", inputs: [rows([3, 2, 3, 4])], attrs: {}, gradients: [0] },
  ],
  rowNumber: [
    { name: "rows", inputs: [rows([5, 2])], attrs: {}, gradients: [] },
    { name: "rows of scalars", inputs: [rows([9])], attrs: {}, gradients: [] },
    { name: "not batched", inputs: [whole([4, 2])], attrs: {}, gradients: [] },
  ],
  reshape: [
    { name: "flatten", inputs: [rows([3, 2, 5])], attrs: { shape: [3, 10] }, gradients: [0] },
    { name: "rows of scalars", inputs: [rows([3, 1])], attrs: { shape: [3] }, gradients: [0] },
    { name: "new axis", inputs: [whole([7])], attrs: { shape: [1, 7, 1] }, gradients: [0] },
    { name: "to a scalar", inputs: [whole([1, 1])], attrs: { shape: [] }, gradients: [0] },
    { name: "whole numbers", inputs: [rows([3, 4], "integers", "int32")], attrs: { shape: [3, 2, 2] }, gradients: [] },
    { name: "bytes", inputs: [rows([3, 5, 1], bytes, "uint8")], attrs: { shape: [3, 5] }, gradients: [] },
  ],
  literal: [
    { name: "numbers", inputs: [], attrs: { values: [1, -0, 0.5, nan, -infinity], shape: [5] }, gradients: [] },
    { name: "matrix", inputs: [], attrs: { values: [1, 2, 3, 4, 5, 6], shape: [2, 3] }, gradients: [] },
    { name: "scalar", inputs: [], attrs: { values: [0.1], shape: [] }, gradients: [] },
  ],
} satisfies { readonly [N in OpName]: readonly OpCase<AttrsOf<(typeof ops)[N]>>[] };
