/** Measures the time of each dispatch of a program, by the GPU's own clock. */
import type { TypedArray } from "../../base/dtype.ts";
import type { Feeds } from "../../ir/device.ts";
import { type Call, callBytes, callFlops, type Program } from "../../ir/program.ts";
import type { Peaks } from "../peaks.ts";
import { writeVariables } from "../variables.ts";
import { GpuDevice } from "./gpu-device.ts";
import type { DispatchTime } from "./gpu-program.ts";
import { measurePeaks } from "./peak.ts";

export interface ProfiledDispatch extends DispatchTime {
  /** Floating-point operations of the calls; 0 for a call's later dispatches, and if the op does not state them. */
  readonly flops: number;
  /** Bytes that the calls read and write, each value once; 0 for a call's later dispatches. */
  readonly bytes: number;
}

/** Minimum measured steps. */
const LEAST_STEPS = 5;
/** Maximum measured steps. */
const MOST_STEPS = 500;

export interface GpuProfile {
  readonly dispatches: readonly ProfiledDispatch[];
  readonly peaks: Peaks;
}

/**
 * Runs a program for about `seconds` and measures the median time of each dispatch. Each dispatch is a separate pass here, which
 * prevents the overlap of a real step: the sum is larger than the time of a step.
 *
 * @param variables values of every variable of the program, by name
 * @throws DeviceError if the adapter has no clock ("timestamp-query")
 */
export async function profileOnGpu(
  program: Program,
  variables: ReadonlyMap<string, TypedArray>,
  feeds: Feeds,
  rows: number,
  seconds: number,
): Promise<GpuProfile> {
  const device = await GpuDevice.start();
  try {
    await writeVariables(device, program, variables);
    const loaded = await device.load(program);
    await loaded.run(feeds, rows);
    const runs: DispatchTime[][] = [];
    const end = performance.now() + 1000 * seconds;
    while (runs.length < LEAST_STEPS || (performance.now() < end && runs.length < MOST_STEPS))
      runs.push(await loaded.time(feeds, rows));
    const peaks = await measurePeaks(device.device);
    const counted = new Set<Call>();
    const dispatches = runs[0]!.map(({ calls, label }, i) => {
      const fresh = calls.filter((call) => !counted.has(call));
      for (const call of fresh) counted.add(call);
      return {
        calls,
        label,
        seconds: median(runs.map((run) => run[i]!.seconds)),
        flops: fresh.reduce((sum, call) => sum + callFlops(call, rows), 0),
        bytes: fresh.reduce((sum, call) => sum + callBytes(call, rows), 0),
      };
    });
    return { dispatches, peaks };
  } finally {
    device.dispose();
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}
