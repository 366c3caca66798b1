import { describe, expect, test } from "vitest";
import { gradients } from "../../src/compile/differentiate.ts";
import { simplify } from "../../src/compile/simplify.ts";
import { type Trace, traceGraph } from "../../src/engine/session.ts";
import { e } from "../../src/ir/expr.ts";
import { emitOne, type Op } from "../../src/ir/op.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import { type Conv2dAttrs, conv2d, conv2dOp } from "../../src/ops/conv2d.ts";
import { depthwiseConv2dOp } from "../../src/ops/depthwise-conv2d.ts";
import { add, div, exp, mul, tanh } from "../../src/ops/elementwise.ts";
import { literal } from "../../src/ops/literal.ts";
import { map } from "../../src/ops/map.ts";
import { transpose } from "../../src/ops/mat-mul.ts";
import { pad } from "../../src/ops/pad.ts";
import { reduceSum } from "../../src/ops/reduce.ts";
import { evaluateGraph } from "../ir/evaluate-graph.ts";

type Builder = Parameters<Trace>[0];
const input = (builder: Builder) => builder.input("x", { shape: [3], dtype: "float32", batched: false });
const simplified = (trace: Trace) => verifyGraph(simplify(traceGraph(trace)));
const names = (trace: Trace) => simplified(trace).nodes.map(({ op }) => op.name);

test("nodes that nobody reads are dropped, with all that only they read", () => {
  expect(
    names((builder) => {
      const x = input(builder);
      exp(tanh(x));
      builder.output("y", mul(x, 2));
    }),
  ).toEqual(["mul"]);
});

test("what only a variable's update reads stays", () => {
  expect(names((builder) => builder.update("v", tanh(builder.variable("v", [3]))))).toEqual(["tanh"]);
});

test("inputs and variables stay, read or not", () => {
  const graph = simplified((builder) => {
    input(builder);
    builder.variable("v", [2]);
  });
  expect([...graph.inputs.keys()]).toEqual(["x"]);
  expect(graph.variables.map(({ name }) => name)).toEqual(["v"]);
});

test("equal nodes are merged, all the way up", () => {
  expect(
    names((builder) => {
      const x = input(builder);
      builder.output("y", add(exp(mul(x, 2)), exp(mul(x, 2))));
      builder.output("z", exp(mul(x, 2)));
    }),
  ).toEqual(["mul", "exp", "add"]);
});

test("nodes with other operands, numbers or order stay apart", () => {
  expect(
    names((builder) => {
      const x = input(builder);
      builder.output("a", mul(x, 2));
      builder.output("b", mul(x, 3));
      builder.output("c", mul(2, x));
      builder.output("d", reduceSum(x, [0], true));
      builder.output("e", reduceSum(x, [0], false));
    }),
  ).toHaveLength(5);
});

test("-0, NaN and the infinities are not merged with what JSON takes them for", () => {
  const infinity = Number.POSITIVE_INFINITY;
  const values = { zero: 0, minus: -0, most: infinity, least: -infinity, nan: Number.NaN };
  const graph = simplified((builder) => {
    const x = input(builder);
    for (const [name, value] of Object.entries(values)) {
      builder.output(name, div(1, add(literal(builder, [value], [1]), map([x], e.mul(e.input(0), value)))));
      builder.output(`${name} literal`, div(1, literal(builder, [value], [1])));
    }
  });
  const { outputs } = evaluateGraph(graph, { x: [1, 2, 3] }, 1);
  expect(outputs["zero literal"]![0]).toBe(infinity);
  expect(outputs["minus literal"]![0]).toBe(-infinity);
  expect(outputs.zero![0]).toBe(infinity);
  expect(outputs.minus![0]).toBe(-infinity);
  expect(outputs["most literal"]![0]).toBe(0);
  expect(outputs["least literal"]![0]).toBe(-0);
  expect(outputs["nan literal"]![0]).toBeNaN();
  expect(outputs.nan![0]).toBeNaN();
});

