import { describe, expect, test } from "vitest";
import { sizeOf } from "../../src/base/shape.ts";
import { fold } from "../../src/compile/fold.ts";
import { fuse } from "../../src/compile/fuse.ts";
import { simplify } from "../../src/compile/simplify.ts";
import { traceGraph } from "../../src/engine/session.ts";
import { e } from "../../src/ir/expr.ts";
import type { Graph, GraphBuilder, Sym } from "../../src/ir/graph.ts";
import { emitOne } from "../../src/ir/op.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import { conv1d } from "../../src/ops/conv1d.ts";
import { conv2d } from "../../src/ops/conv2d.ts";
import { conv2dTranspose } from "../../src/ops/conv2d-transpose.ts";
import { depthwiseConv2dOp } from "../../src/ops/depthwise-conv2d.ts";
import { add, div, floor, maximum, mul, neg, relu, sqrt, sub } from "../../src/ops/elementwise.ts";
import { map } from "../../src/ops/map.ts";
import { matMul } from "../../src/ops/mat-mul.ts";
import { normalize } from "../../src/ops/normalize.ts";
import { reduceSum } from "../../src/ops/reduce.ts";
import { reshape } from "../../src/ops/reshape.ts";
import { evaluateGraph } from "../ir/evaluate-graph.ts";

const rows = 2;
const image = (builder: GraphBuilder) =>
  builder.input("x", { shape: [rows, 4, 3, 4], dtype: "float32", batched: true });
const pad = [
  [1, 1],
  [1, 0],
] as const;
const plain = { strides: [1, 1], dilation: [1, 1], inputDilation: [1, 1], pad, groups: 1 } as const;

/** BatchNormalization of prediction, with a bias before it. */
function normalized(y: Sym, name = "norm"): Sym {
  const channels = y.spec.shape.at(-1)!;
  const kept = y.spec.shape.map((_, i) => (i === y.spec.shape.length - 1 ? channels : 1));
  const weight = (part: string) => y.builder.variable(`${name}/${part}`, [channels]);
  const scale = div(reshape(weight("gamma"), kept), sqrt(add(reshape(weight("variance"), kept), 1e-3)));
  const centred = normalize(add(y, weight("bias")), reshape(weight("mean"), kept), scale);
  return add(centred, reshape(weight("beta"), kept));
}

const products: Readonly<Record<string, (builder: GraphBuilder) => Sym>> = {
  "a convolution": (builder) => conv2d(image(builder), builder.variable("w", [3, 3, 4, 5]), plain),
  "a convolution of 1x1": (builder) =>
    conv2d(image(builder), builder.variable("w", [1, 1, 4, 3]), {
      ...plain,
      pad: [
        [0, 0],
        [0, 0],
      ],
    }),
  "a convolution in groups": (builder) =>
    conv2d(image(builder), builder.variable("w", [2, 2, 2, 6]), { ...plain, groups: 2 }),
  "a depthwise convolution": (builder) =>
    emitOne(depthwiseConv2dOp, [image(builder), builder.variable("w", [3, 3, 4, 2])], plain),
  "a transposed convolution": (builder) =>
    conv2dTranspose(image(builder), builder.variable("w", [3, 3, 5, 4]), {
      strides: [2, 2],
      padding: "same",
      dilation: [1, 1],
    }),
  "a convolution of signals": (builder) =>
    conv1d(reshape(image(builder), [rows, 12, 4]), builder.variable("w", [3, 4, 5]), {
      stride: 1,
      pad: [1, 1],
      dilation: 1,
      groups: 1,
    }),
  "a matrix product": (builder) => matMul(reshape(image(builder), [rows, 48]), builder.variable("w", [48, 7])),
};

