import { describe, expect, test } from "vitest";
import { sizeOf } from "../../../src/base/shape.ts";
import { emitArgMax } from "../../../src/devices/cpu/kernels/arg-max.ts";
import { emitCombine } from "../../../src/devices/cpu/kernels/combine.ts";
import { emitReduceMax, emitReduceSum } from "../../../src/devices/cpu/kernels/reduce.ts";
import type { CallMode } from "../../../src/ir/program.ts";
import { reduceSumOp } from "../../../src/ops/reduce.ts";
import { argMaxOp, reduceMaxOp } from "../../../src/ops/reduce-max.ts";
import { fc } from "../../properties.ts";
import { kernelMemory } from "./kernel-memory.ts";
import { infinity, nan, randomFloats, randomInput, referenceOf } from "./random-values.ts";
import { type KernelInput, runKernel } from "./run-kernel.ts";

const features = { relaxed: false, wide: false };

function runSum(input: KernelInput, axes: readonly number[], mode: CallMode, parts = 1, before?: Float32Array) {
  const attrs = { axes, keepDims: false };
  const initial = before === undefined ? {} : { before: [before] };
  return runKernel({
    emit: emitReduceSum,
    op: reduceSumOp,
    attrs,
    mode,
    inputs: [input],
    features,
    parts,
    ...initial,
  })[0]!;
}

const sumOf = (input: KernelInput, axes: readonly number[]) =>
  referenceOf(reduceSumOp, { axes, keepDims: false }, [input])[0]!;

/** Largest error relative to the magnitude of what was added: terms may cancel. */
function sumError(found: Float32Array, input: KernelInput, axes: readonly number[], before?: Float32Array): number {
  const wanted = sumOf(input, axes);
  const magnitude = sumOf({ ...input, data: Float32Array.from(input.data, Math.abs) }, axes);
  if (found.length !== wanted.length) return infinity;
  return wanted.reduce((worst, value, i) => {
    const start = before?.[i] ?? 0;
    return Math.max(worst, Math.abs(found[i]! - value - start) / (magnitude[i]! + Math.abs(start)));
  }, 0);
}

