/** What a program makes of its variables alone is made once, and again after a variable has another value. */
import { afterEach, describe, expect, test } from "vitest";
import { compile } from "../../../src/compile/compile.ts";
import { CpuDevice } from "../../../src/devices/cpu/cpu-device.ts";
import { type Trace, traceGraph } from "../../../src/engine/session.ts";
import { add } from "../../../src/ops/elementwise.ts";
import { matMul, transpose } from "../../../src/ops/mat-mul.ts";

const ROWS = 3;

/** x · (w · w)ᵀ: two steps of preparation, one of which needs the other. */
const predict: Trace = (builder) => {
  const x = builder.input("x", { shape: [ROWS, 2], dtype: "float32", batched: true });
  const w = builder.variable("w", [2, 2]);
  builder.output("y", matMul(x, transpose(matMul(w, w), [1, 0])));
};

/** w ← w + d. */
const change: Trace = (builder) => {
  const w = builder.variable("w", [2, 2]);
  const d = builder.input("d", { shape: [2, 2], dtype: "float32", batched: false });
  builder.update("w", add(w, d));
};

const x = Float32Array.of(1, 0, 0, 1, 1, 1);

function expected(w: readonly number[], rows: number): number[] {
  const [a, b, c, d] = w as [number, number, number, number];
  const square = [a * a + b * c, a * b + b * d, c * a + d * c, c * b + d * d] as const;
  return Array.from({ length: rows }, (_, row) => [x[2 * row]!, x[2 * row + 1]!]).flatMap(([p, q]) => [
    p! * square[0] + q! * square[1],
    p! * square[2] + q! * square[3],
  ]);
}

describe.each([
  { name: "2 threads", options: { threads: 2 } },
  { name: "inline", options: { inline: true } },
])("$name", ({ options }) => {
  let cpu: CpuDevice;
  afterEach(() => cpu.dispose());

  test("steps see the variables as they are, however they came to be so", async () => {
    cpu = await CpuDevice.start(options);
    cpu.addVariable("w", [2, 2]);
    const program = compile(traceGraph(predict), cpu.traits);
    expect(program.prepared).toBeGreaterThan(0);
    const updating = compile(traceGraph(change), cpu.traits);
    expect(updating.prepared).toBe(0);
    const [prediction, update] = [await cpu.load(program), await cpu.load(updating)];
    const check = async (w: readonly number[]) => {
      // Several steps in flight, of which the first prepares.
      const steps = [ROWS, 1, ROWS].map(async (rows) => ({ rows, y: (await prediction.run({ x }, rows)).y! }));
      for (const { rows, y } of await Promise.all(steps)) expect([...y]).toEqual(expected(w, rows));
    };
    await cpu.write("w", Float32Array.of(1, 2, 3, 4));
    await check([1, 2, 3, 4]);
    await check([1, 2, 3, 4]);
    await cpu.write("w", Float32Array.of(0, 1, 2, 0));
    await check([0, 1, 2, 0]);
    await update.run({ d: Float32Array.of(1, 1, 1, 1) }, 1);
    await check([1, 2, 3, 1]);
  });

  test("what is prepared is not made anew", async () => {
    cpu = await CpuDevice.start(options);
    cpu.addVariable("w", [2, 2]);
    const program = compile(traceGraph(predict), cpu.traits);
    const prediction = await cpu.load(program);
    await cpu.write("w", Float32Array.of(1, 2, 3, 4));
    await prediction.run({ x }, ROWS);
    // A second program of the same kind prepares for itself; the first one's values are still there.
    const other = await cpu.load(program);
    expect([...(await other.run({ x }, ROWS)).y!]).toEqual(expected([1, 2, 3, 4], ROWS));
    expect([...(await prediction.run({ x }, ROWS)).y!]).toEqual(expected([1, 2, 3, 4], ROWS));
  });
});

test("a lap tells that the calls of the preparation are left out", async () => {
  const laps: number[] = [];
  const cpu = await CpuDevice.start({ lap: (call) => laps.push(call) });
  cpu.addVariable("w", [2, 2]);
  const prediction = await cpu.load(compile(traceGraph(predict), cpu.traits));
  const take = async () => {
    await prediction.run({ x }, ROWS);
    return laps.splice(0).length;
  };
  const first = await take();
  expect(await take()).toBeLessThan(first);
  await cpu.write("w", Float32Array.of(1, 2, 3, 4));
  expect(await take()).toBe(first);
  cpu.dispose();
});
