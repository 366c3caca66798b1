/** Options and results of a race. */
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { checkKeys } from "../base/options.ts";
import type { TensorLike } from "../base/tensor.ts";
import { checkDeviceName, checkDeviceOptions, type DeviceName } from "../engine/device-options.ts";
import { checkNumber } from "../nn/options.ts";
import { checkHostOptions } from "../train/options.ts";
import type { Parity } from "./parity.ts";

export type RaceDevice = Exclude<DeviceName, "auto">;

/** A finished step. */
export interface RaceProgress {
  readonly device: string;
  /** 1-based. */
  readonly step: number;
  readonly steps: number;
  /** Loss of this step's batch, before the update. */
  readonly loss: number;
  /** Accuracy of this step's batch; undefined without such a metric. */
  readonly accuracy: number | undefined;
}

export interface RaceOptions {
  /** Default: "cpu" and "gpu". They run one after the other, in this order. */
  readonly devices?: readonly RaceDevice[];
  /** Training steps per device, including warm-up. Default 300. */
  readonly steps?: number;
  /** Number of first steps that count for losses and accuracy but not for the speed. Default 10, at most a quarter of `steps`. */
  readonly warmUpSteps?: number;
  /** Rows of a step. Default 32. */
  readonly batchSize?: number;
  /** Determines the order of the rows, which is the same on every device. Default 1. */
  readonly seed?: number;
  /** The accuracy to reach, above 0 to 1. Default 0.97. */
  readonly targetAccuracy?: number;
  /** Worker threads of the CPU device. Default: the model's, as set by `compile`. */
  readonly threads?: number;
  /** Stops the race after the steps in flight; it then resolves to the results so far. */
  readonly signal?: AbortSignal;
  /** Called when a device is ready for its first step. */
  readonly onStart?: (device: { readonly name: string; readonly description: string }) => void;
  /** Called after every step, in order. */
  readonly onStep?: (progress: RaceProgress) => void;
}

/** Speed after the warm-up. */
export interface RaceSpeed {
  /** Milliseconds of each step; steps whose results arrived together share their time. */
  readonly stepMs: readonly number[];
  readonly medianMs: number;
  /** 95th percentile of the steps' times. */
  readonly p95Ms: number;
  /** Over all these steps. */
  readonly imagesPerSecond: number;
}

/** Results of one device. */
export interface RaceLane {
  readonly device: string;
  /** Threads, instruction set, adapter. */
  readonly description: string;
  /** The GPU is a software renderer on the CPU (SwiftShader, llvmpipe, …). */
  readonly disguised: boolean;
  /** Milliseconds to start the device. */
  readonly startMs: number;
  /** Milliseconds to compile the step. */
  readonly compileMs: number;
  /** Total milliseconds of the warm-up steps. */
  readonly warmUpMs: number;
  /** undefined if the race was stopped during warm-up. */
  readonly speed: RaceSpeed | undefined;
  /** Speed divided by that of the slowest device of the race; undefined if there is no other one. */
  readonly speedUp: number | undefined;
  /** Loss of each batch, before its update. */
  readonly losses: readonly number[];
  /** Accuracy of each batch, before its update; undefined if the model has no such metric. */
  readonly accuracies: readonly number[] | undefined;
  /** When the accuracy over the last 1,000 images (in whole batches) reached the target; undefined: not reached. */
  readonly target: { readonly step: number /** Since the first step. */; readonly seconds: number } | undefined;
}

export interface RaceFailure {
  readonly device: string;
  /** Why the device did not run, or did not finish. */
  readonly reason: string;
}

export interface Race {
  readonly model: string;
  readonly steps: number;
  readonly warmUpSteps: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly targetAccuracy: number;
  /** In the order of `devices`, without those that failed. */
  readonly lanes: readonly RaceLane[];
  readonly failures: readonly RaceFailure[];
  /** undefined when fewer than two devices ran. */
  readonly parity: Parity | undefined;
  /** Whether `signal` stopped it. */
  readonly stopped: boolean;
}

/** The options that every lane needs, with defaults filled in. */
export type RacePlan = Required<
  Pick<RaceOptions, "devices" | "steps" | "warmUpSteps" | "batchSize" | "seed" | "targetAccuracy">
> &
  Pick<RaceOptions, "threads" | "signal" | "onStart" | "onStep">;

const optionNames = [
  "devices",
  "steps",
  "warmUpSteps",
  "batchSize",
  "seed",
  "targetAccuracy",
  "threads",
  "signal",
  "onStart",
  "onStep",
] as const satisfies readonly (keyof RaceOptions)[];

const WARM_UP = 10;

export function planRace(options: RaceOptions): RacePlan {
  checkKeys("race", options, optionNames);
  const { devices = ["cpu", "gpu"], steps = 300, batchSize = 32, seed = 1, targetAccuracy = 0.97 } = options;
  const isCount = (value: number) => Number.isInteger(value) && value >= 1;
  checkNumber("race", "steps", steps, "a whole number of 2 or more", (value) => isCount(value) && value >= 2);
  checkNumber("race", "batchSize", batchSize, "a whole number of 1 or more", isCount);
  checkNumber("race", "seed", seed, "a whole number", Number.isSafeInteger);
  const isShare = (value: number) => value > 0 && value <= 1;
  checkNumber("race", "targetAccuracy", targetAccuracy, "a number above 0, at most 1", isShare);
  const { warmUpSteps = Math.min(WARM_UP, Math.floor(steps / 4)) } = options;
  const leavesSome = (value: number) => Number.isInteger(value) && value >= 0 && value < steps;
  checkNumber("race", "warmUpSteps", warmUpSteps, `a whole number from 0 to ${steps - 1}`, leavesSome);
  checkDevices("race", devices);
  checkFunctions("race", { onStart: options.onStart, onStep: options.onStep });
  checkHostOptions("race", { signal: options.signal });
  checkDeviceOptions(options.threads === undefined ? {} : { threads: options.threads });
  return { ...options, devices, steps, warmUpSteps, batchSize, seed, targetAccuracy };
}

/** Throws unless each is a function, if it is given. */
export function checkFunctions(where: string, functions: Readonly<Record<string, unknown>>): void {
  for (const [name, given] of Object.entries(functions))
    if (given !== undefined && typeof given !== "function")
      throw new ArgumentError(`${where}: ${name} is ${formatValue(given)}, expected a function.`);
}

/** Throws unless it is [x, y]. */
export function checkPair(where: string, data: unknown): asserts data is readonly [TensorLike, TensorLike] {
  if (!Array.isArray(data) || data.length !== 2)
    throw new ArgumentError(`${where}: data is ${formatValue(data)}, expected [x, y], inputs and targets.`);
}

/** Checks the devices of a race; `where` is the name of the calling function. */
export function checkDevices(where: string, devices: readonly string[]): void {
  if (!Array.isArray(devices) || devices.length === 0)
    throw new ArgumentError(`${where}: devices is ${formatValue(devices)}, expected names such as ["cpu", "gpu"].`);
  devices.forEach((name, i) => {
    if (checkDeviceName(name) === "auto")
      throw new ArgumentError(
        `${where}: devices names "auto", which is one of the others; name cpu, gpu or reference.`,
      );
    if (devices.indexOf(name) !== i)
      throw new ArgumentError(`${where}: devices names "${name}" twice; each device runs once.`);
  });
}
