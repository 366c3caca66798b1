import { describe, expect, test } from "vitest";
import { InternalError } from "../../src/base/errors.ts";
import { compile } from "../../src/compile/compile.ts";
import { gradients } from "../../src/compile/differentiate.ts";
import { type Trace, traceGraph } from "../../src/engine/session.ts";
import type { Buffer, Program } from "../../src/ir/program.ts";
import { conv2d } from "../../src/ops/conv2d.ts";
import { add, cast, div, log, mul, neg, relu, sqrt, square, sub, tanh } from "../../src/ops/elementwise.ts";
import { matMul, transpose } from "../../src/ops/mat-mul.ts";
import { maxPool2d } from "../../src/ops/max-pool2d.ts";
import { reduceSum } from "../../src/ops/reduce.ts";
import { reshape } from "../../src/ops/reshape.ts";
import { softmax } from "../../src/ops/softmax.ts";
import { fc } from "../properties.ts";
import { compareProgram, settings, traitsOf } from "./compare-program.ts";
import { randomGraph } from "./random-graph.ts";
import { ProgramRunner } from "./run-program.ts";

const setting = fc.constantFrom(...settings);
const [x, z] = [Float64Array.from({ length: 12 }, (_, i) => Math.sin(i)), Float64Array.from([0, 7, 255, 3, 4, 5])];
const variables = { a: [1, 2, 3], b: [-4, 5, -6], c: [0.5, 0.25, 0.125] };

/** Compares a graph of x [4,3], bytes u [2,3]… and the variables a, b, c [3] in every setting and with every row count. */
function compareAll(trace: Trace): void {
  const graph = traceGraph(trace);
  for (const each of settings) compareProgram(graph, { x, u: z }, variables, [4, 1, 3], each);
}

describe("random graphs", () => {
  test("a planned program computes what its graph means", () => {
    const graphs = fc
      .record({ seed: fc.nat(), size: fc.integer({ min: 0, max: 30 }), capacity: fc.integer({ min: 1, max: 5 }) })
      .chain((graph) =>
        fc.record({
          graph: fc.constant(graph),
          rows: fc.array(fc.integer({ min: 1, max: graph.capacity }), { minLength: 1, maxLength: 3 }),
        }),
      );
    fc.assert(
      fc.property(graphs, setting, ({ graph: { seed, size, capacity }, rows }, each) => {
        const { graph, inputs, variables } = randomGraph(seed, size, capacity);
        compareProgram(graph, inputs, variables, rows, each);
      }),
      { numRuns: 400 },
    );
  });
});

describe("variables", () => {
  const three = (builder: Parameters<Trace>[0]) => ["a", "b", "c"].map((name) => builder.variable(name, [3]));

  test("can be swapped and turned round", () => {
    compareAll((builder) => {
      const [a, b] = three(builder);
      builder.update("a", b!);
      builder.update("b", a!);
    });
    compareAll((builder) => {
      const [a, b, c] = three(builder);
      builder.update("a", b!);
      builder.update("b", c!);
      builder.update("c", a!);
    });
  });

  test("keep their old value for those who read it later than it is updated", () => {
    compareAll((builder) => {
      const [a, b] = three(builder);
      builder.update("a", add(a!, 1));
      const late = mul(
        reduceSum(tanh(builder.input("x", { shape: [4, 3], dtype: "float32", batched: true })), [0]),
        b!,
      );
      builder.output("late", mul(a!, late));
    });
  });

  test("can be updated with a value that is an output, a view or another variable's too", () => {
    compareAll((builder) => {
      const [a, b] = three(builder);
      const value = add(a!, b!);
      builder.update("a", value);
      builder.update("b", value);
      builder.update("c", reshape(mul(reshape(value, [1, 3]), 2), [3]));
      builder.output("value", value);
      builder.output("again", value);
    });
  });

  test("can be outputs as they were before the step", () => {
    compareAll((builder) => {
      const [a] = three(builder);
      builder.output("old", a!);
      builder.output("row", reshape(a!, [1, 3]));
      builder.update("a", mul(a!, 2));
    });
  });

  test("are updated in place where nobody needs the old value", () => {
    const graph = traceGraph((builder) => {
      const [a, b] = three(builder);
      builder.update("a", add(a!, b!));
    });
    const program = compile(graph, traitsOf(settings[0]!));
    expect(program.phases).toHaveLength(1);
    expect(program.regions.shared).toBe(0);
    expect(program.phases[0]!.calls[0]!.outputs[0]!.buffer.name).toBe("a");
  });

  test("can take a sum over rows", () => {
    compareAll((builder) => {
      const [a, b] = three(builder);
      const sum = reduceSum(mul(builder.input("x", { shape: [4, 3], dtype: "float32", batched: true }), a!), [0]);
      builder.update("a", sum);
      builder.update("b", add(b!, a!));
    });
  });
});