/** Both graphs' outputs for the same random inputs and variables (positive, because some are variances). */
function outputs(...graphs: readonly Graph[]) {
  const draw = (sym: Sym) => Float64Array.from({ length: sizeOf(sym.spec.shape) }, () => 0.5 + Math.random());
  const inputs = Object.fromEntries([...graphs[0]!.inputs].map(([name, sym]) => [name, draw(sym)]));
  const variables = Object.fromEntries(graphs[0]!.variables.map(({ name, sym }) => [name, draw(sym)]));
  return graphs.map((graph) => evaluateGraph(graph, inputs, rows, variables).outputs.y!);
}

function expectSameNumbers(graph: Graph, folded: Graph) {
  const [before, after] = outputs(graph, folded);
  expect(before!.length).toBeGreaterThan(0);
  const gaps = before!.map((value, i) => Math.abs(after![i]! - value) / (1 + Math.abs(value)));
  expect(Math.max(...gaps)).toBeLessThan(1e-12);
}

const traced = (write: (builder: GraphBuilder) => Sym) =>
  simplify(traceGraph((builder) => builder.output("y", write(builder))));
const folded = (graph: Graph) => verifyGraph(simplify(fold(graph)));
/** The batch's own nodes, as a device without Winograd sees them. */
const batched = (graph: Graph) =>
  fuse(graph, 8).nodes.filter(({ op, outputs: [made] }) => made!.spec.batched && !op.view);

describe.each(Object.keys(products))("normalization behind %s", (name) => {
  const graph = traced((builder) => relu(normalized(products[name]!(builder))));
  const result = folded(graph);

  test("gives the same numbers", () => expectSameNumbers(graph, result));

  test("is one summand, and one factor where the weights are no window's", () => {
    const [product, rest, ...others] = batched(result);
    expect(product!.op.columns).toBeDefined();
    expect(rest!.inputs.filter(({ spec }) => !spec.batched)).toHaveLength(
      name === "a convolution of 1x1" || name === "a matrix product" ? 2 : 1,
    );
    expect(others).toEqual([]);
  });
});

test("any affine expression is folded: division, difference the other way round, sign, numbers, two normalizations", () => {
  const graph = traced((builder) => {
    const y = products["a convolution"]!(builder);
    const [a, b] = [builder.variable("a", [5]), builder.variable("b", [])];
    const once = sub(a, neg(div(mul(normalized(y), 3), b)));
    return relu(map([normalized(once, "again"), a], e.sub(e.mul(e.input(1), e.sub(e.input(0), 2)), e.input(0))));
  });
  expectSameNumbers(graph, folded(graph));
  const [, rest, ...others] = batched(folded(graph));
  expect(rest!.inputs.filter(({ spec }) => !spec.batched)).toHaveLength(1);
  expect(others).toEqual([]);
});

const untouched: Readonly<Record<string, (y: Sym) => Sym>> = {
  "a bias alone": (y) => relu(add(y, y.builder.variable("b", [5]))),
  "statistics of the batch": (y) => normalize(y, reduceSum(y, [0, 1, 2], true), reduceSum(mul(y, y), [0, 1, 2], true)),
  "a factor for each pixel": (y) => mul(y, y.builder.variable("b", [y.spec.shape[1]!, 1, 1])),
  "a step": (y) => mul(floor(y), y.builder.variable("b", [5])),
  "the larger one": (y) => mul(maximum(y, 1), y.builder.variable("b", [5])),
  "a value that is also read before it is scaled": (y) => add(mul(y, y.builder.variable("b", [5])), relu(y)),
};

test.each(Object.keys(untouched))("%s stays as it is", (name) => {
  const graph = traced((builder) => untouched[name]!(products["a convolution"]!(builder)));
  expect(folded(graph).nodes.map(({ op }) => op.name)).toEqual(graph.nodes.map(({ op }) => op.name));
});

test("a product that is an output itself stays as it is", () => {
  const graph = simplify(
    traceGraph((builder) => {
      const y = products["a convolution"]!(builder);
      builder.output("product", y);
      builder.output("y", normalized(y));
    }),
  );
  expect(fold(graph)).toBe(graph);
});
