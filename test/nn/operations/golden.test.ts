/** The functions of "fovea/ops": values by NumPy, gradients by central differences, shapes on symbolic tensors. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { tensor } from "../../../src/base/tensor.ts";
import type { Sym } from "../../../src/ir/graph.ts";
import type { KerasTensor } from "../../../src/nn/keras-tensor.ts";
import { operationCases } from "./cases.ts";
import { type Numbers, placeholder, runOperation } from "./run-operation.ts";

interface Golden {
  readonly inputs: readonly Numbers[];
  readonly output: Numbers;
}
const path = new URL("../../golden/operations.json", import.meta.url);
const golden = (JSON.parse(readFileSync(path, "utf8")) as { cases: Record<string, Golden> }).cases;

/** The largest |a − b| / max(1, |b|). */
const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(b).reduce((worst, value, i) => {
    const gap = Object.is(a[i], value) ? 0 : Math.abs(a[i]! - value) / Math.max(1, Math.abs(value));
    return gap > worst || Number.isNaN(gap) ? gap : worst;
  }, 0);

test("every case has its golden numbers and the other way round", () => {
  expect(Object.keys(operationCases).sort()).toEqual(Object.keys(golden).sort());
});

describe.each(Object.entries(operationCases))("%s", (name, { write, inputs: kinds, smooth }) => {
  const { inputs, output } = golden[name]!;

  test("has NumPy's values", () => {
    const { sym, values } = runOperation(write, inputs, kinds);
    expect(sym.spec.shape).toEqual(output.shape);
    expect(distance(values, output.data)).toBeLessThan(1e-6);
  });

  test.runIf(smooth)("has the gradient of central differences", () => {
    const cotangent = output.data.map((_, i) => Math.sin(3 * i + 1));
    const { gradients } = runOperation(write, inputs, kinds, { cotangent });
    const h = 1e-6;
    inputs.forEach(({ shape, data }, k) => {
      const slopes = data.map((_, i) => {
        const at = (value: number) => {
          const moved = inputs.map((own, j) => (j === k ? { shape, data: data.with(i, value) } : own));
          return runOperation(write, moved, kinds).values.reduce((sum, y, j) => sum + y * cotangent[j]!, 0);
        };
        return name.startsWith("where") && k === 0 ? 0 : (at(data[i]! + h) - at(data[i]! - h)) / (2 * h);
      });
      const own = gradients[k] ?? new Float64Array(data.length);
      if (!/^(take|binaryC|sparse)/.test(name) || gradients[k] !== undefined)
        expect(distance(own, slopes), `input ${k}`).toBeLessThan(2e-6);
    });
  });

  // Constants are values of a step; the functional API takes tensors in their place.
  const ofSteps = ["arange", "eye", "linspace"].includes(name);
  test.runIf(kinds.includes("b") && !ofSteps)("gives the same shape on symbolic tensors", () => {
    const operands = inputs.map(({ shape, data }, i) =>
      kinds[i] === "b" ? placeholder([null, ...shape.slice(1)]) : tensor(Float32Array.from(data), shape),
    );
    const made = write(...(operands as unknown as Sym[])) as unknown as KerasTensor;
    const { sym } = runOperation(write, inputs, kinds);
    expect(made.shape).toEqual(sym.spec.batched ? [null, ...output.shape.slice(1)] : output.shape);
  });
});
