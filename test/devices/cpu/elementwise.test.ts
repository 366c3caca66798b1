import { describe, expect, test } from "vitest";
import { sizeOf } from "../../../src/base/shape.ts";
import { emitElementwise } from "../../../src/devices/cpu/kernels/elementwise.ts";
import { type Expr, e, evaluateTape, linearize } from "../../../src/ir/expr.ts";
import type { Spec } from "../../../src/ir/graph.ts";
import type { Op } from "../../../src/ir/op.ts";
import type { BufferKind, Operand } from "../../../src/ir/program.ts";
import { indexWalk } from "../../../src/ops/broadcast.ts";
import { mapOp } from "../../../src/ops/map.ts";
import { relativeError } from "../../ir/closeness.ts";
import { fc } from "../../properties.ts";
import { kernelMemory } from "./kernel-memory.ts";
import { featureSets } from "./plain-loops.ts";
import { infinity, nan, randomFloats, randomInput } from "./random-values.ts";
import { type KernelInput, runKernel } from "./run-kernel.ts";

const features = { relaxed: false, wide: false };
const [x0, x1, x2, x3] = [e.input(0), e.input(1), e.input(2), e.input(3)];

const run = (exprs: readonly Expr[], inputs: readonly KernelInput[], parts = 1, rows?: number) =>
  runKernel({
    emit: emitElementwise,
    op: mapOp,
    attrs: { exprs },
    mode: inputs.some(({ batched }) => batched) ? "map" : "whole",
    inputs,
    features,
    parts,
    ...(rows === undefined ? {} : { rows }),
  });

/** Each expression over the broadcast inputs, in float64. */
function expected(exprs: readonly Expr[], inputs: readonly KernelInput[], shape: readonly number[]): Float64Array[] {
  const tape = linearize(exprs);
  const walks = inputs.map((input) => indexWalk(input.shape, shape));
  const size = sizeOf(shape);
  const values = tape.code.map(() => new Float64Array(size));
  const read = inputs.map(({ data }, k) => Float64Array.from({ length: size }, (_, i) => data[walks[k]!(i)]!));
  evaluateTape(tape, read, values, size);
  return tape.results.map((at) => values[at]!);
}

const rows = (...shape: number[]) => randomInput(shape, true);
const whole = (...shape: number[]) => randomInput(shape);

describe("broadcasting", () => {
  const exprs = [e.add(e.abs(e.mul(x0, x1)), 0.5), e.max(x1, x0)];
  test.each([
    { name: "bias", inputs: [rows(5, 26, 3, 64), whole(64)], shape: [5, 26, 3, 64] },
    { name: "odd bias", inputs: [rows(3, 5, 7), whole(7)], shape: [3, 5, 7] },
    { name: "column", inputs: [rows(7, 10), rows(7, 1)], shape: [7, 10] },
    { name: "scalar", inputs: [rows(4, 13), whole()], shape: [4, 13] },
    { name: "middle axis", inputs: [rows(2, 3, 5, 3), whole(1, 5, 1)], shape: [2, 3, 5, 3] },
    { name: "both repeat", inputs: [rows(3, 1, 5), rows(3, 2, 1)], shape: [3, 2, 5] },
    { name: "one row", inputs: [rows(1, 13), whole(13)], shape: [1, 13] },
    { name: "one row against one row", inputs: [rows(1, 13), whole(1, 13)], shape: [1, 13] },
    { name: "numbers", inputs: [rows(11), whole()], shape: [11] },
    { name: "outer product", inputs: [whole(17, 1), whole(1, 9)], shape: [17, 9] },
    { name: "flat", inputs: [whole(31, 7), whole(31, 7)], shape: [31, 7] },
    { name: "scalars", inputs: [whole(), whole()], shape: [] },
    { name: "colours", inputs: [rows(5, 11, 3), whole(3)], shape: [5, 11, 3] },
    { name: "places and colours", inputs: [rows(5, 11, 1), whole(3)], shape: [5, 11, 3] },
    { name: "colours of rows", inputs: [rows(5, 10, 3), rows(5, 1, 3)], shape: [5, 10, 3] },
    { name: "colours of few places", inputs: [rows(3, 3), whole(3)], shape: [3, 3] },
    { name: "three channels on an axis of their own", inputs: [whole(9, 3), whole(9, 1)], shape: [9, 3] },
    { name: "long inner axis", inputs: [whole(3, 101), whole(3, 1)], shape: [3, 101] },
  ])("$name", ({ inputs, shape }) => {
    const wanted = expected(exprs, inputs, shape);
    for (const parts of [1, 2, 3])
      run(exprs, inputs, parts).forEach((output, i) => {
        expect(relativeError(output, wanted[i]!)).toBeLessThan(1e-6);
      });
  });

  test("any shapes that broadcast", () => {
    const axis = fc.integer({ min: 1, max: 6 });
    const repeats = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });
    const cases = fc.record({
      shape: fc.array(axis, { minLength: 1, maxLength: 4 }),
      repeated: fc.array(fc.record({ repeats, drop: fc.nat(4) }), { minLength: 1, maxLength: 3 }),
      batched: fc.boolean(),
      parts: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(cases, ({ shape, repeated, batched, parts }) => {
        const others = repeated.map(({ repeats: ones, drop }) => {
          const own = shape.map((size, i) => (ones[i] ? 1 : size));
          // A value that is not batched must not count along the batch axis.
          if (batched) own[0] = 1;
          return randomInput(own.slice(Math.min(drop, own.length)));
        });
        const inputs = [randomInput(shape, batched), ...others];
        // Positive terms cannot cancel, so the error stays that of a few roundings.
        const exprs = [
          inputs.map((_, i) => e.abs(e.input(i))).reduce<Expr>((a, b) => e.add(e.mul(a, 0.7), b), e.lift(1)),
        ];
        const wanted = expected(exprs, inputs, shape);
        expect(relativeError(run(exprs, inputs, parts)[0]!, wanted[0]!)).toBeLessThan(1e-6);
      }),
      { numRuns: 300 },
    );
  });

  test("only live rows are written", () => {
    const inputs = [rows(6, 5), whole(5)];
    const [output] = run([e.add(x0, x1)], inputs, 1, 4);
    expect(output!.subarray(20).every(Number.isNaN)).toBe(true);
    expect(output!.subarray(0, 20).some(Number.isNaN)).toBe(false);
  });
});

