/** Predictions whose last layers have more weights than values: rows come in larger slices there. */
import { expect, test } from "vitest";
import { compile } from "../../src/compile/compile.ts";
import { CpuDevice } from "../../src/devices/cpu/cpu-device.ts";
import { type Trace, traceGraph } from "../../src/engine/session.ts";
import type { Program, Traits } from "../../src/ir/program.ts";
import { add, mul, relu, tanh } from "../../src/ops/elementwise.ts";
import { matMul } from "../../src/ops/mat-mul.ts";
import { reduceSum } from "../../src/ops/reduce.ts";
import { reshape } from "../../src/ops/reshape.ts";
import { relativeError } from "../ir/closeness.ts";
import { evaluateGraph } from "../ir/evaluate-graph.ts";
import { traitsOf } from "./compare-program.ts";
import { checkProgram, ProgramRunner } from "./run-program.ts";

const ROWS = 8;
/** Images of 64 kB a row, then 3.2 MB of weights. */
const [PIXELS, CHANNELS, UNITS] = [40, 400, 2000] as const;
const shapes = { w: [CHANNELS, UNITS], v: [UNITS, 3] };

/** @param trains the weights change, too */
const network =
  (trains = false): Trace =>
  (builder) => {
    const x = builder.input("x", { shape: [ROWS, PIXELS, CHANNELS], dtype: "float32", batched: true });
    const w = builder.variable("w", shapes.w);
    const seen = reduceSum(tanh(mul(x, add(x, 1))), [1]);
    const wide = relu(matMul(seen, w));
    // A value of the first layers that is read behind the cut, and a view of one.
    const beside = reshape(seen, [ROWS, 4, CHANNELS / 4]);
    const sum = reshape(reduceSum(beside, [1, 2]), [ROWS, 1]);
    builder.output("y", add(matMul(wide, builder.variable("v", shapes.v)), sum));
    if (trains) builder.update("w", mul(w, 2));
  };

const traits: Traits = {
  ...traitsOf({ workers: 1, order: "forward", sliceRows: ROWS, fuse: true, composites: false }),
  sliceBytes: 100_000,
  cachedBytes: 50_000,
};
const rowsOf = ({ phases }: Program) => phases.flatMap(({ kind, sliceRows }) => (kind === "rows" ? [sliceRows] : []));

test("rows come one by one through large images, and several at a time through many weights", () => {
  expect(rowsOf(compile(traceGraph(network()), traits))).toEqual([1, 4]);
});

test("not where a step changes variables, where no cache is known, where the batch is small or weights are few", () => {
  const planned = (trace: Trace, own: Traits) => rowsOf(compile(traceGraph(trace), own));
  expect(planned(network(true), traits)).toEqual([1]);
  const { cachedBytes: _, ...unknown } = traits;
  expect(planned(network(), unknown)).toEqual([1]);
  expect(planned(network(), { ...traits, sliceRows: 1 })).toEqual([1]);
  const small: Trace = (builder) => {
    const x = builder.input("x", { shape: [ROWS, PIXELS, CHANNELS], dtype: "float32", batched: true });
    builder.output("y", matMul(reduceSum(tanh(x), [1]), builder.variable("w", [CHANNELS, 5])));
  };
  expect(planned(small, traits)).toEqual([1]);
});

const numbers = (count: number, scale: number) =>
  Float32Array.from({ length: count }, (_, i) => scale * Math.sin(i * i));
const feeds = { x: numbers(ROWS * PIXELS * CHANNELS, 1) };
const values = { w: numbers(CHANNELS * UNITS, 0.05), v: numbers(UNITS * 3, 0.05) };
const doubles = (of: Readonly<Record<string, Float32Array>>) =>
  Object.fromEntries(Object.entries(of).map(([name, numbers]) => [name, Float64Array.from(numbers)]));

test.each([1, 2, 3])("the planned program has the numbers of the graph, %i workers, short batches, too", (workers) => {
  const graph = traceGraph(network());
  const program = checkProgram(compile(graph, traits), traits);
  expect(rowsOf(program)).toEqual([1, 4]);
  const runner = new ProgramRunner(program, workers, "lot", doubles(values));
  for (const rows of [ROWS, 5, 1]) {
    const { y } = evaluateGraph(graph, doubles(feeds), rows, doubles(values)).outputs;
    expect(relativeError(runner.step(doubles(feeds), rows).y!, y!)).toBeLessThan(1e-7);
  }
});

test.each([1, 2, 5])("so has the CPU device with %i threads", async (threads) => {
  const cpu = await CpuDevice.start(threads === 1 ? { inline: true } : { threads });
  try {
    const program = compile(traceGraph(network()), { ...cpu.traits, sliceBytes: 100_000, cachedBytes: 50_000 });
    expect(rowsOf(program)).toEqual([1, 4]);
    for (const [name, shape] of Object.entries(shapes)) cpu.addVariable(name, shape);
    for (const [name, value] of Object.entries(values)) await cpu.write(name, value);
    const executable = await cpu.load(program);
    for (const rows of [ROWS, 5, 1, ROWS]) {
      const { y } = evaluateGraph(traceGraph(network()), doubles(feeds), rows, doubles(values)).outputs;
      const outputs = await executable.run(feeds, rows);
      expect(relativeError(outputs.y! as Float32Array, y!)).toBeLessThan(1e-5);
    }
  } finally {
    cpu.dispose();
  }
});
