/** What may be written for a learning rate. */
import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { type Kind, value } from "../option-kinds.ts";
import { isObjectConfig } from "../options.ts";
import { isPlainFunction, refuseFunctionConfig } from "../plain-function.ts";
import { type Kin, resolveObject } from "../registry.ts";
import { FunctionSchedule, type ScheduleFunction } from "./function-schedule.ts";
import * as barrel from "./index.ts";
import { LearningRateSchedule } from "./learning-rate-schedule.ts";

export type ScheduleLike = LearningRateSchedule | ScheduleFunction;
export type LearningRate = number | LearningRateSchedule;
/** A number of 0 or more, a schedule, or a function from the count of steps (0 for the first) to the rate. */
export type LearningRateLike = number | ScheduleLike;

const kin = (): Kin<LearningRateSchedule> => ({ noun: "learning-rate schedule", base: LearningRateSchedule, barrel });

/** The schedule itself, one of a function, or one of a config; throws with the nearest known name. */
export function resolveSchedule(given: unknown, owner?: string): LearningRateSchedule {
  if (isPlainFunction(given)) return new FunctionSchedule(given as ScheduleFunction);
  refuseFunctionConfig("learning-rate schedule", given);
  return resolveObject(kin(), given, owner);
}

const isScheduleLike = (given: unknown) =>
  given instanceof LearningRateSchedule || typeof given === "function" || isObjectConfig(given);

/** Throws unless `rate` is a finite number of 0 or more. */
export function checkLearningRate(owner: string, rate: unknown, name = "learningRate"): asserts rate is number {
  if (typeof rate !== "number" || !Number.isFinite(rate) || rate < 0)
    throw new ArgumentError(
      `${owner}: ${name} is ${formatValue(rate)}, expected a number of 0 or more, or a schedule.`,
    );
  const held = Math.fround(rate);
  if (!Number.isFinite(held) || (held === 0 && rate !== 0))
    throw new ArgumentError(`${owner}: ${name} is ${formatValue(rate)}, which is ${held} as float32.`);
}

/** An option that is a learning rate. */
export function learningRate(fallback: number): Kind<LearningRate, number, LearningRateLike> {
  return value<LearningRate, number, LearningRateLike>(
    (given, owner, name) => {
      if (isScheduleLike(given)) return resolveSchedule(given, owner);
      checkLearningRate(owner, given, name);
      return given;
    },
    { default: fallback, write: (rate) => (typeof rate === "number" ? rate : rate.describe()) },
  );
}
