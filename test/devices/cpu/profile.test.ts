import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { sizeOf } from "../../../src/base/shape.ts";
import { compile } from "../../../src/compile/compile.ts";
import { CpuDevice } from "../../../src/devices/cpu/cpu-device.ts";
import { emitProgram } from "../../../src/devices/cpu/driver.ts";
import { detectFeatures } from "../../../src/devices/cpu/features.ts";
import { loadKernels } from "../../../src/devices/cpu/load-kernels.ts";
import { measurePeak, measurePeaks } from "../../../src/devices/cpu/peak.ts";
import { profileProgram } from "../../../src/devices/cpu/profile.ts";
import { START_OF_STEP } from "../../../src/devices/cpu/step-emitter.ts";
import { traceGraph } from "../../../src/engine/session.ts";
import type { Device } from "../../../src/ir/device.ts";
import { callBytes, type Program } from "../../../src/ir/program.ts";
import { mul } from "../../../src/ops/elementwise.ts";
import { gather } from "../../../src/ops/gather.ts";
import { matMul } from "../../../src/ops/mat-mul.ts";
import { reduceSum } from "../../../src/ops/reduce.ts";
import { softmax } from "../../../src/ops/softmax.ts";
import { featureSets } from "./plain-loops.ts";
import { randomFloats } from "./random-values.ts";

const [ROWS, WIDTH, CLASSES] = [10, 512, 1024];
const variables = new Map([["w", randomFloats(WIDTH * CLASSES)]]);
const feeds = { x: randomFloats(ROWS * WIDTH) };
let device: CpuDevice;
let program: Program;

beforeAll(async () => {
  device = await CpuDevice.start({ inline: true });
  const graph = traceGraph((builder) => {
    const x = builder.input("x", { shape: [ROWS, WIDTH], dtype: "float32", batched: true });
    const w = builder.variable("w", [WIDTH, CLASSES]);
    const y = softmax(matMul(x, w));
    builder.output("y", y);
    builder.output("sums", reduceSum(y, [0]));
  });
  program = compile(graph, device.traits);
  return () => device.dispose();
});

async function runOn(target: Device) {
  for (const [name, values] of variables) {
    target.addVariable(name, [WIDTH, CLASSES]);
    await target.write(name, values);
  }
  const executable = await target.load(program);
  const outputs = await executable.run(feeds, ROWS);
  executable.release();
  return outputs;
}

/** The module's bytes, every address 1024. */
async function emit(laps?: boolean): Promise<Uint8Array> {
  const kernels = await loadKernels(program);
  const options = { workers: 1, features: { relaxed: true, wide: false }, kernels, shared: false };
  const places = { reserve: () => 1024, workspace: () => 1024, variable: () => 1024 };
  return emitProgram(program, { ...options, ...places, ...(laps === undefined ? {} : { laps }) }).module;
}

const importsOf = (bytes: Uint8Array) =>
  WebAssembly.Module.imports(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)).map(({ name }) => name);

describe("laps", () => {
  test("a program that does not report imports nothing but its memory", async () => {
    expect(importsOf(await emit())).toEqual(["memory"]);
    expect(await emit(false)).toEqual(await emit());
    expect(importsOf(await emit(true))).toEqual(["memory", "lap"]);
  });

  test("every call is reported, in the order of the program, once per slice, and the outputs are the same bits", async () => {
    const laps: number[] = [];
    const reporting = await CpuDevice.start({ lap: (call) => laps.push(call) });
    expect(reporting.description).toContain("the calling thread");
    expect(await runOn(reporting)).toEqual(await runOn(device));
    const calls = program.phases.flatMap((phase) => phase.calls);
    const expected = program.phases.flatMap(({ kind, sliceRows, calls: own }) => {
      const numbers = own.map((call) => calls.indexOf(call));
      if (kind === "whole") return numbers;
      // Sums are reported once more: when they were set to zero.
      const cleared = numbers.filter((number) => calls[number]!.mode === "accumulate");
      return [...cleared, ...Array.from({ length: Math.ceil(ROWS / sliceRows!) }, () => numbers).flat()];
    });
    expect(laps).toEqual([START_OF_STEP, ...expected]);
    expect(new Set(expected).size).toBe(calls.length);
  });
});

