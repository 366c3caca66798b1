/** Measures the time of each call of a program. */
import type { TypedArray } from "../../base/dtype.ts";
import type { BatchShare, Feeds } from "../../ir/device.ts";
import { decideTogether } from "../../ir/group.ts";
import { type Call, callBytes, callFlops, type Program } from "../../ir/program.ts";
import { writeVariables } from "../variables.ts";
import { CpuDevice, type CpuOptions } from "./cpu-device.ts";
import { START_OF_STEP } from "./step-emitter.ts";

export interface CallTime {
  readonly call: Call;
  /** Seconds per step; a call that runs once per slice is summed. */
  readonly seconds: number;
  /** Floating-point operations per step; 0 if the op does not state them. */
  readonly flops: number;
  /** Bytes that it reads and writes in a step, each value once. */
  readonly bytes: number;
}

export interface ProgramProfile {
  /** In the order of the program. */
  readonly calls: readonly CallTime[];
  /** One whole step, including feeding inputs and collecting outputs. */
  readonly stepSeconds: number;
  /** Number of steps averaged. */
  readonly steps: number;
}

export interface ProfileOptions extends Pick<CpuOptions, "relaxed" | "group"> {
  /** Of a program that is shared with other processes: which rows of the batch these are. */
  readonly share?: BatchShare | undefined;
}

/** Minimum measured steps; the first steps of a program run in code of V8's baseline compiler. */
const LEAST_STEPS = 4;
/** Maximum measured steps; more add no information for programs that take microseconds. */
const MOST_STEPS = 2000;
/** Milliseconds between yields to the event loop. */
const BREATH_MS = 50;

/**
 * Runs a program on the calling thread for about `seconds`, after half as long for warm-up, and measures the time of each call.
 * Figures are means over the faster half of the steps: the slower half mostly shows other processes on the machine. Means over
 * the same steps add up; medians do not.
 *
 * @param variables values of every variable of the program, by name; they are copied
 * @param options with a group all its processes must call it
 */
export async function profileProgram(
  program: Program,
  variables: ReadonlyMap<string, TypedArray>,
  feeds: Feeds,
  rows: number,
  seconds: number,
  { share, ...options }: ProfileOptions = {},
): Promise<ProgramProfile> {
  const calls = program.phases.flatMap((phase) => phase.calls);
  const stopwatch = new Stopwatch(calls.length);
  const device = await CpuDevice.start({ ...options, lap: (call) => stopwatch.lap(call) });
  try {
    await writeVariables(device, program, variables);
    const executable = await device.load(program);
    // Processes then also begin each step together, so that an exchange takes its own time, and not that of who is late.
    const { group } = options;
    const isOver = (isEnough: boolean) => decideTogether(group, "measure calls", isEnough);
    const start = performance.now();
    const warm = start + 500 * seconds;
    const end = warm + 1000 * seconds;
    const steps: StepTime[] = [];
    let breathed = start;
    for (let warmUps = 0; ; ) {
      const begin = performance.now();
      const isEnough = steps.length === MOST_STEPS || (begin >= end && steps.length >= LEAST_STEPS);
      if (await isOver(isEnough)) break;
      const started = performance.now();
      await executable.run(feeds, rows, share);
      const wall = performance.now() - started;
      const calls = stopwatch.take();
      if (begin < warm || warmUps < LEAST_STEPS) warmUps++;
      else steps.push({ wall, calls });
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
        bytes: callBytes(call, rows),
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

/** Adds the time between two laps to the call that ends with the second. */
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

  /** Returns the totals and clears them. */
  take(): Float64Array {
    const taken = this.#times;
    this.#times = new Float64Array(taken.length);
    return taken;
  }
}
