/** Which values are float16: by their precisions in the graph, by the bytes of the program, by what the reference device rounds. */
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile/compile.ts";
import { gradients } from "../../src/compile/differentiate.ts";
import { ReferenceDevice } from "../../src/devices/reference/reference-device.ts";
import { traceGraph } from "../../src/engine/session.ts";
import { GraphBuilder, rewriteGraph, type Sym } from "../../src/ir/graph.ts";
import { convert } from "../../src/ir/precision.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import { conv2d } from "../../src/ops/conv2d.ts";
import { add, mul, relu, sub } from "../../src/ops/elementwise.ts";
import { gather } from "../../src/ops/gather.ts";
import { literal } from "../../src/ops/literal.ts";
import { matMul } from "../../src/ops/mat-mul.ts";
import { reduceSum } from "../../src/ops/reduce.ts";
import { argMax, reduceMax } from "../../src/ops/reduce-max.ts";
import { reshape } from "../../src/ops/reshape.ts";
import { softmax } from "../../src/ops/softmax.ts";
import { runGraph } from "../devices/run-graph.ts";

const same = {
  strides: [1, 1],
  pad: [
    [1, 1],
    [1, 1],
  ],
  dilation: [1, 1],
  inputDilation: [1, 1],
  groups: 1,
} as const;

describe("precisions", () => {
  const builder = new GraphBuilder();
  const x = builder.input("x", { shape: [4, 6], dtype: "float32", batched: true });
  const bytes = builder.input("bytes", { shape: [4, 6], dtype: "uint8", batched: true });
  const w = builder.variable("w", [6, 5]);
  const half = convert(x, "float16");
  const weights = convert(w, "float16");
  const cases: [string, Sym, string | undefined][] = [
    ["an input", x, "float32"],
    ["what is converted", half, "float16"],
    ["converted twice", convert(half, "float16"), "float16"],
    ["converted back", convert(half, "float32"), "float32"],
    ["whole numbers, which are not converted", convert(bytes, "float16"), "float32"],
    ["a literal", literal(builder, [2], []), undefined],
    ["rows", builder.localRows(), undefined],
    ["float16 and a number", mul(half, 3), "float16"],
    ["float16 and a literal", add(half, literal(builder, [2], [1])), "float16"],
    ["float16 and rows", mul(half, builder.localRows()), "float16"],
    ["float16 and float32", add(half, x), "float32"],
    ["a product", matMul(half, weights), "float16"],
    ["a view", reshape(half, [4, 2, 3]), "float16"],
    ["a maximum", reduceMax(half, [1]), "float16"],
    ["a sum", reduceSum(half, [1]), "float32"],
    ["a sum over rows", reduceSum(half, [0]), "float32"],
    ["a place", argMax(half), "float32"],
    ["rows of a table", gather(weights, reduceSum(x, [1])), "float16"],
  ];
  test.each(cases)("%s", (_title, value, precision) => expect(value.precision).toBe(precision));

  test("the gradient of float16 is float16, that of a weight float32", () => {
    const y = relu(matMul(half, weights));
    const [dh, dw, dx] = gradients(reduceSum(mul(y, y), [0, 1]), [half, w, x]);
    expect([dh!.precision, dw!.precision, dx!.precision]).toEqual(["float16", "float32", "float32"]);
  });

  test("the gradient of float16 that met float32 on its way is float16", () => {
    const [dh] = gradients(reduceSum(mul(half, x), [0, 1]), [half]);
    expect(dh!.precision).toBe("float16");
  });

  test("a rewrite keeps the precision of what it replaces, and outputs are float32", () => {
    const graph = traceGraph((own) => {
      const h = convert(own.input("h", { shape: [4, 6], dtype: "float32", batched: true }), "float16");
      own.output("y", softmax(h));
    });
    const decomposed = verifyGraph(
      rewriteGraph(
        graph,
        ({ op, attrs }, inputs, into) => op.decompose?.(inputs, attrs) ?? into.emit(op, inputs, attrs),
      ),
    );
    const names = decomposed.nodes.map(({ op, outputs: [y] }) => `${op.name} ${y!.precision}`);
    expect(names).toContain("div float32");
    // The softmax was float16, and what is read of it is float32.
    expect(names.slice(-2)).toEqual(["convert float16", "convert float32"]);
  });
});

/** Convolutions one after the other, and their gradients. */
const step = (precision: "float16" | "float32") => (builder: GraphBuilder) => {
  const names = ["a", "b", "c", "d", "e"];
  const weights = names.map((name) => builder.variable(name, [3, 3, 8, 8]));
  let y = convert(builder.input("x", { shape: [4, 32, 32, 8], dtype: "float32", batched: true }), precision);
  for (const weight of weights) y = relu(conv2d(y, convert(weight, precision), same));
  const loss = reduceSum(mul(y, y), [0, 1, 2, 3]);
  builder.output("loss", loss);
  gradients(loss, weights).forEach((gradient, i) => {
    builder.update(names[i]!, sub(weights[i]!, mul(1e-4, gradient!)));
  });
};

const gpuLike = { ...new ReferenceDevice().traits, wholeBatch: true, fusedOperands: 8, alignment: 256 } as const;

test("stored as float16, the values of a step take half the memory", () => {
  const bytes = (["float32", "float16"] as const).map(
    (precision) =>
      compile(traceGraph(step(precision)), { ...gpuLike, float16: true }, (_, g) => verifyGraph(g)).regions.slice,
  );
  // And the input, which is fed as float32, has a copy.
  expect(bytes[1]! / bytes[0]!).toBeLessThan(0.6);
});

test("a device without float16 computes the float32 program, node by node", () => {
  const programs = (["float32", "float16"] as const).map((precision) => compile(traceGraph(step(precision)), gpuLike));
  const names = programs.map(({ phases }) => phases.flatMap(({ calls }) => calls.map(({ op }) => op.name)));
  expect(names[1]).toEqual(names[0]);
  expect(programs[1]!.regions).toEqual(programs[0]!.regions);
  expect(programs[1]!.buffers.some(({ half }) => half)).toBe(false);
});

test("what is stored is rounded to 11 bits, once; above 65504 it is infinite", async () => {
  const run = async (float16: boolean) => {
    const { outputs } = await runGraph(
      new ReferenceDevice({ float16 }),
      (builder) => {
        const x = convert(builder.input("x", { shape: [1, 5], dtype: "float32", batched: true }), "float16");
        builder.output("same", x);
        builder.output("square", mul(x, x));
        builder.output("sum", reduceSum(x, [1]));
      },
      { x: Float32Array.of(1 / 3, 1000, 65504, 1e-8, Number.NaN) },
      1,
    );
    return outputs;
  };
  const { same: rounded, square, sum } = await run(true);
  expect([...rounded!]).toEqual([0.333251953125, 1000, 65504, 0, Number.NaN]);
  // The square of the rounded number, rounded.
  expect([...square!]).toEqual([0.111083984375, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, Number.NaN]);
  expect(sum![0]).toBeNaN();
  const plain = await run(false);
  expect(plain.square![1]).toBe(1e6);
  expect(plain.same![0]).toBe(Math.fround(1 / 3));
});
