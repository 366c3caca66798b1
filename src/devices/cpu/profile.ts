/** Where a program's time goes, call by call, and what one thread could compute at most: the two figures of a profile. */
import type { Feeds } from "../../ir/device.ts";
import { type Call, callFlops, type Program } from "../../ir/program.ts";
import { writeVariables } from "../variables.ts";
import { ModuleBuilder } from "./assembler/module.ts";
import { CpuDevice, type CpuOptions } from "./cpu-device.ts";
import type { Features } from "./kernel.ts";
import { storeVectors } from "./kernels/kernel-function.ts";
import { START_OF_STEP } from "./step-emitter.ts";

export interface CallTime {
  readonly call: Call;
  /** Of one step; a call that is made once per slice is summed up. */
  readonly seconds: number;
  /** Floating-point operations of one step; 0 where the op does not say. */
  readonly flops: number;
}

export interface ProgramProfile {
  /** In the order of the program. */
  readonly calls: readonly CallTime[];
  /** One whole step, with feeding and collecting. */
  readonly stepSeconds: number;
  /** How many steps the figures are the mean of. */
  readonly steps: number;
}

/** Steps that are measured at least; the first ones of a program run in V8's quick compiler's code. */
const LEAST_STEPS = 4;
/** More steps than this say nothing new of a program that takes microseconds. */
const MOST_STEPS = 2000;
/** Milliseconds after which timers and signals have their turn. */
const BREATH_MS = 50;

/**
 * Runs a program on one thread, the calling one, for about `seconds` after half as long to warm up, and takes the time of each
 * call. Figures are means over the faster half of the steps: the slower half tells more of the neighbours on the machine, and
 * means of the same steps, unlike medians, add up.
 *
 * @param variables values of every variable of the program, by name; they are copied
 */
export async function profileProgram(
  program: Program,
  variables: ReadonlyMap<string, Float32Array>,
  feeds: Feeds,
  rows: number,
  seconds: number,
  options: Pick<CpuOptions, "relaxed"> = {},
): Promise<ProgramProfile> {
  const calls = program.phases.flatMap((phase) => phase.calls);
  const stopwatch = new Stopwatch(calls.length);
  const device = await CpuDevice.start({ ...options, lap: (call) => stopwatch.lap(call) });
  try {
    await writeVariables(device, program, variables);
    const executable = await device.load(program);
    const start = performance.now();
    const warm = start + 500 * seconds;
    const end = warm + 1000 * seconds;
    const steps: StepTime[] = [];
    let breathed = start;
    for (let warmUps = 0; ; ) {
      const begin = performance.now();
      if (begin >= end && steps.length >= LEAST_STEPS) break;
      await executable.run(feeds, rows);
      const wall = performance.now() - begin;
      const calls = stopwatch.take();
      if (begin < warm || warmUps < LEAST_STEPS) warmUps++;
      else if (steps.push({ wall, calls }) === MOST_STEPS) break;
      if (performance.now() - breathed > BREATH_MS) {
        await new Promise((resolve) => setTimeout(resolve));
        breathed = performance.now();
      }
    }
    const kept = steps.sort((a, b) => a.wall - b.wall).slice(0, Math.ceil(steps.length / 2));
    const mean = (time: (step: StepTime) => number) =>
      kept.reduce((sum, step) => sum + time(step), 0) / kept.length / 1000;
    return {
      calls: calls.map((call, i) => ({
        call,
        seconds: mean((step) => step.calls[i]!),
        flops: callFlops(call, rows),
      })),
      stepSeconds: mean(({ wall }) => wall),
      steps: kept.length,
    };
  } finally {
    device.dispose();
  }
}

/** Milliseconds. */
interface StepTime {
  readonly wall: number;
  readonly calls: Float64Array;
}

/** Adds up the milliseconds between laps, each on the account of the call that it ends. */
class Stopwatch {
  #times: Float64Array;
  #before = 0;

  constructor(calls: number) {
    this.#times = new Float64Array(calls);
  }

  lap(call: number): void {
    const now = performance.now();
    if (call !== START_OF_STEP) this.#times[call]! += now - this.#before;
    this.#before = now;
  }

  /** What was added up since the last time. */
  take(): Float64Array {
    const taken = this.#times;
    this.#times = new Float64Array(taken.length);
    return taken;
  }
}

/**
 * As many sums as hide a multiply-add's latency (4 or 5 cycles, two of them a cycle; 8 where it is two instructions) and still
 * lie in x64's 16 registers beside the factor, the summand and an intermediate product.
 */
const ACCUMULATORS = 12;
const LANES = 4;
const FLOPS_PER_LANE = 2;
/** One run: about a millisecond, long for a clock that browsers make coarse, short enough to be left alone by neighbours. */
const ROUNDS = 500_000;
const RUNS = 60;

/**
 * GFLOP/s that one thread reaches when it does nothing but multiply and add in registers: x ← x·½ + ½, twelve vectors at a time,
 * or twelve pairs of them. The best of many short runs, about 0.1 s in all. With relaxed SIMD a multiply-add is one instruction,
 * without it is two.
 */
export async function measurePeak(features: Features): Promise<number> {
  const module = new ModuleBuilder({ maximumPages: 1, shared: false });
  const vectors = features.wide ? 2 * ACCUMULATORS : ACCUMULATORS;
  const run = module.addFunction(["i32"], [], (f, [rounds]) => {
    const sums = Array.from({ length: vectors }, () => f.local("v128"));
    const [half, round, address] = [f.constant(0.5), f.local("i32"), f.local("i32")];
    f.forLoop(round, rounds!, 1, () => {
      for (const sum of sums) {
        f.get(sum).get(half);
        if (features.relaxed) f.get(half).op("f32x4.relaxed_madd");
        else f.op("f32x4.mul").get(half).op("f32x4.add");
        f.set(sum);
      }
    });
    // What nobody reads need not be computed, and what is not stored side by side is not joined.
    storeVectors(f, address, 0, sums);
  });
  module.exportFunction("run", run);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const compiled = await WebAssembly.compile(module.finish() as Uint8Array<ArrayBuffer>);
  const instance = await WebAssembly.instantiate(compiled, { host: { memory } });
  const multiplyAdds = instance.exports.run as (rounds: number) => void;
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < RUNS; i++) {
    const begin = performance.now();
    multiplyAdds(ROUNDS);
    const time = performance.now() - begin;
    // A clock in steps of milliseconds may not have moved.
    if (time > 0) best = Math.min(best, time);
  }
  return (ROUNDS * vectors * LANES * FLOPS_PER_LANE) / best / 1e6;
}
