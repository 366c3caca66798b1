/** What a race takes and what it gives. */
import { ArgumentError } from "../base/errors.ts";
import { checkDeviceName, type DeviceName } from "../engine/choose-device.ts";
import { checkKeys, checkNumber } from "../nn/options.ts";
import type { Parity } from "./parity.ts";

export type RaceDevice = Exclude<DeviceName, "auto">;

/** A step that came in. */
export interface RaceProgress {
  readonly device: string;
  /** 1-based. */
  readonly step: number;
  readonly steps: number;
  /** Of this step's batch, before its update. */
  readonly loss: number;
  /** Of this step's batch; undefined without such a metric. */
  readonly accuracy: number | undefined;
}

export interface RaceOptions {
  /** Default: "cpu" and "gpu". They run one after the other, in this order. */
  readonly devices?: readonly RaceDevice[];
  /** Training steps per device, those to warm up included. Default 300. */
  readonly steps?: number;
  /** The first steps, which count for losses and accuracy but not for the speed. Default 10, at most a quarter of `steps`. */
  readonly warmUpSteps?: number;
  /** Rows of a step. Default 32. */
  readonly batchSize?: number;
  /** Draws the order of the rows: the same on every device. Default 1. */
  readonly seed?: number;
  /** The accuracy to run for, above 0 to 1. Default 0.97. */
  readonly targetAccuracy?: number;
  /** Worker threads of the CPU device. Default: the model's own, as `compile` set it. */
  readonly threads?: number;
  /** Ends the race after the steps in flight; it then resolves to what there is so far. */
  readonly signal?: AbortSignal;
  /** Called when a device is ready for its first step. */
  readonly onStart?: (device: { readonly name: string; readonly description: string }) => void;
  /** Called after every step, in order. */
  readonly onStep?: (progress: RaceProgress) => void;
}

/** Speed after the warm-up. */
export interface RaceSpeed {
  /** Milliseconds of each step; steps whose results came in together share their time. */
  readonly stepMs: readonly number[];
  readonly medianMs: number;
  /** 95 of 100 steps take no longer. */
  readonly p95Ms: number;
  /** Over all these steps. */
  readonly imagesPerSecond: number;
}

/** What one device did. */
export interface RaceLane {
  readonly device: string;
  /** Threads, instruction set, adapter. */
  readonly description: string;
  /** A GPU that is a program on the CPU (SwiftShader, llvmpipe, …). */
  readonly disguised: boolean;
  /** Milliseconds until the device was there. */
  readonly startMs: number;
  /** Milliseconds from the model to a step that is ready to run. */
  readonly compileMs: number;
  /** Milliseconds of the steps to warm up, all together. */
  readonly warmUpMs: number;
  /** undefined when the race was stopped before the warm-up was over. */
  readonly speed: RaceSpeed | undefined;
  /** Times as fast as the slowest device of the race; undefined when there is no other one. */
  readonly speedUp: number | undefined;
  /** Loss of each batch, before its update. */
  readonly losses: readonly number[];
  /** Accuracy of each batch, before its update; undefined when the model has no such metric. */
  readonly accuracies: readonly number[] | undefined;
  /** When the accuracy over the last 1,000 images (in whole batches) reached the target; undefined: not reached. */
  readonly target: { readonly step: number /** From the first step on. */; readonly seconds: number } | undefined;
}

export interface RaceFailure {
  readonly device: string;
  /** Why it did not run, or not to the end. */
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
  /** Whether `signal` ended it. */
  readonly stopped: boolean;
}

/** The options that every lane needs, defaults filled in. */
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
  return { ...options, devices, steps, warmUpSteps, batchSize, seed, targetAccuracy };
}

/** Devices that run one after the other, for the function `where`. */
export function checkDevices(where: string, devices: readonly string[]): void {
  if (devices.length === 0)
    throw new ArgumentError(`${where}: devices is empty, expected names such as ["cpu", "gpu"].`);
  devices.forEach((name, i) => {
    if (checkDeviceName(name) === "auto")
      throw new ArgumentError(
        `${where}: devices names "auto", which is one of the others; name cpu, gpu or reference.`,
      );
    if (devices.indexOf(name) !== i)
      throw new ArgumentError(`${where}: devices names "${name}" twice; each device runs once.`);
  });
}
