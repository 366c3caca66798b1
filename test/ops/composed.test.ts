import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gradients } from "../../src/compile/differentiate.ts";
import type { Device } from "../../src/ir/device.ts";
import { GraphBuilder, type Spec, type Sym } from "../../src/ir/graph.ts";
import { elu, gelu, glu, leakyRelu, relu6, softplus, softShrink, sparsemax } from "../../src/ops/activations.ts";
import {
  ceil,
  floorDivide,
  greater,
  greaterEqual,
  isFiniteNumber,
  isNan,
  logicalAnd,
  logicalNot,
  logicalOr,
  mod,
  notEqual,
  reciprocal,
  rsqrt,
} from "../../src/ops/composed.ts";
import { reduceSum } from "../../src/ops/reduce.ts";
import { deviceList } from "../devices/device-list.ts";
import { runGraph } from "../devices/run-graph.ts";
import { evaluateGraph } from "../ir/evaluate-graph.ts";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const vector = (length: number): Spec => ({ shape: [length], dtype: "float32", batched: false });

interface Case {
  readonly name: string;
  readonly inputs: readonly (readonly number[])[];
  readonly expected: readonly number[];
  write(...values: Sym[]): Sym;
}

const cases: readonly Case[] = [
  { name: "ceil", write: (x) => ceil(x!), inputs: [[-1.5, 1.2, 2, nan]], expected: [-1, 2, 2, nan] },
  { name: "reciprocal", write: (x) => reciprocal(x!), inputs: [[4, -0.5]], expected: [0.25, -2] },
  { name: "rsqrt", write: (x) => rsqrt(x!), inputs: [[4, 0.25]], expected: [0.5, 2] },
  {
    name: "floorDivide",
    write: (a, b) => floorDivide(a!, b!),
    inputs: [
      [7, -7, 7],
      [2, 2, -2],
    ],
    expected: [3, -4, -4],
  },
  {
    name: "mod",
    write: (a, b) => mod(a!, b!),
    inputs: [
      [7, -7, 7, 5.5],
      [3, 3, -3, 2],
    ],
    expected: [1, 2, -2, 1.5],
  },
  {
    name: "greater",
    write: (a, b) => greater(a!, b!),
    inputs: [
      [1, 2, 3, nan],
      [2, 2, 2, 2],
    ],
    expected: [0, 0, 1, 0],
  },
  { name: "greaterEqual", write: (a) => greaterEqual(a!, 2), inputs: [[1, 2, 3, nan]], expected: [0, 1, 1, 0] },
  { name: "notEqual", write: (a) => notEqual(a!, 2), inputs: [[1, 2, nan]], expected: [1, 0, 1] },
  {
    name: "logicalAnd",
    write: (a, b) => logicalAnd(a!, b!),
    inputs: [
      [0, 0, 1, 1],
      [0, 1, 0, 1],
    ],
    expected: [0, 0, 0, 1],
  },
  {
    name: "logicalOr",
    write: (a, b) => logicalOr(a!, b!),
    inputs: [
      [0, 0, 1, 1],
      [0, 1, 0, 1],
    ],
    expected: [0, 1, 1, 1],
  },
  { name: "logicalNot", write: (x) => logicalNot(x!), inputs: [[0, 1]], expected: [1, 0] },
  { name: "isNan", write: (x) => isNan(x!), inputs: [[0, nan, infinity, -infinity]], expected: [0, 1, 0, 0] },
  {
    name: "isFiniteNumber",
    write: (x) => isFiniteNumber(x!),
    inputs: [[0, nan, infinity, -infinity, 3e38]],
    expected: [1, 0, 0, 0, 1],
  },
];

describe.each(deviceList.filter(({ name }) => ["reference", "cpu, inline", "gpu"].includes(name)))(
  "$name",
  ({ start }) => {
    let device: Device | undefined;
    beforeAll(async () => {
      device = await start();
    });
    afterAll(() => device?.dispose());

    test("gives what they mean", async () => {
      const feeds = cases.flatMap(({ name, inputs }) =>
        inputs.map((values, i) => [`${name} ${i}`, Float32Array.from(values)] as const),
      );
      const { outputs } = await runGraph(
        device!,
        (builder) => {
          for (const { name, inputs, write } of cases)
            builder.output(
              name,
              write(...inputs.map(({ length }, i) => builder.input(`${name} ${i}`, vector(length)))),
            );
        },
        Object.fromEntries(feeds),
        1,
      );
      for (const { name, expected } of cases)
        expect(
          [...outputs[name]!].map((value) => value + 0),
          name,
        ).toEqual(expected);
    });
  },
);

/** Values and slopes of a function of one vector. */
function run(write: (x: Sym) => Sym, x: readonly number[], shape: readonly number[] = [x.length]) {
  const builder = new GraphBuilder();
  const input = builder.input("x", { ...vector(x.length), shape });
  const y = write(input);
  builder.output("y", y);
  const all = y.spec.shape.map((_, axis) => axis);
  builder.output("dx", gradients(reduceSum(y, all), [input])[0]!);
  const { outputs } = evaluateGraph(builder.finish(), { x }, 1);
  return { y: [...outputs.y!], dx: [...outputs.dx!] };
}

describe("activations", () => {
  test("have Keras's slopes at their kinks", () => {
    expect(run(relu6, [0, 3, 6]).dx).toEqual([0, 1, 0]);
    expect(run(leakyRelu, [0, 1]).dx).toEqual([0.2, 1]);
    expect(run(elu, [0, 1]).dx).toEqual([1, 1]);
    expect(run(softplus, [0]).dx).toEqual([0.5]);
    expect(run(softShrink, [-0.5, 0.5, 0.75]).dx).toEqual([0, 0, 1]);
  });

  test("are finite far from 0, slopes too", () => {
    for (const write of [softplus, gelu, elu]) {
      const { y, dx } = run(write, [-800, 800]);
      expect(y[1]).toBe(800);
      expect(Math.abs(y[0]! + (write === elu ? 1 : 0))).toBeLessThan(1e-300);
      expect(dx[1]).toBe(1);
      expect(Math.abs(dx[0]!)).toBeLessThan(1e-300);
    }
  });

  test("sparsemax with two in the support is Keras's; equal entries count one after the other", () => {
    // Falling: 1.5, 1, −2; S = 1.5, 2.5; 1 + 2·1 > 2.5, 1 − 3·2 < 0.5; τ = (1.5 + 2.5 − 1) / 2 = 1.5.
    expect(run(sparsemax, [1, -2, 1.5], [1, 3]).y).toEqual([0, 0, 0]);
    // Falling: 0.2, 0.2, −3; S = 0.2, 0.4; τ = (0.6 − 1) / 2 = −0.2.
    run(sparsemax, [0.2, -3, 0.2], [1, 3]).y.forEach((value, i) => {
      expect(value).toBeCloseTo([0.4, 0, 0.4][i]!, 12);
    });
  });

  test("glu needs an even axis", () => {
    expect(() => run(glu, [1, 2, 3], [1, 3])).toThrow("glu halves the last axis of [batch, …, 2n], got (1, 3).");
  });
});