describe("outputs", () => {
  test("can be inputs and views of inputs, of any dtype", () => {
    compareAll((builder) => {
      const x = builder.input("x", { shape: [4, 3], dtype: "float32", batched: true });
      builder.output("x", x);
      builder.output("flat", reshape(x, [4, 3, 1]));
      builder.output("rows", builder.localRows());
    });
    const graph = traceGraph((builder) => {
      const u = builder.input("u", { shape: [2, 3], dtype: "uint8", batched: true });
      builder.output("u", u);
      builder.output("flipped", add(cast(transpose(reshape(u, [2, 3, 1]), [0, 2, 1])), 0.5));
    });
    for (const each of settings) compareProgram(graph, { u: z }, {}, [2, 1], each);
  });
});

test("a training step of a convolutional network with Adam", () => {
  const shapes = { k1: [3, 3, 1, 4], k2: [2, 2, 4, 3], w: [12, 2] };
  const size = (shape: readonly number[]) => shape.reduce((product, axis) => product * axis, 1);
  const graph = traceGraph((builder) => {
    const images = builder.input("images", { shape: [5, 7, 7, 1], dtype: "float32", batched: true });
    const labels = builder.input("labels", { shape: [5, 2], dtype: "float32", batched: true });
    const weights = Object.entries(shapes).map(([name, shape]) => builder.variable(name, shape));
    const none = { strides: [1, 1], pad: [[0, 0], [0, 0]], dilation: [1, 1], groups: 1 } as const; // biome-ignore format: short
    const [k1, k2, w] = weights;
    const first = relu(conv2d(images, k1!, none));
    const second = relu(conv2d(first, k2!, { ...none, pad: [[0, 1], [1, 0]] })); // biome-ignore format: short
    const pooled = maxPool2d(second, { window: [2, 2], strides: [2, 2], pad: none.pad });
    const probabilities = softmax(matMul(reshape(pooled, [5, 12]), w!));
    const loss = div(reduceSum(neg(mul(labels, log(probabilities))), [0, 1]), builder.localRows());
    builder.output("loss", loss);
    gradients(loss, weights).forEach((gradient, i) => {
      const [name, shape] = Object.entries(shapes)[i]!;
      const [m, v] = [builder.variable(`${name}/m`, shape), builder.variable(`${name}/v`, shape)];
      const [first, second] = [
        add(mul(0.9, m), mul(0.1, gradient!)),
        add(mul(0.999, v), mul(0.001, square(gradient!))),
      ];
      builder.update(`${name}/m`, first);
      builder.update(`${name}/v`, second);
      builder.update(name, sub(weights[i]!, mul(0.01, div(first, add(sqrt(second), 1e-3)))));
    });
  });
  const start = Object.fromEntries(
    Object.entries(shapes).flatMap(([name, shape]) => [
      [name, Float64Array.from({ length: size(shape) }, (_, i) => Math.sin(3 * i + 1) / 2)],
      [`${name}/m`, new Float64Array(size(shape))],
      [`${name}/v`, new Float64Array(size(shape))],
    ]),
  );
  const feeds = {
    images: Float64Array.from({ length: 245 }, (_, i) => Math.cos(i * i)),
    labels: [1, 0, 0, 1, 0, 1, 1, 0, 1, 0],
  };
  for (const each of settings) compareProgram(graph, feeds, start, [5, 2], each);
  const fused = compareProgram(graph, feeds, start, [5], { ...settings[0]!, fuse: true, composites: false });
  expect(fused.phases.filter(({ kind }) => kind === "rows")).toHaveLength(1);
});