test("attributes that are functions are equal only when they are the same function; typed arrays by content", () => {
  const customOp: Op<{ readonly scale: () => number; readonly table?: Float32Array }> = {
    name: "custom",
    infer: ([x]) => [x!],
    reference: ([x], [y], { attrs }) => y!.set(x!.map((value, i) => value * attrs.scale() + (attrs.table?.[i] ?? 0))),
  };
  const [double, triple] = [() => 2, () => 3];
  const tables = [Float32Array.of(1, 2, 3), Float32Array.of(1, 2, 4), Float32Array.of(1, 2, 3)];
  const graph = simplified((builder) => {
    const x = input(builder);
    builder.output("double", emitOne(customOp, [x], { scale: double }));
    builder.output("triple", emitOne(customOp, [x], { scale: triple }));
    builder.output("again", emitOne(customOp, [x], { scale: double }));
    tables.forEach((table, i) => {
      builder.output(`table${i}`, emitOne(customOp, [x], { scale: double, table }));
    });
  });
  const { outputs } = evaluateGraph(graph, { x: [1, 2, 3] }, 1);
  expect([...outputs.double!]).toEqual([2, 4, 6]);
  expect([...outputs.triple!]).toEqual([3, 6, 9]);
  expect([...outputs.table1!]).toEqual([3, 6, 10]);
  expect(graph.outputs.get("again")).toBe(graph.outputs.get("double"));
  expect(graph.outputs.get("table2")).toBe(graph.outputs.get("table0"));
  expect(graph.nodes).toHaveLength(4);
});

test("ops of one name that do something else are not merged", () => {
  const constantOp = (value: number): Op => ({
    name: "constant",
    infer: ([x]) => [x!],
    reference: (_inputs, [y]) => y!.fill(value),
  });
  const graph = simplified((builder) => {
    const x = input(builder);
    for (const value of [1, 2]) builder.output(`y${value}`, emitOne(constantOp(value), [x], {}));
  });
  const { outputs } = evaluateGraph(graph, { x: [0, 0, 0] }, 1);
  expect([outputs.y1![0], outputs.y2![0]]).toEqual([1, 2]);
});

describe("transpositions of transpositions", () => {
  const image = (builder: Builder) => builder.input("x", { shape: [2, 3, 4, 5], dtype: "float32", batched: true });

  test("that undo each other are dropped, across forward and backward", () => {
    expect(
      names((builder) => {
        const x = image(builder);
        const y = transpose(transpose(transpose(transpose(x, [0, 2, 3, 1]), [0, 3, 1, 2]), [0, 2, 3, 1]), [0, 3, 1, 2]);
        builder.output("y", tanh(y));
      }),
    ).toEqual(["tanh"]);
  });

  test("that do not are one, with the same values", () => {
    const trace: Trace = (builder) => {
      const x = image(builder);
      builder.output("y", transpose(transpose(x, [0, 2, 1, 3]), [0, 3, 1, 2]));
    };
    const graph = simplified(trace);
    expect(graph.nodes.map(({ op, attrs }) => [op.name, attrs])).toEqual([
      ["transpose", { permutation: [0, 3, 2, 1] }],
    ]);
    const feeds = { x: Float64Array.from({ length: 120 }, (_, i) => i) };
    expect(evaluateGraph(graph, feeds, 2, {}).outputs).toEqual(evaluateGraph(traceGraph(trace), feeds, 2, {}).outputs);
  });

  test("the first one stays where others read it, and outputs that are inputs again", () => {
    const graph = simplified((builder) => {
      const turned = transpose(image(builder), [0, 2, 3, 1]);
      builder.output("turned", turned);
      builder.output("back", transpose(turned, [0, 3, 1, 2]));
    });
    expect(graph.nodes.map(({ op }) => op.name)).toEqual(["transpose"]);
    expect(graph.outputs.get("back")).toBe(graph.inputs.get("x"));
  });
});