test.each([1, 2, 3, 4, 5, 7, 15, 16, 17, 31, 64, 67])("flat length %i, cut anywhere", (length) => {
  const inputs = [whole(length), whole()];
  const exprs = [e.div(x0, e.add(e.abs(x1), 1))];
  const wanted = expected(exprs, inputs, [length])[0]!;
  for (const parts of [1, 2, 5]) expect(relativeError(run(exprs, inputs, parts)[0]!, wanted)).toBeLessThan(1e-6);
});

describe("input dtypes", () => {
  const bytes = Uint8Array.from({ length: 35 }, (_, i) => (i * 41) % 256);
  const integers = Int32Array.from({ length: 35 }, (_, i) => (i - 17) * 1001);
  test.each([
    { name: "bytes", input: { shape: [5, 7], data: bytes, batched: true } },
    { name: "bytes of three channels", input: { shape: [5, 2, 3], data: bytes.slice(0, 30), batched: true }, last: 3 },
    {
      name: "a byte for three channels",
      input: { shape: [5, 5, 1], data: bytes.slice(0, 25), batched: true },
      last: 3,
    },
    { name: "whole numbers", input: { shape: [5, 7], data: integers, batched: true } },
    { name: "a column of bytes", input: { shape: [5, 1], data: bytes.slice(0, 5), batched: true } },
    { name: "a column of whole numbers", input: { shape: [5, 1], data: integers.slice(0, 5), batched: true } },
  ])("$name", ({ input, last = 7 }) => {
    const inputs: KernelInput[] = [input, whole(last)];
    const exprs = [e.add(e.mul(x0, 1 / 255), x1), e.select("eq", x0, 123, x1, x0)];
    const wanted = expected(exprs, inputs, [...input.shape.slice(0, -1), last]);
    for (const parts of [1, 2, 5])
      run(exprs, inputs, parts).forEach((output, i) => {
        expect(relativeError(output, wanted[i]!)).toBeLessThan(1e-6);
      });
  });
});

describe("every instruction, with special numbers", () => {
  const special = [nan, infinity, -infinity, 0, -0, 1, -1, 0.5, -2.5, 3e38, 1e-40];
  const a: KernelInput = { shape: [special.length, 1], data: Float32Array.from(special) };
  const b: KernelInput = { shape: [1, special.length], data: Float32Array.from(special) };
  const exprs: Record<string, Expr> = {
    neg: e.neg(x0),
    abs: e.abs(x0),
    sqrt: e.sqrt(x0),
    floor: e.floor(x0),
    exp: e.exp(x0),
    log: e.log(x0),
    tanh: e.tanh(x0),
    add: e.add(x0, x1),
    sub: e.sub(x0, x1),
    mul: e.mul(x0, x1),
    div: e.div(x0, x1),
    max: e.max(x0, x1),
    min: e.min(x0, x1),
    lt: e.select("lt", x0, x1, 1, 2),
    le: e.select("le", x0, x1, x1, x0),
    eq: e.select("eq", x0, x1, infinity, nan),
    constants: e.select("lt", x0, -infinity, 1, e.add(x1, infinity)),
  };
  test.each(Object.keys(exprs))("%s", (name) => {
    const found = run([exprs[name]!, x1], [a, b])[0]!;
    const wanted = Float32Array.from(expected([exprs[name]!], [a, b], [special.length, special.length])[0]!);
    found.forEach((value, i) => {
      const close = Object.is(value, wanted[i]) || Math.abs(value - wanted[i]!) <= 3e-7 * Math.abs(wanted[i]!);
      if (!close) expect(`${name} at ${i}: ${value}`).toBe(`${name} at ${i}: ${wanted[i]}`);
    });
  });
});

