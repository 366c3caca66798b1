/** Steps that are over sooner than a thread wakes up run on the calling thread, in order with all others. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { compile } from "../../../src/compile/compile.ts";
import { isBrief, Turns } from "../../../src/devices/cpu/brief.ts";
import { CpuDevice } from "../../../src/devices/cpu/cpu-device.ts";
import { type Trace, traceGraph } from "../../../src/engine/session.ts";
import { add, mul, tanh } from "../../../src/ops/elementwise.ts";
import { matMul } from "../../../src/ops/mat-mul.ts";
import { reduceSum } from "../../../src/ops/reduce.ts";

const UNITS = 64;
/** No more than a program has in flight. */
const STEPS = 8;
/** y = x · w, and w ← w + Σ x where it trains. */
const trace =
  (rows: number, units: number, trains = false): Trace =>
  (builder) => {
    const x = builder.input("x", { shape: [rows, units], dtype: "float32", batched: true });
    const w = builder.variable("w", [units, units]);
    builder.output("y", tanh(matMul(x, w)));
    if (trains) builder.update("w", add(w, mul(reduceSum(x, [0, 1]), 1)));
  };

let cpu: CpuDevice;
beforeEach(async () => {
  cpu = await CpuDevice.start({ threads: 2 });
});
afterEach(() => cpu.dispose());

const program = (rows: number, units = UNITS, trains = false) =>
  compile(traceGraph(trace(rows, units, trains)), cpu.traits);

test("one row with little work, that changes nothing", () => {
  expect(isBrief(program(1))).toBe(true);
  expect(isBrief(program(2))).toBe(false);
  expect(isBrief(program(1, UNITS, true))).toBe(false);
  expect(isBrief(program(1, 4096))).toBe(false);
});

describe("beside steps on threads", () => {
  const ones = Float32Array.from({ length: UNITS }, () => 1);

  test("each sees the variables that the calls before it left, whatever is in flight", async () => {
    cpu.addVariable("w", [UNITS, UNITS]);
    await cpu.write("w", new Float32Array(UNITS * UNITS));
    const [predict, train] = [await cpu.load(program(1)), await cpu.load(program(4, UNITS, true))];
    // Each step adds 1 to every weight, so y = tanh(64 · 1e-3 · steps).
    const few = Float32Array.from({ length: 4 * UNITS }, () => 1 / (4 * UNITS));
    const asked: Promise<number>[] = [];
    for (let step = 0; step < STEPS; step++) {
      asked.push(predict.run({ x: ones.map(() => 1e-4) }, 1).then(({ y }) => y![0]!));
      train.run({ x: few }, 4).catch(() => {});
    }
    const seen = await Promise.all(asked);
    seen.forEach((value, step) => {
      expect(value).toBeCloseTo(Math.tanh(64 * 1e-4 * step), 5);
    });
    const weights = await cpu.read("w");
    expect(weights[0]).toBeCloseTo(STEPS, 5);
  });

  test("timers have their turn while one follows the other", async () => {
    cpu.addVariable("w", [UNITS, UNITS]);
    await cpu.write("w", new Float32Array(UNITS * UNITS));
    const predict = await cpu.load(program(1));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const start = performance.now();
    while (performance.now() - start < 100) await predict.run({ x: ones }, 1);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });
});

test("a turn is asked for only once others have waited", async () => {
  const turns = new Turns();
  expect(turns.take()).toBeUndefined();
  expect(turns.take()).toBeUndefined();
  const start = performance.now();
  while (performance.now() - start < 11);
  const turn = turns.take();
  expect(turn).toBeInstanceOf(Promise);
  await turn;
  expect(turns.take()).toBeUndefined();
});
