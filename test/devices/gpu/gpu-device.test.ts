import { afterEach, describe, expect, test } from "vitest";
import { DeviceError } from "../../../src/base/errors.ts";
import { compile } from "../../../src/compile/compile.ts";
import { GpuDevice, type GpuOptions } from "../../../src/devices/gpu/gpu-device.ts";
import { chooseDevice } from "../../../src/engine/choose-device.ts";
import { traceGraph } from "../../../src/engine/session.ts";
import type { Executable } from "../../../src/ir/device.ts";
import { add, exp, mul } from "../../../src/ops/elementwise.ts";
import { transpose } from "../../../src/ops/mat-mul.ts";
import { reduceSum } from "../../../src/ops/reduce.ts";

const started: GpuDevice[] = [];
afterEach(() => {
  for (const device of started.splice(0)) device.dispose();
});

async function start(options: GpuOptions = {}): Promise<GpuDevice> {
  const device = await GpuDevice.start(options);
  started.push(device);
  return device;
}

/** w ← w + Σ x over the rows; says w as it was before. */
async function loadSum(device: GpuDevice, size = 3): Promise<Executable> {
  const graph = traceGraph((builder) => {
    const x = builder.input("x", { shape: [4, size], dtype: "float32", batched: true });
    const w = builder.variable("w", [size]);
    builder.output("before", w);
    builder.update("w", add(w, reduceSum(x, [0])));
  });
  device.addVariable("w", [size]);
  return device.load(compile(graph, device.traits));
}

const ones = { x: new Float32Array(12).fill(1) };
const filled = (value: number) => new Float32Array(3).fill(value);

test("the adapter is named, and a software one is called what it is", async () => {
  const { description, isSoftware } = await start();
  expect(description).toMatch(/^WebGPU on \w/);
  expect(/the CPU in disguise/.test(description)).toBe(isSoftware);
});

test("auto takes a hardware GPU and never a software one", async () => {
  const { isSoftware } = await start();
  const { device, notice } = await chooseDevice("auto");
  expect(device.name).toBe(isSoftware ? "cpu" : "gpu");
  expect(notice).toMatch(isSoftware ? /^auto took the CPU: the only GPU adapter is .*software/ : /^auto took the GPU/);
  device.dispose();
});

describe("steps", () => {
  test("run in the order of the calls, and a write or read comes after those before it", async () => {
    const device = await start();
    const sum = await loadSum(device);
    const steps = [sum.run(ones, 4), sum.run(ones, 3)];
    await device.write("w", filled(100));
    steps.push(sum.run(ones, 1));
    expect(await device.read("w")).toEqual(filled(101));
    expect((await Promise.all(steps)).map(({ before }) => before![0])).toEqual([0, 4, 100]);
  });

  test("feeds are copied before the call returns", async () => {
    const device = await start();
    const sum = await loadSum(device);
    const x = new Float32Array(12).fill(1);
    const step = sum.run({ x }, 4);
    x.fill(50);
    await step;
    expect(await device.read("w")).toEqual(filled(4));
  });

  test("programs share the variables, and one can be released while the other goes on", async () => {
    const device = await start();
    const [first, second] = [await loadSum(device), await loadSum(device)];
    await first.run(ones, 4);
    first.release();
    await second.run(ones, 4);
    expect(await device.read("w")).toEqual(filled(8));
  });
});