describe("reduceSum", () => {
  test.each([
    { shape: [7, 10], axes: [1] },
    { shape: [3, 2, 11], axes: [2] },
    { shape: [3, 5, 2, 7], axes: [1, 2] },
    { shape: [3, 5, 2, 7], axes: [1, 3] },
    { shape: [2, 3, 4, 5, 6], axes: [2, 4] },
    { shape: [5, 3], axes: [] },
    { shape: [2, 9, 9, 67], axes: [1, 2] },
    { shape: [2, 1001], axes: [1] },
    { shape: [13], axes: [] },
    { shape: [1, 1], axes: [1] },
  ])("of rows $shape over $axes", ({ shape, axes }) => {
    const input = randomInput(shape, true);
    for (const parts of [1, 2]) expect(sumError(runSum(input, axes, "map", parts), input, axes)).toBeLessThan(1e-6);
  });

  test.each([
    { shape: [5, 3], axes: [0] },
    { shape: [5, 3, 2], axes: [0, 2] },
    { shape: [3, 5, 4, 7], axes: [0, 1, 2] },
    { shape: [5, 7], axes: [0, 1] },
    { shape: [7], axes: [0] },
    { shape: [4, 26, 26, 64], axes: [0, 1, 2] },
    { shape: [3, 5, 100], axes: [0, 1] },
    { shape: [3, 6, 5, 3], axes: [0, 2] },
    { shape: [1, 1], axes: [0, 1] },
  ])("adds $shape over $axes to what is there, slice by slice", ({ shape, axes }) => {
    const input = randomInput(shape, true);
    const before = randomFloats(sumOf(input, axes).length);
    for (const parts of [1, 3])
      expect(sumError(runSum(input, axes, "accumulate", parts, before), input, axes, before)).toBeLessThan(2e-6);
  });

  test.each([
    { shape: [13, 5], axes: [0] },
    { shape: [3, 5, 7], axes: [0, 1, 2] },
    { shape: [3, 5], axes: [] },
    { shape: [9, 200], axes: [0] },
    { shape: [3, 64], axes: [0] },
    { shape: [7, 3, 5], axes: [1] },
    { shape: [3, 7, 5], axes: [0, 2] },
    { shape: [1], axes: [0] },
  ])("of a whole $shape over $axes, shared among workers", ({ shape, axes }) => {
    const input = randomInput(shape);
    for (const parts of [1, 2, 3])
      expect(sumError(runSum(input, axes, "whole", parts), input, axes)).toBeLessThan(1e-6);
  });

  test("of a whole batch over its live rows", () => {
    const input = randomInput([6, 70], true);
    const attrs = { axes: [0], keepDims: false };
    const call = { emit: emitReduceSum, op: reduceSumOp, attrs, mode: "whole" as const, inputs: [input], features };
    const live = { shape: [4, 70], data: input.data.subarray(0, 4 * 70) };
    expect(sumError(runKernel({ ...call, rows: 4, parts: 2 })[0]!, live, [0])).toBeLessThan(1e-6);
  });

  test("over any axes of any shape", () => {
    const cases = fc.record({
      shape: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
      reduced: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      batched: fc.boolean(),
      parts: fc.integer({ min: 1, max: 2 }),
    });
    fc.assert(
      fc.property(cases, ({ shape, reduced, batched, parts }) => {
        const input = randomInput(shape, batched);
        const axes = shape.flatMap((_, i) => (reduced[i] ? [i] : []));
        const mode = !batched ? "whole" : axes.includes(0) ? "accumulate" : "map";
        const before = mode === "accumulate" ? new Float32Array(sumOf(input, axes).length) : undefined;
        expect(sumError(runSum(input, axes, mode, parts, before), input, axes)).toBeLessThan(1e-6);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    { name: "to a scalar", shape: [300_007], axes: [0] },
    { name: "to three channels", shape: [100_003, 3], axes: [0] },
    { name: "to many channels", shape: [10_007, 40], axes: [0] },
  ])("long sums of equal terms stay within 1e-5 of float64: $name", ({ shape, axes }) => {
    // All roundings of 0.1 + 0.1 + … go one way for long stretches: one float32 accumulator would lose 1e-3.
    const input = { shape, data: new Float32Array(sizeOf(shape)).fill(0.1) };
    const found = runSum(input, axes, "whole");
    sumOf(input, axes).forEach((wanted, i) => {
      expect(Math.abs(found[i]! - wanted) / wanted).toBeLessThan(4e-6);
    });
    const rows = { ...input, batched: true };
    const added = runSum(rows, axes, "accumulate", 1, new Float32Array(found.length));
    expect(sumError(added, input, axes)).toBeLessThan(4e-6);
  });

  test("infinities and NaN come through, short and long, and what lies beside them stays out", () => {
    for (const length of [7, 2501]) {
      const data = randomFloats(3 * length);
      data[length - 1] = infinity;
      data[2 * length - 1] = nan;
      const [first, second, third] = runSum({ shape: [3, length], data, batched: true }, [1], "map");
      expect(first).toBe(infinity);
      expect(second).toBeNaN();
      expect(third).not.toBeNaN();
    }
  });
});

describe("reduceMax", () => {
  const largest = (input: KernelInput, axes: readonly number[], mode: CallMode, parts = 1) =>
    runKernel({
      emit: emitReduceMax,
      op: reduceMaxOp,
      attrs: { axes, keepDims: false },
      mode,
      inputs: [input],
      features,
      parts,
    })[0]!;

  test.each([
    { shape: [3, 7], axes: [1], batched: true },
    { shape: [3, 2, 5], axes: [2], batched: true },
    { shape: [3, 1], axes: [1], batched: true },
    { shape: [2, 3, 4, 37], axes: [1, 2], batched: true },
    { shape: [2, 3, 4, 5], axes: [1, 3], batched: true },
    { shape: [5, 300], axes: [1], batched: true },
    { shape: [5, 3], axes: [0], batched: false },
    { shape: [2, 3, 7], axes: [0, 1, 2], batched: false },
  ])("of $shape over $axes", ({ shape, axes, batched }) => {
    const input = randomInput(shape, batched);
    const wanted = Float32Array.from(referenceOf(reduceMaxOp, { axes, keepDims: false }, [input])[0]!);
    for (const parts of [1, 2]) expect(largest(input, axes, batched ? "map" : "whole", parts)).toEqual(wanted);
  });

  test("NaN wins wherever it stands, and −∞ is a number like any other", () => {
    for (let at = 0; at < 21; at++) {
      const data = new Float32Array(21).fill(-infinity);
      data[at] = nan;
      expect(largest({ shape: [21], data }, [0], "whole")[0]).toBeNaN();
    }
    expect([
      ...largest({ shape: [2, 5], data: new Float32Array(10).fill(-infinity), batched: true }, [1], "map"),
    ]).toEqual([-infinity, -infinity]);
  });

  test("a maximum over the batch is no sum over rows", () => {
    expect(() => largest(randomInput([3, 2], true), [0], "accumulate")).toThrow("reduceMax over the batch axis");
  });
});

describe("argMax", () => {
  const places = (input: KernelInput, parts = 1) =>
    runKernel({
      emit: emitArgMax,
      op: argMaxOp,
      attrs: {},
      mode: input.batched ? "map" : "whole",
      inputs: [input],
      features,
      parts,
    })[0]!;

  test.each([
    { shape: [5, 10], batched: true },
    { shape: [2, 3, 7], batched: true },
    { shape: [3, 1], batched: true },
    { shape: [7, 13], batched: false },
    { shape: [2, 3, 5], batched: false },
    { shape: [9], batched: false },
  ])("of $shape, batched: $batched", ({ shape, batched }) => {
    // Few different values: ties.
    const data = Float32Array.from({ length: sizeOf(shape) }, () => Math.floor(Math.random() * 4));
    const input = { shape, data, batched };
    const wanted = Float32Array.from(referenceOf(argMaxOp, {}, [input])[0]!);
    for (const parts of [1, 2]) expect(places(input, parts)).toEqual(wanted);
  });

  test("NaN beats nothing, and nothing beats a NaN that comes first", () => {
    const data = Float32Array.of(1, nan, 3, 2, nan, 5, 6, 7, -infinity, -infinity, -infinity, -infinity);
    expect([...places({ shape: [3, 4], data, batched: true })]).toEqual([2, 0, 0]);
  });
});

describe("combine", () => {
  test.each([
    [1, 1],
    [3, 2],
    [16, 1],
    [67, 3],
    [130, 8],
  ])("%i elements of %i workers", (elements, workers) => {
    const stride = 192;
    const kernel = kernelMemory((module) => emitCombine(module, elements, workers, 4 * stride));
    expect(kernel.extent).toBe(elements);
    const [from, to] = [64, 64 + workers * stride];
    const wanted = new Float32Array(elements);
    for (let worker = 0; worker < workers; worker++) {
      const values = randomFloats(elements);
      kernel.floats.set(values, from + worker * stride);
      // The order is part of the promise: float32 sums differ by it.
      values.forEach((value, i) => {
        wanted[i] = worker === 0 ? value : wanted[i]! + value;
      });
    }
    const middle = Math.floor(elements / 2);
    kernel.call(middle, elements, from, to);
    expect(kernel.floats.subarray(to, to + middle).every(Number.isNaN)).toBe(true);
    kernel.call(0, middle, from, to);
    expect(kernel.floats.slice(to, to + elements)).toEqual(wanted);
    expect(kernel.floats[to + elements]).toBeNaN();
  });
});
