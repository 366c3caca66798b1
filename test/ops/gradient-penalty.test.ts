/** Second derivatives through a whole network: the gradient of ‖d loss / d image‖² by every weight. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { type Shape, sizeOf } from "../../src/base/shape.ts";
import { gradients } from "../../src/compile/differentiate.ts";
import { CpuDevice } from "../../src/devices/cpu/cpu-device.ts";
import { GraphBuilder, type Sym } from "../../src/ir/graph.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import { averagePool2d } from "../../src/ops/average-pool2d.ts";
import { conv2d } from "../../src/ops/conv2d.ts";
import { depthwiseConv2d } from "../../src/ops/depthwise-conv2d.ts";
import { add, div, log, mul, neg, relu, sqrt, square, sub, tanh } from "../../src/ops/elementwise.ts";
import { matMul } from "../../src/ops/mat-mul.ts";
import { maxPool2d } from "../../src/ops/max-pool2d.ts";
import { normalize } from "../../src/ops/normalize.ts";
import { reduceSum } from "../../src/ops/reduce.ts";
import { reshape } from "../../src/ops/reshape.ts";
import { softmax } from "../../src/ops/softmax.ts";
import { runGraph } from "../devices/run-graph.ts";
import { relativeError } from "../ir/closeness.ts";
import { evaluateGraph } from "../ir/evaluate-graph.ts";

const ROWS = 3;
const image = [ROWS, 7, 6, 2];
const weightShapes: Readonly<Record<string, Shape>> = {
  kernel: [3, 3, 2, 4],
  depthwise: [3, 3, 4, 1],
  second: [2, 2, 4, 3],
  dense: [6, 5],
};

const plain = { strides: [1, 1], pad: [[1, 1], [1, 1]], dilation: [1, 1] } as const; // biome-ignore format: matrices
const pool = (size: number) => ({ window: [size, size], strides: [2, 2], pad: [[0, 0], [0, 1]] }) as const; // biome-ignore format: matrices

/** (x − mean) / √(variance + 0.1) over rows and pixels, as batch normalisation has it. */
function standardize(x: Sym): Sym {
  const [n, h, w] = x.spec.shape as [number, number, number, number];
  const mean = (value: Sym) => div(reduceSum(value, [0, 1, 2], true), n * h * w);
  const center = mean(x);
  const variance = mean(square(sub(x, center)));
  return normalize(x, center, div(1, sqrt(add(variance, 0.1))));
}

/** −Σ targets · ln softmax. */
function loss(x: Sym, targets: Sym, weights: Readonly<Record<string, Sym>>): Sym {
  const { kernel, depthwise, second, dense } = weights;
  const first = tanh(standardize(conv2d(x, kernel!, { ...plain, groups: 1 })));
  const pooled = maxPool2d(relu(add(depthwiseConv2d(first, depthwise!, plain), 0.3)), pool(2));
  const narrow = averagePool2d(conv2d(pooled, second!, { ...plain, strides: [2, 1], groups: 1 }), pool(2));
  const flat = reshape(narrow, [ROWS, sizeOf(narrow.spec.shape) / ROWS]);
  return neg(reduceSum(mul(targets, log(softmax(matMul(flat, dense!)))), [0, 1]));
}

/** Writes the penalty and its gradient by every weight. */
function write(builder: GraphBuilder): void {
  const rows = (shape: Shape) => ({ shape, dtype: "float32", batched: true }) as const;
  const [x, targets] = [builder.input("x", rows(image)), builder.input("targets", rows([ROWS, 5]))];
  const names = Object.keys(weightShapes);
  const weights = Object.fromEntries(
    names.map((name) => [name, builder.input(name, { shape: weightShapes[name]!, dtype: "float32", batched: false })]),
  );
  const [slope] = gradients(loss(x, targets, weights), [x]);
  const penalty = reduceSum(square(slope!), [0, 1, 2, 3]);
  builder.output("penalty", penalty);
  gradients(penalty, Object.values(weights)).forEach((gradient, i) => {
    builder.output(names[i]!, gradient!);
  });
}

const random = new RandomStream(keyOf(11));
const normal = (shape: Shape) => Float32Array.from({ length: sizeOf(shape) }, () => random.normal());
const feeds: Record<string, Float32Array> = {
  x: normal(image),
  targets: Float32Array.from({ length: ROWS * 5 }, (_, i) => (i % 6 === 0 ? 1 : 0)),
  ...Object.fromEntries(Object.entries(weightShapes).map(([name, shape]) => [name, normal(shape)])),
};

const trace = () => {
  const builder = new GraphBuilder();
  write(builder);
  return verifyGraph(builder.finish());
};

test("is its central difference", () => {
  const graph = trace();
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, values]) => [name, Float64Array.from(values)]));
  const run = (values: typeof inputs) => evaluateGraph(graph, values, ROWS).outputs;
  const analytic = run(inputs);
  for (const name of Object.keys(weightShapes)) {
    const values = inputs[name]!;
    const elements = [...random.permutation(values.length)].slice(0, 20);
    const expected = elements.map((i) => {
      const moved = (by: number) => run({ ...inputs, [name]: values.with(i, values[i]! + by) }).penalty![0]!;
      return (moved(1e-5) - moved(-1e-5)) / 2e-5;
    });
    const actual = elements.map((i) => analytic[name]![i]!);
    expect(Math.max(...expected.map(Math.abs)), name).toBeGreaterThan(1e-3);
    expect(relativeError(actual, expected), name).toBeLessThan(1e-6);
  }
});

describe("on the CPU device", () => {
  let device: CpuDevice | undefined;
  beforeAll(async () => {
    device = await CpuDevice.start({ inline: true });
  });
  afterAll(() => device?.dispose());

  test("is what the plain meaning gives", async () => {
    const { outputs } = await runGraph(device!, write, feeds, ROWS);
    const expected = evaluateGraph(trace(), feeds, ROWS).outputs;
    for (const [name, values] of Object.entries(expected))
      expect(relativeError(outputs[name]!, values), name).toBeLessThan(1e-4);
  });
});