test("one step cannot mix batch sizes", () => {
  const graph = traceGraph((builder) => {
    builder.output("x", builder.input("x", { shape: [4, 3], dtype: "float32", batched: true }));
    builder.output("y", builder.input("y", { shape: [5, 3], dtype: "float32", batched: true }));
  });
  expect(() => compile(graph, traitsOf(settings[0]!))).toThrow(new InternalError("One step mixes batch sizes 4, 5."));
});

test("the simulated device shows memory that is reused too early", () => {
  const graph = traceGraph((builder) => {
    const a = builder.variable("a", [3]);
    builder.output("y", add(tanh(a), tanh(mul(a, 2))));
  });
  const program = compile(graph, traitsOf(settings[0]!));
  const crush = (buffer: Buffer): Buffer => ({ ...buffer, offset: 0 });
  const operands = (list: Program["phases"][0]["calls"][0]["inputs"]) =>
    list.map(({ buffer, spec }) => ({ spec, buffer: crush(buffer) }));
  const crushed: Program = {
    ...program,
    buffers: program.buffers.map(crush),
    phases: program.phases.map(({ kind, calls }) => ({
      kind,
      calls: calls.map((call) => ({ ...call, inputs: operands(call.inputs), outputs: operands(call.outputs) })),
    })),
  };
  const run = (tested: Program) => [...new ProgramRunner(tested, 1, "forward", { a: [1, 2, 3] }).step({}, 1).y!];
  const expected = [1, 2, 3].map((a) => Math.tanh(a) + Math.tanh(2 * a));
  expect(run(program)).toEqual(expected);
  expect(run(crushed)).not.toEqual(expected);
});

describe("room for slices", () => {
  const rowBytes = 4 * 256;

  test("a sum over rows comes before calls that need room, where it is the last to read a large value", () => {
    const program = compile(
      traceGraph((builder) => {
        const x = builder.input("x", { shape: [4, 256], dtype: "float32", batched: true });
        const weights = builder.variable("w", [256, 256]);
        const wide = matMul(x, weights);
        const wider = matMul(wide, weights);
        builder.output("rows", reduceSum(matMul(wider, weights), [1]));
        builder.output("sum", reduceSum(wide, [0]));
      }),
      { ...traitsOf(settings[0]!), sliceRows: 4 },
    );
    const { calls } = program.phases.find(({ kind }) => kind === "rows")!;
    const order = calls.map(({ op, mode }) => `${op.name} ${mode}`);
    expect(order.indexOf("reduceSum accumulate")).toBe(order.lastIndexOf("matMul map") - 1);
    expect(program.regions.slice).toBeLessThan(3 * 4 * rowBytes);
  });

  test("slices that would be large are planned for fewer rows", () => {
    const graph = traceGraph((builder) => {
      const x = builder.input("x", { shape: [16, 256], dtype: "float32", batched: true });
      builder.output("y", reduceSum(matMul(x, builder.variable("w", [256, 256])), [1]));
    });
    const rowsWithin = (sliceBytes: number) =>
      compile(graph, { ...traitsOf(settings[0]!), sliceRows: 12, sliceBytes }).phases.find(
        ({ kind }) => kind === "rows",
      )!.sliceRows;
    // Each row has its sum beside its product.
    expect(rowsWithin(13 * rowBytes)).toBe(12);
    expect(rowsWithin(12 * rowBytes)).toBe(6);
    expect(rowsWithin(4 * rowBytes)).toBe(3);
    expect(rowsWithin(1)).toBe(1);
  });
});
