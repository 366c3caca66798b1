import { describe, expect, test } from "vitest";
import { sizeOf } from "../../src/base/shape.ts";
import { decompose } from "../../src/compile/decompose.ts";
import { traceGraph } from "../../src/engine/session.ts";
import type { Graph } from "../../src/ir/graph.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import { type Conv2dAttrs, conv2dGradInputOp, conv2dOp } from "../../src/ops/conv2d.ts";
import { ops } from "../../src/ops/index.ts";
import { softmax } from "../../src/ops/softmax.ts";
import { relativeError } from "../ir/closeness.ts";
import { evaluateGraph, type Values } from "../ir/evaluate-graph.ts";
import { capacityOf, casesOf, drawInputs, emitCase, opNames } from "../ops/case-graph.ts";
import { fc } from "../properties.ts";

function expectSameMeaning(graph: Graph, feeds: Values, rows: number): void {
  const parts = verifyGraph(decompose(graph, { kernels: new Set() }));
  expect(parts.nodes.some(({ op }) => op.decompose !== undefined)).toBe(false);
  const [whole, composed] = [evaluateGraph(graph, feeds, rows), evaluateGraph(parts, feeds, rows)];
  for (const [name, values] of Object.entries(whole.outputs))
    expect(relativeError(composed.outputs[name]!, values), name).toBeLessThan(1e-9);
}

describe("a composite op means what its parts mean", () => {
  const composites = opNames.filter((name) => ops[name].decompose !== undefined);
  test.each(composites)("%s, in every case", (name) => {
    for (const each of casesOf(name)) {
      const graph = traceGraph((builder) => {
        emitCase(builder, each).outputs.forEach((output, i) => {
          builder.output(`y${i}`, output);
        });
      });
      const feeds = Object.fromEntries(drawInputs(each).map((x, i) => [`x${i}`, x]));
      expectSameMeaning(graph, feeds, capacityOf(each));
    }
  });

  test("conv2dGradInput, for random convolutions", () => {
    const small = fc.integer({ min: 0, max: 2 });
    const one = fc.integer({ min: 1, max: 3 });
    const two = <T>(part: fc.Arbitrary<T>) => fc.tuple(part, part);
    const attrs = fc.record({
      strides: two(one),
      pad: two(two(small)),
      dilation: two(one),
      inputDilation: two(fc.constantFrom(1, 1, 2)),
      groups: fc.integer({ min: 1, max: 2 }),
    });
    const sizes = fc.record({
      images: two(fc.integer({ min: 1, max: 6 })),
      kernel: two(one),
      cin: fc.integer({ min: 1, max: 2 }),
      cout: fc.integer({ min: 1, max: 2 }),
    });
    let tried = 0;
    fc.assert(
      fc.property(attrs, sizes, (attrs: Conv2dAttrs, { images, kernel, cin, cout }) => {
        const { groups } = attrs;
        const x = { shape: [2, ...images, cin * groups], dtype: "float32", batched: true } as const;
        const w = { shape: [...kernel, cin, cout * groups], dtype: "float32", batched: false } as const;
        const y = conv2dOp.infer([x, w], attrs)[0]!;
        fc.pre(y.shape.every((axis) => axis > 0));
        tried++;
        const graph = traceGraph((builder) => {
          const inputs = [builder.input("dy", y), builder.input("w", w)];
          builder.output("dx", builder.emit(conv2dGradInputOp, inputs, { ...attrs, size: images })[0]!);
        });
        const wave = (length: number) => Float64Array.from({ length }, (_, i) => Math.sin(i * i + 1));
        expectSameMeaning(graph, { dy: wave(sizeOf(y.shape)), w: wave(sizeOf(w.shape)) }, 2);
      }),
      { numRuns: 200 },
    );
    expect(tried).toBeGreaterThanOrEqual(200);
  });
});

test("an op that the device has a kernel for stays whole", () => {
  const graph = traceGraph((builder) =>
    builder.output("y", softmax(builder.input("x", { shape: [2, 3], dtype: "float32", batched: true }))),
  );
  expect(decompose(graph, { kernels: new Set(["softmax"]) }).nodes.map(({ op }) => op.name)).toEqual(["softmax"]);
  expect(decompose(graph, { kernels: new Set(["conv2dGradInput"]) }).nodes.map(({ op }) => op.name)).toEqual([
    "reduceMax",
    "sub",
    "exp",
    "reduceSum",
    "div",
  ]);
});
