import { describe, expect, test } from "vitest";
import { fuse } from "../../src/compile/fuse.ts";
import { simplify } from "../../src/compile/simplify.ts";
import { type Trace, traceGraph } from "../../src/engine/session.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import { add, div, exp, mul, relu, sqrt, square, sub, tanh } from "../../src/ops/elementwise.ts";
import { matMul } from "../../src/ops/mat-mul.ts";
import { reduceSum } from "../../src/ops/reduce.ts";
import { relativeError } from "../ir/closeness.ts";
import { evaluateGraph } from "../ir/evaluate-graph.ts";
import { fc } from "../properties.ts";
import { randomGraph } from "./random-graph.ts";

type Builder = Parameters<Trace>[0];
const rows = (builder: Builder, width = 3) =>
  builder.input(`x${width}`, { shape: [2, width], dtype: "float32", batched: true });
const fused = (trace: Trace) => verifyGraph(fuse(simplify(traceGraph(trace)), 24));

test("a chain becomes one call", () => {
  const graph = fused((builder) => {
    builder.output("y", relu(add(tanh(rows(builder)), builder.variable("b", [3]))));
  });
  expect(graph.nodes.map(({ op }) => op.name)).toEqual(["fused"]);
  expect(graph.nodes[0]!.inputs).toHaveLength(2);
});

test("a value that is wanted on the way comes out as a second output", () => {
  const graph = fused((builder) => {
    const inner = exp(rows(builder));
    builder.output("y", add(inner, 1));
    builder.output("inner", inner);
  });
  expect(graph.nodes).toHaveLength(1);
  expect(graph.nodes[0]!.outputs).toHaveLength(2);
});

test("an update in the manner of Adam is one call with three outputs", () => {
  const graph = fused((builder) => {
    const [w, m, v] = ["w", "m", "v"].map((name) => builder.variable(name, [5])) as [never, never, never];
    const gradient = builder.input("g", { shape: [5], dtype: "float32", batched: false });
    const first = add(mul(0.9, m), mul(0.1, gradient));
    const second = add(mul(0.99, v), mul(0.01, square(gradient)));
    builder.update("m", first);
    builder.update("v", second);
    builder.update("w", sub(w, div(mul(0.01, first), add(sqrt(second), 1e-7))));
  });
  expect(graph.nodes).toHaveLength(1);
  expect(graph.nodes[0]!.outputs).toHaveLength(3);
  expect(graph.nodes[0]!.inputs).toHaveLength(4);
});

test("values of other shapes stay apart", () => {
  const graph = fused((builder) => {
    const bias = exp(builder.variable("b", [3]));
    builder.output("y", add(rows(builder), bias));
  });
  expect(graph.nodes.map(({ outputs }) => outputs[0]!.spec.shape)).toEqual([[3], [2, 3]]);
});

test("a chain with something else in its middle is not merged into a cycle", () => {
  const graph = fused((builder) => {
    const x = rows(builder);
    const before = exp(x);
    const sum = reduceSum(before, [1], true);
    builder.output("y", mul(div(before, sum), x));
  });
  expect(graph.nodes.map(({ op }) => op.name)).toEqual(["fused", "reduceSum", "fused"]);
});

test("a cycle through another group is seen", () => {
  const graph = fused((builder) => {
    const x = rows(builder);
    const [a, b] = [exp(x), matMul(tanh(x), builder.variable("w", [3, 4]))];
    const [c, d] = [tanh(b), relu(matMul(a, builder.variable("w", [3, 4])))];
    builder.output("y", add(c, d));
    builder.output("z", mul(matMul(c, builder.variable("u", [4, 3])), a));
    builder.output("q", mul(matMul(d, builder.variable("u", [4, 3])), x));
  });
  expect(graph.nodes.filter(({ op }) => op.name === "matMul")).toHaveLength(4);
});

test("a cycle is seen through a group that became newer after it was read", () => {
  const graph = fused((builder) => {
    const other = builder.input("other", { shape: [2, 3], dtype: "float32", batched: true });
    const weights = builder.variable("w", [3, 3]);
    const p = exp(rows(builder));
    const readsP = matMul(p, weights);
    const q = tanh(other);
    // Joins the group of p, which `readsP` needs: from now on that needs q.
    builder.output("n", mul(p, matMul(q, weights)));
    // Must not join the group of q.
    builder.output("m", add(q, readsP));
  });
  expect(graph.nodes.filter(({ op }) => op.name === "fused")).toHaveLength(3);
});

describe("waiting", () => {
  test("rows do not wait for a sum over the batch that they do not need", () => {
    const graph = fused((builder) => {
      const x = rows(builder);
      const total = reduceSum(exp(x), [0, 1]);
      builder.output("mean", div(total, builder.localRows()));
      builder.output("y", mul(tanh(x), div(1, builder.localRows())));
    });
    // Neither `y` nor the scalar 1/rows that it reads comes from a call that reads the sum.
    const total = graph.nodes.find(({ op }) => op.name === "reduceSum")!.outputs[0]!;
    const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
    const pending = [graph.outputs.get("y")!];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      expect(next).not.toBe(total);
      pending.push(...(makers.get(next)?.inputs ?? []));
    }
  });
});

test("a fused random graph means the same", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 3 }), (seed, size, capacity) => {
      const { graph, inputs, variables } = randomGraph(seed, size, capacity);
      const merged = verifyGraph(fuse(verifyGraph(simplify(graph)), 24));
      expect(merged.nodes.every(({ op }) => op.name === "fused" || op.elementwise === undefined)).toBe(true);
      const [expected, actual] = [graph, merged].map((each) => evaluateGraph(each, inputs, capacity, variables));
      for (const part of ["outputs", "variables"] as const)
        for (const [name, values] of Object.entries(expected![part]))
          expect(relativeError(actual![part][name]!, values), name).toBeLessThan(1e-12);
    }),
    { numRuns: 200 },
  );
});
