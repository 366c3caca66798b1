/** Which calls become one dispatch. That such dispatches compute the right numbers is what every optimizer test on the GPU tells. */
import { describe, expect, test } from "vitest";
import type { DType } from "../../../src/base/dtype.ts";
import { compile } from "../../../src/compile/compile.ts";
import { GpuDevice } from "../../../src/devices/gpu/gpu-device.ts";
import type { GpuProgram } from "../../../src/devices/gpu/gpu-program.ts";
import { Batcher } from "../../../src/devices/gpu/kernels/elementwise-batch.ts";
import { traceGraph } from "../../../src/engine/session.ts";
import type { Buffer, Call } from "../../../src/ir/program.ts";
import { ops } from "../../../src/ops/index.ts";
import { makeOptimizer } from "../../nn/make-optimizer.ts";
import { freshVariables } from "../../nn/on-device.ts";
import { traceOptimizer } from "../../nn/run-optimizer.ts";

/** A value at a place: in the GPU buffer `memory`, from byte `at` on. */
interface Value {
  readonly memory: string;
  readonly at: number;
  /** undefined: a scalar. */
  readonly size?: number;
  readonly batched?: boolean;
  readonly dtype?: DType;
}

const memories = new Map<string, GPUBuffer>();
const memoryOf = (name: string) => {
  const known = memories.get(name) ?? ({ label: name } as GPUBuffer);
  memories.set(name, known);
  return known;
};

const values: Value[] = [];
const operand = (value: Value) => {
  const shape = value.size === undefined ? [] : [value.size];
  const spec = { shape, dtype: value.dtype ?? "float32", batched: value.batched ?? false } as const;
  const buffer: Buffer = {
    id: values.push(value) - 1,
    kind: "shared",
    spec,
    offset: value.at,
    bytes: 4 * (value.size ?? 1),
  };
  return { buffer, spec };
};

function call(op: "add" | "mul", inputs: Value[], output: Value): Call {
  return {
    op: ops[op],
    attrs: { operands: [null, null] },
    mode: "whole",
    inputs: inputs.map(operand),
    outputs: [operand(output)],
  } as Call;
}

function runs(calls: readonly Call[], most = 2 ** 27): number[] {
  const placeOf = ({ id }: Buffer) => {
    const { memory, at, size } = values[id]!;
    return { buffer: memoryOf(memory), offset: at, size: 4 * (size ?? 1) };
  };
  const limits = { maxStorageBufferBindingSize: most } as GPUSupportedLimits;
  return new Batcher(placeOf, { software: false, subgroups: false }, limits).runsOf(calls).map(({ length }) => length);
}

const at = (place: number, size = 64): Value => ({ memory: "a", at: place, size });
const scalar: Value = { memory: "b", at: 0 };

describe("calls side by side", () => {
  test("the same work on values of any size, in place or not, with a common scalar", () => {
    const calls = [
      call("mul", [at(0, 7), scalar], at(256, 7)),
      call("mul", [at(512, 100), scalar], at(512, 100)),
      call("mul", [at(1024), scalar], at(1280)),
    ];
    expect(runs(calls)).toEqual([3]);
  });

  test("none that reads, overwrites or writes what another one writes", () => {
    const first = call("mul", [at(0), scalar], at(256));
    expect(runs([first, call("mul", [at(256), scalar], at(512))])).toEqual([1, 1]);
    expect(runs([first, call("mul", [at(512), scalar], at(0))])).toEqual([1, 1]);
    expect(runs([first, call("mul", [at(512), scalar], at(256))])).toEqual([1, 1]);
    expect(runs([first, call("mul", [at(512, 1000), scalar], at(128))])).toEqual([1, 1]);
    expect(runs([first, call("mul", [at(0), scalar], at(512))])).toEqual([2]);
  });

  test("none of other work, other buffers or another kind", () => {
    const first = call("mul", [at(0), scalar], at(256));
    expect(runs([first, call("add", [at(512), scalar], at(1024))])).toEqual([1, 1]);
    expect(runs([first, call("mul", [at(512), { ...scalar, memory: "c" }], at(1024))])).toEqual([1, 1]);
    expect(runs([first, call("mul", [at(512), at(1024)], at(2048))])).toEqual([1, 1]);
    const batched = (place: number) => ({ ...at(place), batched: true });
    expect(
      runs([call("mul", [batched(0), scalar], batched(256)), call("mul", [batched(512), scalar], batched(768))]),
    ).toEqual([1, 1]);
    const bytes = call("mul", [{ ...at(512), dtype: "uint8" }, scalar], at(1024));
    expect(runs([bytes, bytes])).toEqual([1, 1]);
  });

  test("no more than one binding can span", () => {
    const calls = [0, 1, 2, 3].map((i) => call("mul", [at(1024 * i), scalar], at(1024 * i + 512)));
    expect(runs(calls, 2048)).toEqual([2, 2]);
  });
});

test("an optimizer's step over many weights is one dispatch for all of them", async () => {
  const optimizer = makeOptimizer("Adam", { name: "batched" });
  const weights = freshVariables(
    [[3, 5], [1], [64], [7, 11, 2], [300]].map((shape) => {
      const size = shape.reduce((product, axis) => product * axis, 1);
      return { shape, data: Float32Array.from({ length: size }, Math.random) };
    }),
  );
  optimizer.build(weights);
  const device = await GpuDevice.start();
  for (const { path, shape, value } of [...weights, ...optimizer.variablesOf(weights)]) {
    device.addVariable(path, shape);
    await device.write(path, value);
  }
  const graph = traceGraph((builder) => traceOptimizer(builder, optimizer, weights));
  const program: GpuProgram = await device.load(compile(graph, device.traits));
  const feeds = Object.fromEntries(weights.map(({ value }, i) => [`g${i}`, value]));
  const labels = (await program.time(feeds, 1)).map(({ label }) => label);
  device.dispose();
  expect(labels).toContain("fused of 5 values");
});