/** Adam as the fused call computes it: w, m, v, g and the step as a scalar. */
const adam = (): Expr[] => {
  const step = e.input(4);
  const power = (base: number) => e.exp(e.mul(step, Math.log(base)));
  const rate = e.div(e.mul(0.001, e.sqrt(e.sub(1, power(0.999)))), e.sub(1, power(0.9)));
  const m = e.add(x1, e.mul(0.1, e.sub(x3, x1)));
  const v = e.add(x2, e.mul(0.001, e.sub(e.mul(x3, x3), x2)));
  return [e.sub(x0, e.div(e.mul(rate, m), e.add(e.sqrt(v), 1e-7))), m, v];
};

test("Adam in place: outputs lie over the inputs, each worker on its own range", () => {
  const length = 1003;
  const spec: Spec = { shape: [length], dtype: "float32", batched: false };
  const operand = (of: Spec, id: number): Operand => ({
    spec: of,
    buffer: { id, kind: "variable", spec: of, offset: 0, bytes: 0 },
  });
  const inputs = [spec, spec, spec, spec, { ...spec, shape: [] }].map(operand);
  const outputs = [spec, spec, spec].map(operand);
  const call = { op: mapOp as Op, attrs: { exprs: adam() }, mode: "whole" as const, inputs, outputs };
  const kernel = kernelMemory((module) => emitElementwise(module, call, features));
  expect(kernel.extent).toBe(length);
  const data = [
    randomFloats(length),
    randomFloats(length),
    randomFloats(length, 0, 1),
    randomFloats(length),
    Float32Array.of(3),
  ];
  const places = data.map((_, i) => 64 + 2048 * i);
  data.forEach((values, i) => {
    kernel.floats.set(values, places[i]!);
  });
  for (const [begin, end] of [
    [0, 350],
    [350, 701],
    [701, length],
  ] as const)
    kernel.call(begin, end, ...places, ...places.slice(0, 3));
  const wanted = expected(
    adam(),
    data.map((values) => ({ data: values, shape: values.length === 1 ? [] : [length] })),
    [length],
  );
  wanted.forEach((values, i) => {
    const at = places[i]!;
    expect(relativeError(kernel.floats.subarray(at, at + length), values)).toBeLessThan(1e-6);
    expect(kernel.floats.subarray(at + length, at + 2048).every(Number.isNaN)).toBe(true);
  });
  expect(kernel.floats.subarray(places[3]!, places[3]! + length)).toEqual(data[3]);
});

describe.each(featureSets)("subnormal numbers, %s", (_, ownFeatures) => {
  const smallest = 2 ** -126;
  const normal = [smallest, -smallest, 1e-30, 0, -1, nan, infinity, -infinity];
  const subnormal = [1e-40, -1e-40, 2 ** -149, -(2 ** -149), smallest - 2 ** -149];
  const copy = (values: readonly number[], outputKind: BufferKind, parts: number) =>
    runKernel({
      emit: emitElementwise,
      op: mapOp,
      attrs: { exprs: [x0] },
      mode: "whole",
      inputs: [{ shape: [values.length], data: Float32Array.from(values) }],
      features: ownFeatures,
      outputKind,
      parts,
    })[0];
  // As many as several turns of the unrolled loop take, a pair and a rest.
  const all = [...normal, ...subnormal];
  const mixed = Array.from({ length: 59 }, (_, i) => all[i % all.length]!);

  test.each([1, 3])("are zeros in variables, and everything else stays: %i parts", (parts) => {
    const wanted = mixed.map((value) => (subnormal.includes(value) ? 0 : value));
    expect(copy(mixed, "variable", parts)!.map(Math.abs)).toEqual(Float32Array.from(wanted).map(Math.abs));
    expect(copy(mixed, "variable", parts)!.map(Math.sign)).toEqual(Float32Array.from(wanted).map(Math.sign));
  });

  test("stay what they are between the calls of a step", () => {
    expect(copy(mixed, "shared", 1)).toEqual(Float32Array.from(mixed));
  });
});

test("a kernel for rows refuses an output that has none, and the other way round", () => {
  const inputs = [whole(3)];
  const emit = (mode: "map" | "whole", input: KernelInput) =>
    runKernel({ emit: emitElementwise, op: mapOp, attrs: { exprs: [x0] }, mode, inputs: [input], features });
  expect(() => emit("map", inputs[0]!)).toThrow('Elementwise "map" in mode map has a not batched output.');
  expect(() => emit("whole", rows(3))).toThrow('Elementwise "map" in mode whole has a batched output.');
});