describe("a lost GPU", () => {
  test("ends the steps in flight with an error, and the variables are those after the last finished step", async () => {
    const device = await start();
    const sum = await loadSum(device);
    for (let i = 0; i < 5; i++) await sum.run(ones, 4);
    const lost = [sum.run(ones, 4), sum.run(ones, 4)];
    device.device.destroy();
    for (const step of lost) {
      await expect(step).rejects.toBeInstanceOf(DeviceError);
      await expect(step).rejects.toThrow(/The GPU was destroyed.*the next call starts a new device/);
    }
    expect(await device.read("w")).toEqual(filled(20));
    await expect(sum.run(ones, 4)).rejects.toThrow("The GPU was destroyed");
    await expect(device.write("w", filled(1))).rejects.toThrow("The GPU was destroyed");
    await expect(loadSum(device)).rejects.toThrow("The GPU was destroyed");
  });

  test("keeps what was written and never changed by a step", async () => {
    const device = await start();
    device.addVariable("still", [2]);
    await device.write("still", Float32Array.of(1, 2));
    device.device.destroy();
    await device.device.lost;
    expect(await device.read("still")).toEqual(Float32Array.of(1, 2));
  });

  test("keeps large variables every few steps", async () => {
    const device = await start();
    const size = 3 * 2 ** 20;
    const sum = await loadSum(device, size);
    const x = new Float32Array(4 * size).fill(1);
    for (let i = 0; i < 4; i++) await sum.run({ x }, 1);
    device.device.destroy();
    await device.device.lost;
    const kept = await device.read("w");
    expect(kept).toHaveLength(size);
    expect([kept[0], kept[size - 1]]).toEqual([3, 3]);
  });

  test("keeps what was read or written in between", async () => {
    const size = 3 * 2 ** 20;
    const x = new Float32Array(4 * size).fill(1);
    const lastOf = async (device: GpuDevice) => {
      device.device.destroy();
      await device.device.lost;
      return (await device.read("w"))[size - 1];
    };
    const read = await start();
    const sum = await loadSum(read, size);
    for (let i = 0; i < 5; i++) await sum.run({ x }, 1);
    await read.read("w");
    expect(await lastOf(read)).toBe(5);
    const written = await start();
    const other = await loadSum(written, size);
    const steps = [other.run({ x }, 1), other.run({ x }, 1), other.run({ x }, 1)];
    await written.write("w", new Float32Array(size).fill(9));
    await Promise.all(steps);
    expect(await lastOf(written)).toBe(9);
  });

  test("a disposed device rejects its steps in flight", async () => {
    const device = await start();
    const sum = await loadSum(device);
    const step = sum.run(ones, 4);
    device.dispose();
    await expect(step).rejects.toThrow(new DeviceError("The GPU device was disposed of."));
  });
});

describe("memory", () => {
  const program = (device: GpuDevice, rows: number) =>
    compile(
      traceGraph((builder) => {
        const x = builder.input("x", { shape: [rows, 6, 5], dtype: "float32", batched: true });
        const turned = transpose(x, [0, 2, 1]);
        const powers = exp(turned);
        builder.output("sum", reduceSum(mul(powers, turned), [0, 1, 2]));
        builder.output("y", transpose(powers, [0, 2, 1]));
      }),
      device.traits,
    );

  test("regions larger than a GPU buffer lie on several", async () => {
    const feeds = { x: Float32Array.from({ length: 240 }, (_, i) => i / 240) };
    const [one, many] = [await start(), await start({ page: 1024 })];
    expect(program(many, 8).regions.slot).toBeGreaterThan(1024);
    const [expected, actual] = await Promise.all(
      [one, many].map(async (device) => (await device.load(program(device, 8))).run(feeds, 7)),
    );
    expect(actual).toEqual(expected);
  });

  test("a value larger than the largest GPU buffer is refused with what helps", async () => {
    const device = await start({ page: 1024 });
    await expect(device.load(program(device, 9))).rejects.toThrow(
      /A value of shape \[9, 6, 5\] takes 1\.\d+ KB; .* at most 1\.\d+ KB in one piece\. Use a smaller batchSize\./,
    );
  });

  test("what is started and disposed of again, and steps without end, take no memory for good", async () => {
    const cycle = async (steps: number) => {
      const device = await GpuDevice.start();
      const sum = await loadSum(device, 2 ** 18);
      const x = new Float32Array(4 * 2 ** 18);
      for (let i = 0; i < steps; i++) await sum.run({ x }, 4);
      sum.release();
      device.dispose();
    };
    for (let i = 0; i < 6; i++) await cycle(8);
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 6; i++) await cycle(8);
    // Each cycle holds 20 MB and more while it runs.
    expect(process.memoryUsage().rss - before).toBeLessThan(40e6);
  });
});
