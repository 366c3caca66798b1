/** Which values each worker makes for itself. That they are the right ones is what every test with several workers tells. */
import { expect, test } from "vitest";
import { compile } from "../../../src/compile/compile.ts";
import { findCopies } from "../../../src/devices/cpu/copies.ts";
import { CpuDevice } from "../../../src/devices/cpu/cpu-device.ts";
import { type Trace, traceGraph } from "../../../src/engine/session.ts";
import { add } from "../../../src/ops/elementwise.ts";
import { matMul, transpose } from "../../../src/ops/mat-mul.ts";
import { reduceSum } from "../../../src/ops/reduce.ts";

/** x · (w · w)ᵀ + Σ v, where w has so many units and v so many values. */
const trace =
  (units: number, values: number): Trace =>
  (builder) => {
    const x = builder.input("x", { shape: [3, units], dtype: "float32", batched: true });
    const w = builder.variable("w", [units, units]);
    const v = builder.variable("v", [values]);
    const product = matMul(x, transpose(matMul(w, w), [1, 0]));
    builder.output("y", add(product, reduceSum(v, [0])));
  };

async function copiesOf(units: number, values: number, workers: number): Promise<string[]> {
  const cpu = await CpuDevice.start({ inline: true });
  const { phases } = compile(traceGraph(trace(units, values)), cpu.traits);
  cpu.dispose();
  const copies = findCopies(phases, workers);
  const calls = phases.flatMap((phase) => phase.calls);
  return calls.filter(({ outputs }) => outputs.some(({ buffer }) => copies.has(buffer))).map(({ op }) => op.name);
}

test.each([
  {
    name: "small values of variables, and what is made of them",
    units: 4,
    values: 8,
    workers: 2,
    copies: ["matMul", "packStrips", "reduceSum", "transpose"],
  },
  { name: "nothing for a worker that is alone", units: 4, values: 8, workers: 1, copies: [] },
  {
    name: "no sum over many values",
    units: 4,
    values: 2 ** 18,
    workers: 2,
    copies: ["matMul", "packStrips", "transpose"],
  },
  { name: "no large matrix", units: 512, values: 8, workers: 2, copies: ["reduceSum"] },
  { name: "no matrix that would be large in all copies", units: 256, values: 8, workers: 5, copies: ["reduceSum"] },
])("$name", async ({ units, values, workers, copies }) => {
  expect((await copiesOf(units, values, workers)).sort()).toEqual(copies);
});

test("nothing that is made of a variable which changes before the first rows", async () => {
  const cpu = await CpuDevice.start({ inline: true });
  const { phases } = compile(
    traceGraph((builder) => {
      const a = builder.variable("a", [2, 2]);
      const b = builder.variable("b", [2, 2]);
      builder.update("a", add(a, b));
      builder.output("y", matMul(transpose(a, [1, 0]), transpose(b, [1, 0])));
    }),
    cpu.traits,
  );
  cpu.dispose();
  const calls = phases.flatMap((phase) => phase.calls);
  const copies = findCopies(phases, 2);
  const copied = calls.filter(({ outputs }) => outputs.some(({ buffer }) => copies.has(buffer)));
  expect(copied.map(({ inputs }) => inputs.map(({ buffer }) => buffer.name))).toEqual([["b"]]);
});