/** A clock on which a millisecond passes from one reading to the next. */
function countReadings(): void {
  let readings = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => ++readings);
  onTestFinished(() => clock.mockRestore());
}

describe("profileProgram", () => {
  test("each call has the time of its laps, and the step has theirs and what lies around them", async () => {
    countReadings();
    const { calls, stepSeconds, steps } = await profileProgram(program, variables, feeds, ROWS, 0.05);
    expect(calls.map(({ call }) => call)).toEqual(program.phases.flatMap((phase) => phase.calls));
    // What was prepared in the steps before is not made again.
    const laps = program.phases.flatMap(({ kind, sliceRows, calls: own }, at) => {
      const slices = Math.ceil(ROWS / (sliceRows ?? ROWS));
      return own.map(({ mode }) =>
        kind === "whole" ? Number(at >= program.prepared) : slices + (mode === "accumulate" ? 1 : 0),
      );
    });
    expect(calls.map(({ seconds }) => Math.round(1000 * seconds))).toEqual(laps);
    // From the reading before the step to its start, and from the last call to the reading after it.
    expect(Math.round(1000 * stepSeconds)).toBe(laps.reduce((sum, count) => sum + count) + 2);
    expect(steps).toBeGreaterThanOrEqual(2);
    const product = calls.find(({ call }) => call.op.name === "packedMatMul");
    expect(product?.flops).toBe(2 * ROWS * WIDTH * CLASSES);
    // The strips hold every weight, those of the last one zeros too.
    const [, strips] = product!.call.inputs;
    expect(sizeOf(strips!.spec.shape)).toBeGreaterThanOrEqual(WIDTH * CLASSES);
    expect(product?.bytes).toBe(4 * (ROWS * WIDTH + sizeOf(strips!.spec.shape) + ROWS * CLASSES));
  });

  test("a variable without values is an error, and the values that were given stay", async () => {
    const bytes = () => Buffer.from(variables.get("w")!.slice().buffer);
    const before = bytes();
    await profileProgram(program, variables, feeds, ROWS, 0.001);
    expect(before.equals(bytes())).toBe(true);
    await expect(profileProgram(program, new Map(), feeds, ROWS, 0.001)).rejects.toThrow(
      'no values for the variable "w"',
    );
  });
});

test("the bytes of a call: each value once, of a table the rows that are taken", () => {
  const graph = traceGraph((builder) => {
    const places = builder.input("places", { shape: [ROWS, 3], dtype: "int32", batched: true });
    const taken = gather(builder.variable("table", [1000, 8]), places);
    builder.output("squares", mul(taken, taken));
  });
  const calls = compile(graph, { ...device.traits, fusedOperands: 0 }).phases.flatMap((phase) => phase.calls);
  const bytes = Object.fromEntries(calls.map((call) => [call.op.name, callBytes(call, ROWS)]));
  const rows = 4 * ROWS * 3 * 8;
  expect(bytes).toEqual({ gather: 4 * ROWS * 3 + 2 * rows, mul: 2 * rows });
});

describe("measurePeak", () => {
  test.each(featureSets)("%s: the multiply-adds of a run by its time", async (_, features) => {
    detectFeatures();
    countReadings();
    // In a millisecond: 500,000 rounds of twelve vectors or pairs, four lanes each, two operations in each lane.
    expect(await measurePeak(features)).toBe((500_000 * (features.wide ? 24 : 12) * 4 * 2) / 1e6);
    countReadings();
    // In a millisecond 64 MiB are read, and as many written.
    expect((await measurePeaks(features)).gigabytes).toBe((2 * 64 * 2 ** 20) / 1e6);
  });
});