describe("zeros around what a convolution pads", () => {
  const attrs: Conv2dAttrs = {
    strides: [2, 1],
    pad: [
      [1, 0],
      [0, 2],
    ],
    dilation: [1, 2],
    inputDilation: [1, 1],
    groups: 1,
  };
  const shapes = { x: [2, 5, 6, 3], w: [3, 2, 3, 4], d: [3, 2, 3, 2] };
  const zeros = (before: number, after: number) =>
    [
      [0, 0],
      [2, 1],
      [before, after],
      [0, 0],
    ] as const;
  const image = (builder: Builder) => builder.input("x", { shape: shapes.x, dtype: "float32", batched: true });
  const feeds = { x: Float64Array.from({ length: 180 }, (_, i) => Math.sin(i)) };
  const variables = {
    w: Float64Array.from({ length: 72 }, (_, i) => Math.cos(i)),
    d: Float64Array.from({ length: 36 }, (_, i) => Math.cos(2 * i)),
  };
  /** Both graphs, with equal values. */
  const compare = (trace: Trace) => {
    const [plain, graph] = [traceGraph(trace), simplified(trace)];
    const run = (each: typeof graph) => {
      const { outputs } = evaluateGraph(each, feeds, 2, variables);
      return Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, Array.from(values)]));
    };
    const [expected, values] = [run(plain), run(graph)];
    expect(
      Object.values(expected)
        .flat()
        .some((value) => value !== 0),
    ).toBe(true);
    for (const [name, wanted] of Object.entries(expected))
      values[name]!.forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i]!, 10);
      });
    return graph.nodes.map(({ op }) => op.name);
  };

  test("become its padding, forward and in the gradients by kernels", () => {
    const names = compare((builder) => {
      const [x, w, d] = [image(builder), builder.variable("w", shapes.w), builder.variable("d", shapes.d)];
      const padded = pad(x, zeros(1, 0));
      const y = conv2d(padded, w, attrs);
      const z = emitOne(depthwiseConv2dOp, [padded, d], { strides: [1, 2], pad: attrs.pad, dilation: [1, 1] });
      builder.output("y", y);
      builder.output("z", z);
      const total = add(reduceSum(mul(y, y), [0, 1, 2, 3], false), reduceSum(mul(z, z), [0, 1, 2, 3], false));
      const slopes = gradients(total, [w, d]);
      builder.output("dw", slopes[0]!);
      builder.output("dd", slopes[1]!);
    });
    expect(names).not.toContain("pad");
    expect(names).toEqual(expect.arrayContaining(["conv2dGradKernel", "depthwiseConv2dGradKernel"]));
  });

  test("stay where zeros stand between the cells, too, or where they are channels", () => {
    const stretched = compare((builder) => {
      const w = builder.variable("w", shapes.w);
      const padded = pad(image(builder), zeros(1, 0));
      builder.output("y", emitOne(conv2dOp, [padded, w], { ...attrs, inputDilation: [1, 2] }));
    });
    expect(stretched).toEqual(["pad", "conv2d"]);
    const deeper = compare((builder) => {
      const x = builder.input("x", { shape: [2, 5, 9, 2], dtype: "float32", batched: true });
      const channels = [
        [0, 0],
        [0, 0],
        [0, 0],
        [1, 0],
      ] as const;
      builder.output("y", conv2d(pad(x, channels), builder.variable("w", shapes.w), attrs));
    });
    expect(deeper).toEqual(["pad", "conv2d"]);
    const spread = compare((builder) => {
      const w = builder.variable("w", shapes.w);
      builder.output("y", conv2d(pad(image(builder), zeros(1, 0), [1, 1, 2, 1]), w, attrs));
    });
    expect(spread).toEqual(["pad", "conv2d"]);
  });
});
